"""Carrying out an edit on a picture, with Pillow.

The page previews the same formulas (static/js/studio/editing/pixels.js). tests/gallery/pixels/test_rendering.py holds
the two together: at most 3 of 255 levels apart.
"""

import math
from collections.abc import Sequence

from PIL import Image, ImageFilter

from gallery.pixels import captions
from gallery.pixels.editing import (
    BLUR,
    IDENTITY,
    LOOKS,
    SHARPEN,
    SHARPEN_RADIUS,
    VIGNETTE,
    Adjust,
    Caption,
    Crop,
    Edit,
    Filter,
    Flip,
    Straighten,
    Turn,
)

Transpose = Image.Transpose
QUARTERS = {1: Transpose.ROTATE_270, 2: Transpose.ROTATE_180, 3: Transpose.ROTATE_90}


def render(picture: Image.Image, edit: Edit) -> Image.Image:
    """`picture` (RGB or RGBA, any size) with `edit` carried out in order. Raises captions.Unwritable."""
    for operation in edit:
        match operation:
            case Turn():
                picture = picture.transpose(QUARTERS[operation.quarters])
            case Flip():
                picture = _flip(picture, operation)
            case Straighten():
                picture = _straighten(picture, operation.degrees)
            case Crop():
                picture = picture.crop(_box(operation, *picture.size))
            case Adjust() | Filter():
                picture = _coloured(picture, operation)
            case Caption():
                picture = _captioned(picture, operation)
    return picture


def _flip(picture: Image.Image, flip: Flip) -> Image.Image:
    if flip.across:
        picture = picture.transpose(Transpose.FLIP_LEFT_RIGHT)
    return picture.transpose(Transpose.FLIP_TOP_BOTTOM) if flip.down else picture


def _straighten(picture: Image.Image, degrees: float) -> Image.Image:
    """Each pixel of the result is looked up in the picture: turned back about the middle."""
    width, height = picture.size
    angle = math.radians(degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    share = min(width / (width * cos + height * abs(sin)), height / (width * abs(sin) + height * cos))
    size = max(1, round(width * share)), max(1, round(height * share))
    x, y = size[0] / 2, size[1] / 2
    matrix = (cos, sin, width / 2 - cos * x - sin * y, -sin, cos, height / 2 + sin * x - cos * y)
    return picture.transform(size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)


def _box(crop: Crop, width: int, height: int) -> tuple[int, int, int, int]:
    """In whole pixels, at least one each way. Halves round up, as in the page."""
    left, top = (
        min(math.floor(start + 0.5), side - 1) for start, side in ((crop.x * width, width), (crop.y * height, height))
    )
    right = min(width, max(left + 1, math.floor((crop.x + crop.width) * width + 0.5)))
    bottom = min(height, max(top + 1, math.floor((crop.y + crop.height) * height + 0.5)))
    return left, top, right, bottom


def _coloured(picture: Image.Image, operation: Adjust | Filter) -> Image.Image:
    """Colours change, transparency stays."""
    colours = picture.convert("RGB")
    changed = _adjust(colours, operation) if isinstance(operation, Adjust) else _filter(colours, operation)
    if picture.mode == "RGBA":
        changed.putalpha(picture.getchannel("A"))
    return changed


def _adjust(colours: Image.Image, adjust: Adjust) -> Image.Image:
    gain, slope = 2**adjust.brightness, 1 + adjust.contrast
    tint = 0.2 * adjust.temperature
    table: list[int] = []
    for channel in (1 + tint, 1.0, 1 - tint):
        table += [_level((value * gain * channel - 128) * slope + 128) for value in range(256)]
    return _mixed(colours.point(table), LOOKS["mono"], -adjust.saturation)


def _filter(colours: Image.Image, chosen: Filter) -> Image.Image:
    amount, shorter = chosen.amount, min(colours.size)
    if chosen.name in LOOKS:
        return _mixed(colours, LOOKS[chosen.name], amount)
    if chosen.name == "blur":
        return colours.filter(ImageFilter.GaussianBlur(amount * BLUR * shorter))
    if chosen.name == "sharpen":
        radius = max(0.6, SHARPEN_RADIUS * shorter)
        return colours.filter(ImageFilter.UnsharpMask(radius, round(100 * SHARPEN * amount), 0))
    return Image.composite(Image.new("RGB", colours.size), colours, _vignette(colours.size, amount))


def _mixed(colours: Image.Image, look: Sequence[float], amount: float) -> Image.Image:
    """The colours multiplied by a matrix between doing nothing (`amount` 0) and `look` (1)."""
    if not amount:
        return colours
    pairs = zip(IDENTITY, look, strict=True)
    return colours.convert("RGB", tuple(none + (full - none) * amount for none, full in pairs))


def _vignette(size: tuple[int, int], amount: float) -> Image.Image:
    """How dark each place becomes (0..255): nothing in the middle, most in the corners."""
    distance = Image.radial_gradient("L").resize(size, Image.Resampling.BICUBIC)
    table = []
    for value in range(256):
        far = value / 255
        table.append(_level(255 * amount * VIGNETTE * far * far * (3 - 2 * far)))
    return distance.point(table)


def _captioned(picture: Image.Image, caption: Caption) -> Image.Image:
    words = captions.layer(caption, *picture.size)
    mixed = Image.alpha_composite(picture.convert("RGBA"), words)
    return mixed if picture.mode == "RGBA" else mixed.convert("RGB")


def _level(value: float) -> int:
    return max(0, min(255, math.floor(value + 0.5)))
