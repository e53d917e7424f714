"""Tools that go on from a picture: who shares their steps changes nothing, and what was not marked stays."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from studio.engines.base import EngineError
from studio.engines.board import scenes
from studio.engines.local import messages, tiny
from studio.engines.local.engine import DeviceEngine
from studio.job import Job, ModelRef
from tests.studio.engines.conftest import PARAMS
from tests.studio.engines.contract import Recorder, pixels
from tests.studio.engines.driven import difference, stock, together
from tests.studio.engines.photos import FORM, mask, photo, png


def asker(model: ModelRef, side: int = 64) -> Callable[..., Job]:
    def ask(tool: str, image: bytes | None = None, marked: bytes | None = None, **params: Any) -> Job:
        inputs = {"image": image or photo()}
        if tool == "inpaint":
            inputs["mask"] = marked or mask()
        return Job("test", tool, PARAMS | FORM | {"width": side, "height": side} | params, inputs, model)

    return ask


@pytest.fixture(scope="session")
def ask(tiny_folder: Path) -> Callable[..., Job]:
    return asker(ModelRef("tiny", "sd", str(tiny_folder)))


@pytest.fixture(scope="session")
def inpainting_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model with a UNet that is shown mask and picture."""
    folder = tmp_path_factory.mktemp("inpainting")
    tiny.write(folder, shape="inpaint")
    return folder


MIXED: list[tuple[int, str, dict[str, Any]]] = [
    (0, "inpaint", {"steps": 6, "guidance_scale": 5.0, "seed": 3, "strength": 1.0}),
    (0, "image_to_image", {"steps": 9, "guidance_scale": 1.0, "seed": 4, "strength": 0.8}),
    (1, "outpaint", {"steps": 7, "guidance_scale": 3.0, "seed": 5, "strength": 0.95, "left": 24, "feather": 0}),
    (3, "inpaint", {"steps": 8, "guidance_scale": 1.0, "seed": 6, "strength": 0.5, "count": 2}),
    (4, "outpaint", {"steps": 5, "guidance_scale": 2.0, "seed": 7, "strength": 1.0, "prompt": "一棵树"}),
]


def check(jobs: list[tuple[int, Job]]) -> None:
    made, most = together(jobs)
    assert most > 2
    for (_turn, job), outputs in zip(jobs, made, strict=True):
        assert difference(outputs, stock(job)) <= 2


def wide() -> bytes:
    return photo(96, 48)


def test_mixed_tools_that_step_together_equal_stock(ask: Callable[..., Job]) -> None:
    check([(turn, ask(tool, wide() if tool == "outpaint" else None, **params)) for turn, tool, params in MIXED])


def test_inpainting_model_equals_stock_in_company(inpainting_folder: Path) -> None:
    ask = asker(ModelRef("inpainting", "sd", str(inpainting_folder)))
    check(
        [(turn, ask(tool, **params)) for turn, tool, params in MIXED if tool == "inpaint"]
        + [(2, ask(*OUT[0], **OUT[1]))]
    )


OUT: tuple[tuple[str], dict[str, Any]] = (("outpaint",), {"steps": 5, "strength": 0.9, "right": 16, "seed": 9})


@pytest.mark.parametrize("shape", ["xl", "xl-inpaint"])
def test_sdxl_makes_parts_anew_as_its_own_pipeline_does(shape: tiny.Shape, tmp_path: Path) -> None:
    tiny.write(tmp_path, shape=shape)
    ask = asker(ModelRef(shape, "sdxl", str(tmp_path)))
    check([(turn, ask(tool, **params)) for turn, tool, params in MIXED[:4] if tool != "image_to_image"])


@pytest.mark.parametrize("name", ["PNDMScheduler", "DPMSolverSinglestepScheduler"])
def test_masks_are_put_back_as_a_models_own_scheduler_wants_it(name: str, broken: Path) -> None:
    """Samplers that people can choose are in the matrix (matrix.py)."""
    for file in (broken / "scheduler" / "scheduler_config.json", broken / "model_index.json"):
        text = file.read_text().replace("DDIMScheduler", name)
        file.write_text(text.replace('"clip_sample": false,', ""))
    ask = asker(ModelRef("broken", "sd", str(broken)))
    check([(turn, ask(tool, **params)) for turn, tool, params in MIXED[:4]])


def picture(data: bytes) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def test_what_is_far_from_the_mark_stays_to_the_bit(local_engine: DeviceEngine, ask: Callable[..., Job]) -> None:
    made = picture(local_engine.run(ask("inpaint", strength=1.0, guidance_scale=1.0), Recorder())[0].data)
    changed = np.abs(made - picture(photo())).max(2)
    far = np.ones((64, 64), bool)
    far[24 - 4 : 48 + 5, 16 - 4 : 40 + 5] = False
    assert changed[far].max() == 0
    assert changed[26:46, 18:38].max() > 20


def test_without_keeping_everything_has_gone_through_the_model(
    local_engine: DeviceEngine, ask: Callable[..., Job]
) -> None:
    job = ask("inpaint", keep_original=False)
    made = local_engine.run(job, Recorder())
    assert difference(made, stock(job)) <= 2
    assert np.abs(picture(made[0].data) - picture(photo())).max(2)[:8].max() > 0


def test_continued_picture_keeps_its_own_pixels_in_place(local_engine: DeviceEngine, ask: Callable[..., Job]) -> None:
    image = photo(40, 64)
    made = picture(local_engine.run(ask("outpaint", image, left=24, feather=4), Recorder())[0].data)
    assert np.abs(made[:, 24 + 4 :] - picture(image)[:, 4:]).max() == 0
    assert made.shape == (64, 64, 3)


def test_hole_in_a_picture_is_filled(local_engine: DeviceEngine, ask: Callable[..., Job]) -> None:
    holed = Image.open(io.BytesIO(photo())).convert("RGBA")
    holed.paste((0, 0, 0, 0), (20, 20, 44, 44))
    made = picture(local_engine.run(ask("outpaint", png(holed), feather=2), Recorder())[0].data)
    assert np.abs(made[:17] - picture(photo())[:17]).max() == 0
    assert made[32, 32].tolist() != [0, 0, 0]


@pytest.mark.parametrize("image", [photo(), png(Image.new("RGB", (9, 9)))])
def test_nothing_to_make_anew_is_told(local_engine: DeviceEngine, ask: Callable[..., Job], image: bytes) -> None:
    empty = png(Image.new("L", (64, 64)))
    for job in (ask("inpaint", image, empty), ask("outpaint", image)):
        with pytest.raises(EngineError, match="nothing_marked"):
            local_engine.run(job, Recorder())


def test_mask_with_transparency_counts_by_what_is_drawn_in_any_colour(ask: Callable[..., Job]) -> None:
    sheet = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    ImageDraw.Draw(sheet).rectangle((16, 24, 40, 48), fill=(0, 0, 0, 255))
    drawn, white = (messages.request(ask("inpaint", marked=each)).scene for each in (png(sheet), mask()))
    assert drawn and white and drawn.mask and white.mask
    assert drawn.mask.tobytes() == white.mask.tobytes()


def test_picture_of_another_shape_is_cut_or_stretched(ask: Callable[..., Job]) -> None:
    halves = Image.new("RGB", (128, 64), "red")
    halves.paste("blue", (64, 0, 128, 64))
    cut, stretched = (scenes.read(ask("image_to_image", png(halves), fit=fit)).image for fit in ("crop", "stretch"))
    assert cut.size == stretched.size == (64, 64)
    assert cut.getpixel((10, 10)) == stretched.getpixel((10, 10)) == (255, 0, 0)
    tall = Image.new("RGB", (64, 128), "red")
    tall.paste("blue", (0, 0, 64, 32))
    assert scenes.read(ask("image_to_image", png(tall), fit="crop")).image.getpixel((5, 2)) == (255, 0, 0)
    assert scenes.read(ask("image_to_image", png(tall), fit="stretch")).image.getpixel((5, 2)) == (0, 0, 255)


def test_hole_starts_from_the_colours_around_it(ask: Callable[..., Job]) -> None:
    scene = scenes.read(ask("outpaint", png(Image.new("RGB", (40, 64), (200, 30, 60))), left=24))
    assert scene.image.getextrema() == ((200, 200), (30, 30), (60, 60))
    nothing = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    assert scenes.read(ask("outpaint", png(nothing))).mask


def test_inpainting_model_makes_nothing_else(local_engine: DeviceEngine, inpainting_folder: Path) -> None:
    ask = asker(ModelRef("inpainting", "sd", str(inpainting_folder)))
    with pytest.raises(EngineError, match="model_unavailable"):
        local_engine.run(ask("image_to_image"), Recorder())


def test_damaged_picture_is_refused(local_engine: DeviceEngine, ask: Callable[..., Job]) -> None:
    for job in (ask("image_to_image", b"nothing"), ask("inpaint", marked=photo()[:50])):
        with pytest.raises(EngineError, match="invalid_image"):
            local_engine.run(job, Recorder())


def test_counts_only_the_steps_that_run(local_engine: DeviceEngine, ask: Callable[..., Job]) -> None:
    listener = Recorder()
    output = local_engine.run(ask("inpaint", steps=8, strength=0.5), listener)[0]
    assert [step.step for step in listener.denoising()] == [1, 2, 3, 4]
    assert output.facts["steps"] == 4 and len(pixels(output)) == 64 * 64 * 3
