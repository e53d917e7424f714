"""A photo keeps its greys and its size, gets colours along its edges, and says how far it is."""

import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio.engines.base import Cancelled, EngineError
from studio.engines.local.ddcolor import running
from studio.engines.local.ddcolor.loading import Loaded
from studio.engines.photo import colouring, hints, lab, presets, reading, solving
from studio.engines.photo.colouring import Coloured, Heard, Wish
from studio.engines.photo.hints import Hints
from studio.engines.photo.lab import Floats
from studio.engines.photo.stages import STAGES

Filed = Callable[..., bytes]
Painted = Callable[..., Hints]
RED, GREEN, BLUE = (150, 60, 50), (70, 110, 80), (130, 140, 190)


def two_halves(height: int = 120, width: int = 160, *, grain: float = 0.0) -> np.ndarray:
    """A dark half and a bright half with an edge between, bytes."""
    grey = np.where(np.arange(width) < width // 2, 80.0, 170.0) + np.zeros((height, 1))
    grey += 6 * np.sin(np.arange(height) / 9)[:, None]
    return (grey + grain * np.random.default_rng(1).standard_normal(grey.shape)).clip(0, 255).round().astype(np.uint8)


def shown(result: Coloured) -> np.ndarray:
    """Lab of the result."""
    with Image.open(io.BytesIO(result.data)) as picture:
        return lab.to_lab(np.asarray(picture.convert("RGB")) / 255)


class Halves:
    """A network that colours by lightness alone: dark is red, bright is green."""

    name = "halves"

    def __init__(self, room: int = 8) -> None:
        self.calls: list[int] = []
        self.room = room

    def most(self, width: int, height: int) -> int:
        return 8

    def colours(self, greys: Sequence[Floats], heard: Heard | None = None) -> list[Floats]:
        self.calls.append(len(greys))
        if len(greys) > self.room:
            raise EngineError("out_of_memory", network_size=128)
        if heard is not None:
            for stage in ("encoder", "decoder"):
                heard(stage, 0.5)
                heard(stage, 1.0)
        dark = np.stack(greys) < 0.5
        return list(np.stack([np.where(dark, 30, -25), np.where(dark, 20, 15)], axis=1).astype(np.float32))


def test_hints_alone_are_exact_where_painted_and_stop_at_a_strong_edge(painted: Painted, filed: Filed) -> None:
    marks = painted(120, 160, (slice(50, 60), slice(10, 40), RED), (slice(50, 60), slice(110, 150), GREEN))
    for grain in (0.0, 4.0):
        result = colouring.colorize(filed(two_halves(grain=grain)), None, 512, marks)
        made, where = shown(result), marks.weight == 1
        off = np.hypot(*(made[where][:, 1:] - np.moveaxis(marks.ab, 0, -1)[where]).T)
        assert off.mean() < 2
        red, green = (lab.to_lab(np.array(colour) / 255)[1:] for colour in (RED, GREEN))
        assert np.abs(made[:, :78, 1:].mean(axis=(0, 1)) - red).max() < 3
        assert np.abs(made[:, 82:, 1:].mean(axis=(0, 1)) - green).max() < 3
        if not grain:
            assert np.abs(made[:, 79, 1:] - red).max() < 5 and np.abs(made[:, 80, 1:] - green).max() < 5
        assert result.way == "hints" and "network_width" not in result.facts


def test_spread_colours_stay_between_those_painted_and_meet_the_equations() -> None:
    light = two_halves(40, 50, grain=6).astype(np.float32) / 2.55
    known = np.zeros(light.shape, bool)
    known[5, 5] = known[30, 40] = True
    values = np.where(known, light, 0)[None]
    made = solving.spread(light, known, values)[0]
    assert made.min() >= light[5, 5] - 1e-3 and made.max() <= light[30, 40] + 1e-3
    assert made[5, 5] == light[5, 5] and made[30, 40] == light[30, 40]
    pull = solving._pull(light)
    means = ((pull @ made.ravel()) / np.asarray(pull.sum(axis=1)).ravel()).reshape(light.shape)
    assert np.abs(means - made)[~known].max() < 1e-3
    everywhere = np.ones(light.shape, bool)
    assert np.array_equal(solving.spread(light, everywhere, light[None])[0], light)


def test_a_networks_colours_end_at_the_photos_own_edges_and_its_greys_stay(filed: Filed) -> None:
    grey = two_halves(480, 640)
    result = colouring.colorize(filed(grey), Halves(), 128)
    made = shown(result)
    assert (result.facts["network_width"], result.facts["network_height"]) == presets.network_shape(640, 480, 128)
    want = lab.to_lab(np.repeat(grey[..., None] / 255, 3, axis=2))[..., 0]
    assert np.abs(made[..., 0] - want).max() < 0.6
    assert np.abs(made[:, 319, 1] - 30).max() < 5 and np.abs(made[:, 320, 1] + 25).max() < 5
    assert result.way == "network"


def test_hints_correct_a_network_only_where_they_belong(painted: Painted, filed: Filed) -> None:
    marks = painted(120, 160, (slice(50, 60), slice(110, 150), BLUE))
    photo = reading.read(filed(two_halves()))
    alone, corrected = (colouring.colorize(photo, Halves(), 256, each) for each in (None, marks))
    assert corrected.way == "network_and_hints"
    before, after = shown(alone), shown(corrected)
    wanted = lab.to_lab(np.array(BLUE) / 255)[1:]
    off = np.hypot(*(after[marks.weight == 1][:, 1:] - wanted).T)
    assert off.mean() < 2
    assert np.abs(after[:, 90:, 1:].mean(axis=(0, 1)) - wanted).max() < 6, "its whole surface has the painted colour"
    assert np.abs(after[:, :76] - before[:, :76]).mean() < 1, "what is behind the edge stays the network's"


def test_depth_and_transparency_come_out_as_they_went_in(filed: Filed, painted: Painted) -> None:
    deep = two_halves().astype(np.uint16) * 257 + 13
    result = colouring.colorize(filed(deep), Halves(), 128)
    with Image.open(io.BytesIO(result.data)) as picture:
        assert picture.size == (160, 120)
        assert result.data[24] == 16, "bits of a level, in the PNG's head"
    clear = np.dstack([two_halves(), two_halves()])
    made = colouring.colorize(filed(clear), Halves(), 128)
    with Image.open(io.BytesIO(made.data)) as picture:
        assert np.array_equal(np.asarray(picture)[..., 3], clear[..., 1])
    flat = colouring.colorize(filed(clear), Halves(), 128, media_type="image/jpeg")
    with Image.open(io.BytesIO(flat.data)) as picture:
        assert picture.format == "JPEG" and flat.media_type == "image/jpeg"


@pytest.mark.parametrize("sides", [(40, 1000), (1000, 40), (32, 33)])
def test_panoramas_and_tiny_photos_are_coloured(sides: tuple[int, int], filed: Filed, painted: Painted) -> None:
    marks = painted(*sides, (slice(0, 5), slice(0, 5), RED))
    result = colouring.colorize(filed(two_halves(*sides)), Halves(), 256, marks)
    assert (result.height, result.width) == sides


def test_every_stage_is_told_in_order_and_the_whole_never_goes_back(filed: Filed, painted: Painted) -> None:
    told: list[tuple[str, float, float]] = []
    marks = painted(120, 160, (slice(50, 60), slice(110, 150), RED))
    result = colouring.colorize(filed(two_halves()), Halves(), 128, marks, lambda *news: told.append(news))
    stages = list(dict.fromkeys(stage for stage, _, _ in told))
    assert stages == list(STAGES)
    whole = [overall for _, _, overall in told]
    assert whole == sorted(whole) and whole[0] == 0 and whole[-1] == pytest.approx(1)
    assert list(result.facts["seconds"]) == list(STAGES)


def test_people_share_a_call_and_each_has_his_own_end(filed: Filed) -> None:
    def gone(stage: str, done: float, overall: float) -> None:
        if stage == "decoder":
            raise Cancelled

    photo, other = filed(two_halves()), filed(two_halves(160, 120))
    net = Halves()
    wishes = [Wish(photo, 128), Wish(photo, 128, on_stage=gone), Wish(other, 128), Wish(b"", 128), Wish(photo, 128)]
    results = colouring.colorize_all(wishes, net)
    assert net.calls == [3, 1]
    assert [type(result).__name__ for result in results] == [
        "Coloured",
        "Cancelled",
        "Coloured",
        "EngineError",
        "Coloured",
    ]
    assert isinstance(results[0], Coloured) and isinstance(results[4], Coloured)
    assert results[0].data == results[4].data == colouring.colorize(photo, Halves(), 128).data


def test_a_call_that_does_not_fit_is_made_in_halves(filed: Filed) -> None:
    net = Halves(room=1)
    results = colouring.colorize_all([Wish(filed(two_halves()), 128) for _ in range(3)], net)
    assert net.calls == [3, 1, 2, 1, 1] and all(isinstance(result, Coloured) for result in results)
    with pytest.raises(EngineError) as told:
        colouring.colorize(filed(two_halves()), Halves(room=0), 256)
    assert told.value.params == {"network_size": 128}


def test_whoever_wants_it_no_more_ends_it_at_every_stage(filed: Filed, painted: Painted) -> None:
    marks = painted(120, 160, (slice(50, 60), slice(110, 150), RED))
    for last in STAGES:

        def heard(stage: str, done: float, overall: float, last: str = last) -> None:
            if stage == last:
                raise Cancelled

        with pytest.raises(Cancelled):
            colouring.colorize(filed(two_halves()), Halves(), 128, marks, heard)


def test_without_network_and_hints_it_is_told_what_is_missing(filed: Filed) -> None:
    with pytest.raises(EngineError, match="hints_required"):
        colouring.colorize(filed(two_halves()), None, 512)
    assert hints.read(filed(np.zeros((50, 50, 4), np.uint8))) is None
    for unfit in (filed(two_halves()), b"no picture"):
        with pytest.raises(EngineError, match="invalid_image"):
            hints.read(unfit)


def test_colours_that_are_no_numbers_are_no_picture(filed: Filed) -> None:
    class Broken(Halves):
        def colours(self, greys: Sequence[Floats], heard: Heard | None = None) -> list[Floats]:
            return [np.full((2, *grey.shape), np.nan, np.float32) for grey in greys]

    with pytest.raises(EngineError, match="no_picture"):
        colouring.colorize(filed(two_halves()), Broken(), 128)


def test_the_network_itself_colours_a_photo_in_one_or_two_processes(tiny: Loaded, filed: Filed) -> None:
    net: Any = running.Network(tiny)
    data = filed(two_halves(96, 128))
    whole = colouring.colorize(data, net, 128)
    photo = reading.read(data)
    (ab,) = net.colours([colouring.prepared(photo, 128)])
    assert colouring.finished(photo, ab).data == whole.data
    assert whole.facts["network_width"] % 32 == 0
