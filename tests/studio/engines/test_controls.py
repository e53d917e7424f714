"""What leads a picture: several ControlNets in one step, and what they are shown of drawings and photos."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from studio.engines.base import EngineError
from studio.engines.board import outlines, sketch
from studio.engines.board.sketch import Options
from studio.engines.local import messages, tiny
from studio.job import Job, ModelRef
from tests.studio.engines.conftest import job_for
from tests.studio.engines.driven import difference, stock, together
from tests.studio.engines.photos import photo, png
from tests.studio.engines.sketches import drawing

KINDS = ("scribble", "lineart", "canny")
LINES = {"sketch": drawing("house")}
COLOURS = {"sketch": drawing("house", colour=True)}


@pytest.fixture(scope="module")
def ask(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Job]:
    """A model with three ControlNets."""
    parts = {"controlnet_scribble": str(tiny_folder / tiny.CONTROL_FOLDER)}
    for seed, kind in enumerate(KINDS[1:], 1):
        folder = tmp_path_factory.mktemp(kind)
        tiny.write(folder, controlnet=True, seed=seed)
        parts[f"controlnet_{kind}"] = str(folder / tiny.CONTROL_FOLDER)
    return job_for(ModelRef("tiny", "sd", str(tiny_folder), parts=parts), 64)


MIXED: list[tuple[int, dict[str, Any]]] = [
    (0, {"control": "canny", "control_strength": 1.5, "control_end": 0.5, "steps": 6, "seed": 1, **COLOURS}),
    (0, {"control": "scribble", "control_strength": 0.4, "steps": 5, "seed": 2, "guidance_scale": 1.0, **LINES}),
    (1, {"control": "lineart", "control_start": 0.4, "steps": 7, "seed": 3, **LINES}),
    (2, {"control": "none", "steps": 6, "seed": 4, **COLOURS}),
    (2, {"control": "scribble", "control_strength": 2.0, "steps": 4, "seed": 5, "count": 2, **LINES}),
]


def test_each_request_follows_its_own_controlnet_as_strongly_as_it_wants(ask: Callable[..., Job]) -> None:
    jobs = [(turn, ask("sketch_to_image", **params)) for turn, params in MIXED]
    made, most = together([*jobs, (1, ask(seed=9, steps=8))])
    assert most > 6
    for (_turn, job), outputs in zip(jobs, made[:-1], strict=True):
        assert difference(outputs, stock(job)) <= 2
    assert difference(made[-1], stock(ask(seed=9, steps=8))) <= 2


def test_strength_and_kind_change_the_picture(ask: Callable[..., Job]) -> None:
    some = [{"control": kind} for kind in KINDS] + [{"control_strength": 0.0}, {"control_end": 0.3}]
    made, _most = together([(0, ask("sketch_to_image", **LINES, **params)) for params in some])
    pairs = [(a, b) for at, a in enumerate(made) for b in made[:at]]
    assert min(difference(a, b) for a, b in pairs) > 2


def test_model_without_the_wanted_controlnet_says_so(ask_tiny_control: Callable[..., Job]) -> None:
    with pytest.raises(EngineError, match="model_unavailable"):
        messages.request(ask_tiny_control("sketch_to_image", control="canny", **LINES))


def levels(picture: Image.Image) -> np.ndarray[Any, Any]:
    return np.asarray(picture)[..., 0].astype(int)


def box(faint: int = 255) -> Image.Image:
    sheet = Image.new("RGB", (128, 128), (255 - faint,) * 3)
    ImageDraw.Draw(sheet).rectangle((32, 40, 95, 87), fill=(255, 255, 255))
    return sheet


def test_canny_draws_the_outline_one_pixel_wide_and_closed() -> None:
    edges = levels(outlines.canny(box(), 0.1)) > 0
    assert 200 <= edges.sum() <= 2 * (64 + 48) + 4
    for row in edges[44:84]:
        assert 2 <= row.sum() <= 2, "one on the left, one on the right"
    inside = Image.fromarray((edges * 255).astype(np.uint8))
    ImageDraw.floodfill(inside, (64, 64), 128)
    assert inside.getpixel((5, 5)) == 0, "the colour did not run out"


def test_canny_leaves_faint_edges_out_unless_they_continue_strong_ones() -> None:
    assert levels(outlines.canny(box(20), 0.1)).max() == 0
    assert levels(outlines.canny(box(20), 0.03)).max() == 255
    fading = Image.composite(box(), box(0), Image.linear_gradient("L").resize((128, 128)))
    assert (levels(outlines.canny(fading, 0.1))[60:] > 0).any(axis=1).sum() > 20


def test_photo_gives_edges_and_lines() -> None:
    rng = np.random.default_rng(0)
    scene = Image.linear_gradient("L").convert("RGB")
    for _ in range(12):
        x, y, size, *colour = (int(value) for value in rng.integers(20, 220, 6))
        ImageDraw.Draw(scene).ellipse((x, y, x + size // 3, y + size // 2), fill=tuple(colour))
    scene = scene.filter(ImageFilter.GaussianBlur(1.5))
    edges, lines = levels(outlines.canny(scene, 0.1)), levels(outlines.lineart(scene, 0.1))
    assert 0.01 < (edges > 0).mean() < 0.2
    assert 0.005 < (lines > 64).mean() < 0.5


def test_lineart_keeps_dark_lines_on_any_ground() -> None:
    sheet = Image.linear_gradient("L").convert("RGB").resize((256, 256))
    ImageDraw.Draw(sheet).line((128, 20, 128, 235), fill=(0, 0, 0), width=3)
    lines = levels(outlines.lineart(sheet, 0.1))
    assert lines[100:230, 128].min() > 90
    assert lines[100:230, 20:100].max() < 30


def view(name: str, data: bytes, **options: Any) -> np.ndarray[Any, Any]:
    return levels(sketch.VIEWS[name](sketch.read(data, 128, 128, Options(**options))))


@pytest.mark.parametrize("kind", KINDS)
def test_chalk_on_a_board_reads_like_ink_on_paper(kind: str) -> None:
    ink = Image.open(io.BytesIO(drawing("boat", white=True))).convert("RGB")
    chalk = png(ImageOps.invert(ink))
    plain, inverted = view(kind, png(ink)), view(kind, chalk, invert=True)
    assert np.abs(plain - inverted).max() <= 1


def test_cropping_brings_a_small_drawing_to_the_frame() -> None:
    sheet = Image.new("RGB", (512, 512), "white")
    ImageDraw.Draw(sheet).ellipse((400, 400, 460, 460), outline="black", width=4)
    whole, cropped = (np.nonzero(view("scribble", png(sheet), crop=crop) > 80) for crop in (False, True))
    assert np.ptp(whole[0]) < 20 and np.ptp(cropped[0]) > 100
    empty = png(Image.new("RGB", (64, 64), "white"))
    assert view("scribble", empty, crop=True).max() == 0


def test_contrast_brings_out_pale_marks_and_the_threshold_leaves_them_out() -> None:
    sheet = Image.new("RGB", (256, 256), "white")
    ImageDraw.Draw(sheet).line((40, 40, 40, 220), fill=(250, 250, 250), width=5)
    ImageDraw.Draw(sheet).line((200, 40, 200, 220), fill=(0, 0, 0), width=5)
    pale = png(sheet)
    assert view("scribble", pale)[64, 15:25].max() < 80
    assert view("scribble", pale, contrast=3.0)[64, 15:25].max() > 200
    assert view("scribble", pale, threshold=0.03)[64, 15:25].max() > 200
    assert view("scribble", pale, threshold=0.9)[64, 95:105].max() > 200


@pytest.mark.parametrize("kind", KINDS)
def test_any_picture_has_views_of_the_models_size(kind: str) -> None:
    assert sketch.VIEWS[kind](sketch.read(photo(37, 90), 72, 128)).size == (72, 128)
