"""Photos restored by mathematics: damage is found and filled, grain goes, everything else stays."""

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy import ndimage

from studio.engines.base import Cancelled, EngineError
from studio.engines.photo import damage, filling, grain
from studio.engines.plain import PlainEngine
from studio.job import Job, ModelRef
from tests.studio.engines.contract import Recorder, SomethingElse
from tests.studio.engines.photos import png

WIDTH, HEIGHT = 480, 360
PLAIN = ModelRef("plain", "plain", "plain")


def scene() -> Image.Image:
    """Something with areas, edges and a slope, without damage."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    ground = np.stack([90 + 80 * x / WIDTH, 100 + 60 * y / HEIGHT, 140 - 60 * x / WIDTH], 2)
    picture = Image.fromarray(ground.astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    draw.ellipse([60, 80, 220, 240], fill=(180, 120, 90))
    draw.rectangle([280, 150, 430, 330], fill=(60, 90, 120))
    return picture


def damaged(*, noise: float = 0.0) -> tuple[Image.Image, np.ndarray]:
    """The scene with two scratches and six specks, and where they are."""
    picture, truth = scene(), Image.new("L", (WIDTH, HEIGHT))
    for image, light, dark in ((picture, (240, 240, 240), (15, 15, 15)), (truth, 255, 255)):
        draw = ImageDraw.Draw(image)
        draw.line([(20, 10), (330, 340)], fill=light)
        draw.line([(460, 20), (150, 60)], fill=dark)
        for at in ((40, 300), (120, 30), (250, 260), (380, 100), (400, 60), (30, 200)):
            draw.rectangle([*at, at[0] + 1, at[1] + 1], fill=light)
    grainy = np.asarray(picture) + np.random.default_rng(2).normal(0, noise, (HEIGHT, WIDTH, 1))
    return Image.fromarray(grainy.clip(0, 255).astype(np.uint8)), np.asarray(truth) > 0


def error(made: Any) -> float:
    return float(np.sqrt(np.mean((np.asarray(made, np.float32)[..., :3] - np.asarray(scene(), np.float32)) ** 2)))


def ask(image: bytes | None = None, mask: bytes | None = None, **params: Any) -> Job:
    inputs = {"image": image or png(damaged(noise=6)[0])} | ({"mask": mask} if mask else {})
    return Job("r", "restore", {"grain": 0.4, "scratches": 0.5, "seed": 0, "count": 1} | params, inputs, PLAIN)


def restored(job: Job) -> Image.Image:
    return Image.open(io.BytesIO(PlainEngine().run(job, Recorder())[0].data))


def nothing(_share: float) -> None:
    pass


def test_scratches_and_specks_are_found_and_nothing_else() -> None:
    picture, truth = damaged(noise=4)
    found = damage.find(grain.lightness_of(np.asarray(picture)), 0.5)
    assert (found.marks & truth).sum() / truth.sum() > 0.85
    assert not (found.marks & ~ndimage.binary_dilation(truth, iterations=4)).any()
    assert found.scratches == 2 and 5 <= found.specks <= 8  # an end of a line may look like one


def test_a_photo_without_damage_keeps_all_it_has() -> None:
    lightness = grain.lightness_of(np.asarray(scene()))
    assert not damage.find(lightness, 0.5).marks.any()
    busy = np.random.default_rng(1).integers(0, 255, (200, 300)).astype(np.float32)
    assert damage.find(busy, 0.5).marks.mean() < 0.001
    assert not damage.find(np.full((200, 300), 128, np.float32), 1.0).marks.any()


def test_the_slider_finds_more_and_at_zero_nothing() -> None:
    lightness = grain.lightness_of(np.asarray(damaged(noise=8)[0]))
    found = [damage.find(lightness, each).marks.sum() for each in (0, 0.1, 0.9)]
    assert found[0] == 0 and found[1] < found[2]


def test_a_filling_goes_on_smoothly_with_slopes_and_edges() -> None:
    y, x = np.mgrid[:60, :80].astype(np.float32)
    slope = np.stack([2 * x + 20, 3 * y + 20, 255 - 2 * x], 2).clip(0, 255)
    marks = np.zeros((60, 80), bool)
    marks[20:32, 30:44] = marks[:, 5:8] = True
    hurt = slope.astype(np.uint8)
    hurt[marks] = 0
    made = filling.filled(hurt, marks, 0.0, nothing)
    assert np.abs(made.astype(int) - slope.astype(np.uint8)).max() <= 1
    assert (made[~marks] == hurt[~marks]).all()


def test_broad_places_are_filled_from_a_smaller_picture_without_a_border() -> None:
    y, x = np.mgrid[:200, :260].astype(np.float32)
    slope = np.stack([x / 2 + 40, y / 2 + 60, (x + y) / 3], 2)
    marks = np.zeros((200, 260), bool)
    marks[40:160, 50:210] = True
    made = filling.filled(slope.astype(np.uint8), marks, 0.0, nothing)
    assert np.abs(made - slope)[marks].max() < 4


@pytest.mark.parametrize("at", [(0, 0), (0, 50), (59, 79)])
def test_places_at_the_very_edge_are_filled(at: tuple[int, int]) -> None:
    marks = np.zeros((60, 80), bool)
    marks[max(0, at[0] - 3) : at[0] + 4, max(0, at[1] - 3) : at[1] + 4] = True
    hurt = np.full((60, 80, 3), (50, 100, 150), np.uint8)
    hurt[marks] = 255
    assert np.abs(filling.filled(hurt, marks, 0.0, nothing).astype(int) - (50, 100, 150)).max() <= 1


def test_grain_is_measured_and_taken_out() -> None:
    chance = np.random.default_rng(3)
    clean = np.asarray(scene())
    grainy = (clean + chance.normal(0, 9, clean.shape[:2])[..., None]).clip(0, 255).astype(np.uint8)
    assert 8 < grain.noise_of(grain.lightness_of(grainy)) < 10
    assert grain.noise_of(grain.lightness_of(clean)) < 1
    before = error(grainy)
    made = grain.cleaned(grainy, 0.5, nothing)
    assert error(made) < 0.5 * before
    assert grain.cleaned(grainy, 0.0, nothing) is grainy


def test_bands_leave_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.asarray(damaged(noise=8)[0])
    whole = grain.cleaned(pixels, 0.5, nothing)
    monkeypatch.setattr(grain, "BAND_PIXELS", 40 * WIDTH)
    assert (grain.cleaned(pixels, 0.5, nothing) == whole).all()


def test_restore_comes_nearer_to_the_photo_as_it_was() -> None:
    before = error(damaged(noise=6)[0])
    job = ask()
    output = PlainEngine().run(job, Recorder())[0]
    assert error(Image.open(io.BytesIO(output.data))) < 0.4 * before
    assert output.facts["scratches"] == 2 and output.facts["method"].startswith("biharmonic")
    assert 0 < output.facts["made_anew"] < 0.02 and 4 < output.facts["grain"] < 8
    assert set(output.facts["stages"]) == {"reading", "finding", "filling", "cleaning"}


def test_a_mask_by_hand_repairs_what_it_marks_and_nothing_else() -> None:
    picture, truth = damaged()
    small = Image.fromarray(ndimage.binary_dilation(truth, iterations=2)).convert("L").resize((240, 180))
    made = restored(ask(png(picture), png(small), grain=0, scratches=0))
    assert error(made) < 0.3 * error(picture)
    far = ~ndimage.binary_dilation(truth, iterations=8)
    assert (np.asarray(made)[far] == np.asarray(picture)[far]).all()


def test_grey_stays_grey_and_transparency_stays() -> None:
    picture = damaged(noise=6)[0]
    made = np.asarray(restored(ask(png(picture.convert("L")))))
    assert (made[..., 0] == made[..., 1]).all() and (made[..., 1] == made[..., 2]).all()
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    assert restored(ask(png(picture))).getchannel("A").tobytes() == picture.getchannel("A").tobytes()


def test_stages_come_in_order_with_growing_shares_and_what_was_found_is_shown() -> None:
    listener = Recorder()
    PlainEngine().run(ask(), listener)
    stages = [step.stage for step in listener.steps]
    assert list(dict.fromkeys(stages)) == ["reading", "finding", "filling", "cleaning", "saving"]
    shares = [step.share for step in listener.steps]
    assert shares == sorted(shares) and shares[0] == 0 and 0.9 < shares[-1] <= 1
    (shown,) = [step.preview for step in listener.steps if step.preview]
    red = np.frombuffer(shown.rgb, np.uint8).reshape(shown.height, shown.width, 3)
    assert ((red == (230, 40, 60)).all(2)).sum() > 50
    quick = Recorder()
    PlainEngine().run(ask(scratches=0), quick)
    assert next(step.share for step in quick.steps if step.stage == "cleaning") < 0.1


@pytest.mark.parametrize("error_of", [Cancelled, SomethingElse])
def test_whatever_the_listener_raises_passes_at_once(error_of: type[Exception]) -> None:
    whole = Recorder()
    PlainEngine().run(ask(), whole)
    last = len(whole.steps) - 1
    for at in (0, last // 3, 2 * last // 3, last):
        listener = Recorder(at, error_of)
        with pytest.raises(error_of):
            PlainEngine().run(ask(), listener)
        assert len(listener.steps) == at + 1


def animated() -> bytes:
    file = io.BytesIO()
    frames = [Image.new("RGB", (40, 40), each) for each in ("red", "blue")]
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:])
    return file.getvalue()


@pytest.mark.parametrize("tool", ["restore", "upscale"])
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "invalid_image"),
        (b"<svg/>", "invalid_image"),
        (png(scene())[:900], "invalid_image"),
        (animated(), "unsupported_image_type"),
    ],
)
def test_what_is_no_photo_is_refused(tool: str, data: bytes, code: str) -> None:
    job = replace(ask(scale=2), tool=tool)
    with pytest.raises(EngineError) as caught:
        PlainEngine().run(replace(job, inputs={"image": data}), Recorder())
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("job", "code"),
    [
        (lambda: ask(png(Image.new("RGB", (7, 40)))), "image_too_small"),
        (lambda: ask(mask=b"nothing"), "invalid_image"),
        (lambda: ask(mask=png(Image.new("L", (9, 9), 255))), "nothing_left"),
    ],
)
def test_what_cannot_be_restored_is_told_why(job: Callable[[], Job], code: str) -> None:
    with pytest.raises(EngineError) as caught:
        PlainEngine().run(job(), Recorder())
    assert caught.value.code == code


@pytest.mark.parametrize("size", [(8, 8), (30, 900), (1500, 45)])
def test_small_and_long_photos_are_restored(size: tuple[int, int]) -> None:
    picture = scene().resize(size)
    assert restored(ask(png(picture))).size == size


class TestLanczos:
    def test_is_named_and_makes_that_size_in_bands_as_in_one_piece(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from studio.engines.photo import enlarging

        monkeypatch.setattr(enlarging, "BAND", 64)
        picture = scene()
        listener = Recorder()
        job = replace(ask(png(picture), scale=4), tool="upscale")
        output = PlainEngine().run(job, listener)[0]
        made = Image.open(io.BytesIO(output.data))
        whole = picture.resize((4 * WIDTH, 4 * HEIGHT), Image.Resampling.LANCZOS)
        assert np.abs(np.asarray(made).astype(int) - np.asarray(whole)).max() <= 1
        assert output.facts["method"] == "Lanczos"
        steps = [(s.step, s.total) for s in listener.steps if s.stage == "enlarging"]
        assert steps == [(at, len(steps)) for at in range(1, len(steps) + 1)] and len(steps) > 5
        with pytest.raises(Cancelled):
            PlainEngine().run(job, Recorder(3))

    def test_transparency_stays_and_hidden_colours_do_not_shine_through(self) -> None:
        pixels = np.zeros((40, 40, 4), np.uint8)
        pixels[:, 20:] = (200, 180, 160, 255)
        made = np.asarray(restored(replace(ask(png(Image.fromarray(pixels)), scale=2), tool="upscale")))
        seen = made[made[..., 3] > 64][:, :3].astype(int)
        assert np.abs(seen - (200, 180, 160)).max() <= 24  # what Lanczos rings by

    def test_a_result_of_too_many_pixels_is_refused_with_what_would_fit(self) -> None:
        job = replace(ask(png(Image.new("L", (10_000, 300))), scale=4), tool="upscale")
        with pytest.raises(EngineError) as caught:
            PlainEngine().run(job, Recorder())
        assert (caught.value.code, caught.value.params) == ("image_too_large", {"limit": "2.06 MP"})
        assert restored(replace(job, params=job.params | {"scale": 2})).size == (20_000, 600)
