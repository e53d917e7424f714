"""Published networks: told by their keys, loaded strictly, and as good in tiles as in one piece."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from studio.engines.base import Cancelled, EngineError
from studio.engines.local import sizes, upscaling
from studio.engines.local.engine import DeviceEngine
from studio.engines.local.esrgan import published
from studio.engines.local.esrgan.compact import SRVGGNetCompact
from studio.engines.local.esrgan.published import Published, Unfit, planned
from studio.engines.local.esrgan.rrdb import RRDBNet
from studio.engines.plain import PlainEngine
from studio.job import Job
from tests.studio.engines.contract import Recorder
from tests.studio.engines.driven import CPU, loaded
from tests.studio.engines.esrgan_weights import SMALL, Make, ref, written
from tests.studio.engines.photos import photo, png
from tests.studio.engines.test_restoring import damaged


def ask(file: Path, image: bytes, scale: int = 2) -> Job:
    return Job("e", "upscale", {"count": 1, "seed": 0, "scale": scale}, {"image": image}, ref(file))


def image_of(output: Any) -> Image.Image:
    return Image.open(io.BytesIO(output.data))


# The numbers of keys and weights of the published files (RealESRGAN_x4plus, _x2plus; realesr-general-x4v3).
@pytest.mark.parametrize(
    ("network", "keys", "weights"),
    [
        (RRDBNet, 702, 16_697_987),
        (lambda: RRDBNet(folded=2), 702, 16_703_171),
        (lambda: SRVGGNetCompact(convolutions=32), 101, 1_213_296),
    ],
)
def test_networks_have_the_published_sizes(network: Make, keys: int, weights: int) -> None:
    with torch.device("meta"):
        state = network().state_dict()
    assert (len(state), sum(each.numel() for each in state.values())) == (keys, weights)


def test_names_are_the_published_ones() -> None:
    with torch.device("meta"):
        names = set(RRDBNet().state_dict())
    blocks = {
        f"body.{block}.rdb{dense}.conv{conv}.{part}"
        for block in range(23)
        for dense in (1, 2, 3)
        for conv in range(1, 6)
        for part in ("weight", "bias")
    }
    outer = ("conv_first", "conv_body", "conv_up1", "conv_up2", "conv_hr", "conv_last")
    assert names == blocks | {f"{name}.{part}" for name in outer for part in ("weight", "bias")}


@pytest.mark.parametrize("kind", SMALL)
def test_what_a_file_is_is_told_by_its_keys_and_its_picture_has_that_size(kind: str, tmp_path: Path) -> None:
    file = written(kind, tmp_path)
    network = published.load(str(file), CPU, torch.float32)
    scale = int(kind[-1])
    assert (network.scale, network.kind.split()[1]) == (scale, f"x{scale}")
    # Also of sides that are no multiple of what it folds.
    assert network(torch.zeros(1, 3, 7, 9)).shape == (1, 3, 7 * scale, 9 * scale)
    assert published.recognised(str(file)).scale == scale
    assert sizes.of(ref(file), torch.float32) == 4 * sum(each.numel() for each in network.parameters())


@pytest.mark.parametrize("kind", ["x4", "compact x4"])
def test_keys_that_are_missing_too_many_or_of_another_shape_are_named(kind: str, tmp_path: Path) -> None:
    weights = load_file(written(kind, tmp_path))
    shapes = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    inner = "body.1.rdb2.conv3.bias" if kind == "x4" else "body.3.weight"
    with pytest.raises(Unfit, match=rf"lacks {re.escape(inner)}\."):
        planned({name: shape for name, shape in shapes.items() if name != inner})
    with pytest.raises(Unfit, match=r"has besides extra\.weight"):
        planned(shapes | {"extra.weight": (1,)})
    with pytest.raises(Unfit, match=rf"another shape of {re.escape(inner)}"):
        planned(shapes | {inner: (99,)})


@pytest.mark.parametrize(
    ("shapes", "says"),
    [
        ({}, "neither"),
        ({"encoder.weight": (1,)}, "neither"),
        ({"body.0.rdb1.conv1.weight": (4, 8, 3, 3)}, "lacks conv_first.weight"),
        ({"conv_first.weight": (8, 4, 3, 3)}, "not RGB"),
        ({"conv_first.weight": (8, 3, 3, 3), "conv_up1.weight": (8, 8, 3, 3)}, "lacks body.0.rdb1.conv1.weight"),
        ({"body.0.weight": (8, 3, 3, 3), "body.2.weight": (27, 8, 3, 3)}, "27 channels"),
        ({"conv_first.weight": (8,)}, "1 dimensions"),
    ],
)
def test_other_files_are_refused_in_words(shapes: dict[str, Any], says: str) -> None:
    with pytest.raises(Unfit, match=says):
        planned(shapes)


def older(name: str) -> str:
    """A name of today as the first training programme wrote it."""
    name = re.sub(r"^body\.(\d+)\.rdb(\d)\.(conv\d)\.", r"model.1.sub.\1.RDB\2.\3.0.", name)
    numbers = {"conv_first": 0, "conv_up1": 3, "conv_up2": 6, "conv_hr": 8, "conv_last": 10}
    first, _dot, rest = name.partition(".")
    return (
        "model.1.sub.2." + rest
        if first == "conv_body"
        else f"model.{numbers[first]}.{rest}"
        if first in numbers
        else name
    )


def first_release(name: str) -> str:
    words = {"conv_body": "trunk_conv", "conv_up1": "upconv1", "conv_up2": "upconv2", "conv_hr": "HRconv"}
    first, _dot, rest = name.partition(".")
    return (
        f"{words[first]}.{rest}" if first in words else re.sub(r"^body\.(\d+)\.rdb(\d)", r"RRDB_trunk.\1.RDB\2", name)
    )


@pytest.mark.parametrize("called", [older, first_release])
def test_files_with_older_names_are_the_same_network(called: Callable[[str], str], tmp_path: Path) -> None:
    file = written("x4", tmp_path)
    save_file({called(name): tensor for name, tensor in load_file(file).items()}, tmp_path / "old.safetensors")
    small = torch.rand(1, 3, 8, 8)
    one, other = (published.load(str(each), CPU, torch.float32) for each in (file, tmp_path / "old.safetensors"))
    assert torch.equal(one(small), other(small))


@pytest.mark.parametrize(("kind", "times"), [("x4", 4), ("x4", 2), ("x2", 2), ("x2", 4), ("compact x2", 4), ("x1", 1)])
def test_tiles_give_the_whole_without_seams(
    kind: str, times: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(upscaling.TILE, "cpu", 32)
    monkeypatch.setattr(upscaling, "FARTHEST", 64)
    model = loaded(ref(written(kind, tmp_path)))
    given = torch.from_numpy(np.asarray(Image.open(io.BytesIO(photo(70, 91)))).copy()).permute(2, 0, 1)[None]
    tiles = upscaling.Enlargement(model, given, times)
    monkeypatch.setitem(upscaling.TILE, "cpu", 512)
    whole = upscaling.Enlargement(model, given, times)
    for growing in (tiles, whole):
        while growing.done < growing.total:
            growing.piece()
    assert tiles.total > whole.total
    assert tiles.rgb.shape == (91 * times, 70 * times, 3)
    assert np.abs(tiles.rgb.astype(int) - whole.rgb).max() <= 1


def test_tiles_of_a_deep_network_fade_into_each_other(tmp_path: Path) -> None:
    """It looks farther than tiles overlap: where they meet the picture must be no rougher than elsewhere."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        network = RRDBNet(features=16, blocks=6, growth=8)
    save_file(network.state_dict(), tmp_path / "deep.safetensors")
    assert network.reach > upscaling.FARTHEST + upscaling.BAND
    model = loaded(ref(tmp_path / "deep.safetensors"))
    given = torch.from_numpy(np.asarray(Image.open(io.BytesIO(photo(150, 40)))).copy()).permute(2, 0, 1)[None]
    tiles = upscaling.Enlargement(model, given, 4)
    while tiles.done < tiles.total:
        tiles.piece()
    whole = upscaling.rgb(Published(network)(given.float() / 127.5 - 1).detach())
    assert tiles.total == 2
    assert np.abs(tiles.rgb.astype(int) - whole).max() <= 1


def test_upscale_goes_by_the_network_and_says_so(local_engine: DeviceEngine, tmp_path: Path) -> None:
    file = written("x4", tmp_path)
    listener = Recorder()
    four = local_engine.run(ask(file, photo(70, 40), 4), listener)[0]
    assert image_of(four).size == (280, 160)
    assert four.facts["method"] == "RRDBNet x4" and four.facts["upscaled"]
    told = [(s.step, s.total) for s in listener.steps if s.stage == "enlarging" and s.total]
    assert told == [(1, 1)]
    two = local_engine.run(ask(file, photo(70, 40), 2), Recorder())[0]
    assert image_of(two).size == (140, 80) and two.facts["method"] == "RRDBNet x4, reduced to x2"
    twice = local_engine.run(ask(written("compact x2", tmp_path), photo(70, 40), 4), Recorder())[0]
    assert image_of(twice).size == (280, 160) and twice.facts["method"] == "SRVGGNetCompact x2, 2 times"


def test_transparency_stays_and_hidden_colours_do_not_shine_through(local_engine: DeviceEngine, tmp_path: Path) -> None:
    pixels = np.zeros((40, 40, 4), np.uint8)
    pixels[:, 20:] = (200, 180, 160, 255)
    made = image_of(local_engine.run(ask(written("compact x2", tmp_path), png(Image.fromarray(pixels))), Recorder())[0])
    alone = png(Image.new("RGB", (40, 40), (200, 180, 160)))
    plain = image_of(local_engine.run(ask(written("compact x2", tmp_path), alone), Recorder())[0])
    assert made.mode == "RGBA" and made.size == (80, 80)
    alpha = np.asarray(made)[..., 3]
    assert alpha[:, :34].max() == 0 and alpha[:, 46:].min() == 255
    edge = np.asarray(made)[20:60, 40:44, :3].astype(int) - np.asarray(plain)[20:60, 40:44].astype(int)
    assert np.abs(edge).max() <= 2


def test_full_memory_halves_the_tiles_and_the_picture_is_the_same(
    local_engine: DeviceEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = ask(written("compact x2", tmp_path), photo(200, 60))
    expected = local_engine.run(job, Recorder())[0]
    whole = Published.forward

    def forward(self: Published, pictures: torch.Tensor) -> torch.Tensor:
        if pictures.shape[-1] > 100:
            raise torch.OutOfMemoryError("injected")
        return whole(self, pictures)

    monkeypatch.setattr(Published, "forward", forward)
    listener = Recorder()
    made = local_engine.run(job, listener)[0]
    difference = np.asarray(image_of(made)).astype(int) - np.asarray(image_of(expected)).astype(int)
    assert np.abs(difference).max() <= 1
    steps = [s.step for s in listener.steps if s.stage == "enlarging" and s.total]
    assert steps == list(range(1, 5)) and listener.steps[-2].total == 4


def test_memory_that_is_never_enough_says_what_would_fit(
    local_engine: DeviceEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forward(self: Published, pictures: torch.Tensor) -> torch.Tensor:
        raise torch.OutOfMemoryError("injected")

    monkeypatch.setattr(Published, "forward", forward)
    with pytest.raises(EngineError) as caught:
        local_engine.run(ask(written("x4", tmp_path), photo(400, 200)), Recorder())
    assert caught.value.code == "out_of_memory"
    assert 64 <= caught.value.params["height"] < caught.value.params["width"] < 400


def test_cancel_ends_it_between_two_tiles(local_engine: DeviceEngine, tmp_path: Path) -> None:
    job = ask(written("compact x4", tmp_path), photo(300, 140))
    listener = Recorder()
    local_engine.run(job, listener)
    at = next(n for n, s in enumerate(listener.steps) if s.stage == "enlarging" and s.step == 2)
    with pytest.raises(Cancelled):
        local_engine.run(job, Recorder(at))


def test_weights_that_do_not_fit_make_the_model_unavailable(local_engine: DeviceEngine, tmp_path: Path) -> None:
    (tmp_path / "no.safetensors").write_bytes(b"no weights")
    for file in (tmp_path / "no.safetensors", tmp_path / "missing.safetensors"):
        with pytest.raises(EngineError, match="model_unavailable"):
            local_engine.run(ask(file, photo(20, 20)), Recorder())
    with pytest.raises(Unfit, match="converted first"):
        published.recognised(str(tmp_path / "no.safetensors"))


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (2000, 60)])
def test_any_shape_is_enlarged(local_engine: DeviceEngine, tmp_path: Path, size: tuple[int, int]) -> None:
    job = ask(written("x2", tmp_path), png(Image.new("RGB", size, (9, 99, 199))))
    assert image_of(local_engine.run(job, Recorder())[0]).size == (2 * size[0], 2 * size[1])


def test_a_network_of_the_same_size_takes_the_grain_out_of_a_repaired_photo(
    local_engine: DeviceEngine, tmp_path: Path
) -> None:
    picture, __truth = damaged(noise=4)
    file = written("compact x1", tmp_path)
    wish = {"count": 1, "seed": 0, "grain": 0.25, "scratches": 0.5}
    job = Job("r", "restore", wish, {"image": png(picture)}, ref(file))
    listener = Recorder()
    output = local_engine.run(job, listener)[0]
    stages = list(dict.fromkeys(step.stage for step in listener.steps if step.stage not in ("loading", "waiting")))
    assert stages == ["reading", "finding", "filling", "encoding", "cleaning", "decoding"]
    assert output.facts["method"] == "biharmonic filling, SRVGGNetCompact x1" and output.facts["scratches"] == 2
    # Half of what the network made, half of what was repaired without it.
    plain = Image.open(io.BytesIO(PlainEngine().run(replace(job, params=wish | {"grain": 0}), Recorder())[0].data))
    network = published.load(str(file), CPU, torch.float32)
    given = torch.from_numpy(np.array(plain)).permute(2, 0, 1)[None].float() / 127.5 - 1
    expected = Image.blend(plain.convert("RGB"), Image.fromarray(upscaling.rgb(network(given))), 0.5)
    assert np.abs(np.asarray(image_of(output)).astype(int) - np.asarray(expected)).max() <= 1
    with pytest.raises(Cancelled):
        local_engine.run(job, Recorder(1))


def test_a_model_that_paints_restores_nothing(local_engine: DeviceEngine, ask_tiny: Callable[..., Job]) -> None:
    with pytest.raises(EngineError, match="unknown_tool"):
        local_engine.run(replace(ask_tiny("restore", grain=0.5, scratches=0.5), inputs={"image": photo()}), Recorder())


def test_such_a_network_paints_nothing(local_engine: DeviceEngine, tmp_path: Path) -> None:
    job = Job("e", "text_to_image", {"count": 1, "seed": 0, "prompt": "a house"}, {}, ref(written("x2", tmp_path)))
    with pytest.raises(EngineError, match="unknown_tool"):
        local_engine.run(job, Recorder())
