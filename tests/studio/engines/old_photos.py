"""Old photos for tests, small and made here: two grey fields with an edge between them, and strokes of colour."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

Stroke = tuple[tuple[int, int, int, int], str]


def file(picture: Image.Image, kind: str = "PNG") -> bytes:
    """`picture` as a file."""
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


def photo(width: int = 96, height: int = 64) -> Image.Image:
    """A bright left half and a dark right half, with some grain."""
    noise = np.random.default_rng(3).normal(0, 2, (height, width))
    level = np.where(np.arange(width) < width // 2, 190, 70)[None, :] + noise
    return Image.fromarray(level.clip(0, 255).astype(np.uint8), "L")


def old_photo(width: int = 96, height: int = 64) -> bytes:
    return file(photo(width, height))


def strokes(width: int = 96, height: int = 64, painted: Sequence[Stroke] | None = None) -> bytes:
    """A layer with a stroke of blue on the left and one of brick red on the right, otherwise transparent."""
    layer = Image.new("RGBA", (width, height))
    draw = ImageDraw.Draw(layer)
    usual: Sequence[Stroke] = [
        ((width // 8, height // 3, width // 4, height // 2), "#3a6ea5"),
        ((width * 5 // 8, height // 3, width * 3 // 4, height // 2), "#8e4434"),
    ]
    for box, colour in usual if painted is None else painted:
        draw.rectangle(box, fill=colour)
    return file(layer)
