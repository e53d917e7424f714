"""Pictures and masks for the tools that go on from one."""

import io

import numpy as np
from PIL import Image, ImageDraw

# What the forms of those tools fill in.
FORM = {"fit": "crop", "feather": 4, "keep_original": True, "left": 0, "right": 0, "top": 0, "bottom": 0}


def png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def photo(width: int = 64, height: int = 64) -> bytes:
    """A smooth picture without repetitions."""
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    return png(Image.fromarray((np.stack([x, y, (1 - x) * y], 2) * 255).astype(np.uint8)))


def mask(box: tuple[int, int, int, int] = (16, 24, 40, 48), size: int = 64) -> bytes:
    """Black, with a white box."""
    sheet = Image.new("L", (size, size))
    ImageDraw.Draw(sheet).rectangle(box, fill=255)
    return png(sheet)
