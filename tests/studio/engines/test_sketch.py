"""What the engine makes of a drawing before any network sees it."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from studio.engines.base import EngineError
from studio.engines.board import sketch
from tests.studio.engines.sketches import DRAWINGS, drawing


def lines_of(data: bytes, width: int = 128, height: int = 128) -> np.ndarray[Any, Any]:
    return np.asarray(sketch.read(data, width, height).lines)[..., 0].astype(float) / 255


def png(picture: Image.Image, form: str = "PNG") -> bytes:
    file = io.BytesIO()
    picture.save(file, form)
    return file.getvalue()


def alike(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> float:
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


@pytest.mark.parametrize("name", DRAWINGS)
def test_lines_come_out_white_on_black_and_thin(name: str) -> None:
    lines = lines_of(drawing(name))
    assert lines.max() > 0.9
    assert 0.02 < (lines > 0.3).mean() < 0.15


@pytest.mark.parametrize("name", DRAWINGS)
@pytest.mark.parametrize(
    "variant",
    [
        {"width": 1},
        {"width": 7},
        {"ink": (205, 205, 215, 255)},
        {"ink": (220, 40, 40, 255)},
        {"ink": (255, 255, 255, 255)},
        {"white": True},
        {"colour": True},
    ],
)
def test_pen_and_paper_change_little_about_the_lines(name: str, variant: dict[str, Any]) -> None:
    assert alike(lines_of(drawing(name)), lines_of(drawing(name, **variant))) > 0.6


def test_filled_area_without_an_outline_becomes_its_outline() -> None:
    board = Image.new("RGB", (512, 512), "white")
    ImageDraw.Draw(board).rectangle((128, 128, 383, 383), fill=(200, 30, 30))
    lines = lines_of(png(board))
    assert lines[64, 64] == lines[5, 5] == 0
    for edge in (lines[64, 28:37], lines[64, 91:100], lines[28:37, 64], lines[91:100, 64]):
        assert edge.max() > 0.8


def test_two_areas_of_different_colours_have_a_line_between_them() -> None:
    board = Image.new("RGB", (512, 512), (60, 140, 230))
    ImageDraw.Draw(board).rectangle((0, 300, 511, 511), fill=(60, 170, 70))
    lines = lines_of(png(board))
    assert lines[70:80, 64].max() > 0.8
    assert lines[:65].max() == lines[85:].max() == 0


@pytest.mark.parametrize("name", DRAWINGS)
def test_pencil_has_no_colour_and_paint_has(name: str) -> None:
    for ink in ((0, 0, 0, 255), (128, 128, 128, 255), (60, 60, 75, 255)):
        assert sketch.read(drawing(name, ink=ink), 128, 128).colours is None
    assert sketch.read(drawing(name, colour=True), 128, 128).colours is not None
    assert sketch.read(drawing(name, ink=(220, 30, 30, 255)), 128, 128).colours is not None


def test_colours_lie_on_grey_without_their_ink() -> None:
    colours = sketch.read(drawing("house", colour=True, white=True), 128, 128).colours
    assert colours is not None
    assert colours.getpixel((5, 5)) == pytest.approx((128, 128, 128), abs=1)
    assert colours.getpixel((40, 85)) == pytest.approx((200, 40, 40), abs=2)
    assert min(sum(colours.getpixel((x, 85))) for x in range(128)) > 150  # type: ignore[arg-type]


def test_empty_paper_has_no_lines_and_no_colour() -> None:
    for paper in (Image.new("RGB", (300, 200), "white"), Image.new("RGBA", (300, 200))):
        drawn = sketch.read(png(paper), 128, 128)
        assert drawn.colours is None
        assert drawn.lines.getextrema() == ((0, 0),) * 3
        assert drawn.board.getextrema() == ((255, 255),) * 3


@pytest.mark.parametrize("size", [(1, 1), (37, 1000), (1024, 1024), (64, 48)])
@pytest.mark.parametrize("wanted", [(128, 128), (64, 256), (512, 512), (72, 88)])
def test_any_size_fits_the_model(size: tuple[int, int], wanted: tuple[int, int]) -> None:
    drawn = sketch.read(png(Image.new("RGB", size, (30, 90, 200))), *wanted)
    assert drawn.board.size == drawn.lines.size == wanted
    assert drawn.colours is None or drawn.colours.size == wanted


def test_drawing_keeps_its_proportions() -> None:
    board = Image.new("RGB", (512, 256), "white")
    ImageDraw.Draw(board).ellipse((192, 64, 320, 192), outline="black", width=8)
    rows, columns = np.nonzero(lines_of(png(board)) > 0.3)
    assert abs(int(np.ptp(rows)) - int(np.ptp(columns))) <= 2


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_png_jpeg_and_webp_show_the_same_lines(form: str) -> None:
    board = Image.open(io.BytesIO(drawing("boat", white=True))).convert("RGB")
    assert alike(lines_of(png(board, form)), lines_of(png(board))) > 0.97


@pytest.mark.parametrize("form", ["GIF", "BMP", "TIFF"])
def test_other_picture_formats_are_refused(form: str) -> None:
    with pytest.raises(EngineError, match="invalid_image"):
        sketch.read(png(Image.new("RGB", (9, 9)), form), 128, 128)


def test_picture_of_far_too_many_pixels_is_refused_unread() -> None:
    with pytest.raises(EngineError, match="invalid_image"):
        sketch.read(png(Image.new("1", (7000, 7000))), 128, 128)
