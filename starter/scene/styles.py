"""Six ways to paint: what makes a cartoon, a photo-like picture, an oil painting, a watercolour, pixels, ink."""

import math
import random
from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

# (height, width, channels) of 0..255, or (height, width) of noise with a spread of about 1/2
Pixels = NDArray[np.float32]

_TILE = 512


@cache
def _noise(kind: str) -> Pixels:
    """A tile of noise: "brush" is drawn out along one direction, "soft" and "mid" are blurred."""
    generator = np.random.default_rng(7)
    spectrum = np.fft.rfft2(generator.standard_normal((_TILE, _TILE)))
    fy, fx = np.fft.fftfreq(_TILE)[:, None], np.fft.rfftfreq(_TILE)[None]
    if kind == "brush":
        angle = 0.6
        along, across = fx * math.cos(angle) + fy * math.sin(angle), fy * math.cos(angle) - fx * math.sin(angle)
        spectrum *= np.exp(-((along * 50) ** 2) - (across * 8) ** 2)
    elif kind != "fine":
        radius = {"soft": 80, "mid": 18, "grain": 4}[kind]
        spectrum *= np.exp(-(fx**2 + fy**2) * radius**2)
    tile = np.fft.irfft2(spectrum)
    result: Pixels = np.clip(tile / (tile.std() * 2), -1.5, 1.5).astype(np.float32)
    return result


def _texture(kind: str, size: int, rng: random.Random) -> Pixels:
    y, x = rng.randrange(_TILE - size), rng.randrange(_TILE - size)
    return _noise(kind)[y : y + size, x : x + size]


def _grid(size: int) -> tuple[Pixels, Pixels]:
    axis = np.linspace(-1, 1, size, dtype=np.float32)
    return axis[:, None], axis[None, :]


def _warp(pixels: Pixels, amount: float, rng: random.Random) -> Pixels:
    """Edges that waver by about `amount` pixels."""
    size = len(pixels)
    rows, columns = np.mgrid[0:size, 0:size]
    dy = (_texture("mid", size, rng) * amount).astype(np.int32)
    dx = (_texture("mid", size, rng) * amount).astype(np.int32)
    return pixels[np.clip(rows + dy, 0, size - 1), np.clip(columns + dx, 0, size - 1)]


def _pixels(image: Image.Image) -> Pixels:
    return np.asarray(image, np.float32)


def cartoon(image: Image.Image, lines: Image.Image, rng: random.Random) -> Pixels:
    """Flat, bright, with dark outlines."""
    ink = _pixels(lines)[..., None] / 255 * 0.86
    flat = _pixels(image)
    grey = flat.mean(-1, keepdims=True)
    return (grey + (flat - grey) * 1.14) * (1 - ink) + 26 * ink


def realistic(image: Image.Image, lines: Image.Image, rng: random.Random) -> Pixels:
    """Light from one side, soft edges, a lens's vignette, grain."""
    size = image.width
    y, x = _grid(size)
    soft = _pixels(image.filter(ImageFilter.GaussianBlur(0.9)))
    bloom = _pixels(image.filter(ImageFilter.BoxBlur(9)))
    light = (1.08 - 0.24 * (x * x + y * y) - 0.06 * x).astype(np.float32)
    lit = (soft * 0.86 + np.maximum(soft, bloom) * 0.14) * light[..., None]
    lit *= 1 + 0.06 * _texture("soft", size, rng)[..., None] + 0.035 * _texture("grain", size, rng)[..., None]
    return (124 + (lit - 128) * 1.1).astype(np.float32)


def oil(image: Image.Image, lines: Image.Image, rng: random.Random) -> Pixels:
    """Thick strokes along one direction, warm colours, no outlines."""
    size = image.width
    daubs = _pixels(image.filter(ImageFilter.MedianFilter(5)))
    moved = _warp(daubs, 4, rng)
    stroke = _texture("brush", size, rng)[..., None]
    relief = np.roll(stroke, 1, 0) - stroke
    grey = moved.mean(-1, keepdims=True)
    strong = grey + (moved - grey) * 1.25
    return (strong * (1 + 0.13 * stroke) + relief * 50) * np.array([1.05, 1.0, 0.88], np.float32) + np.array(
        [9, 4, 0], np.float32
    )


def watercolor(image: Image.Image, lines: Image.Image, rng: random.Random) -> Pixels:
    """Thin washes on white paper: pale, darker at the edges of every area, a ragged border, a pencil line."""
    size = image.width
    y, x = _grid(size)
    wash = _warp(_pixels(image.filter(ImageFilter.BoxBlur(2))), 3, rng)
    blurred = _pixels(image.filter(ImageFilter.BoxBlur(5)))
    pooled = np.clip(blurred.mean(-1, keepdims=True) - wash.mean(-1, keepdims=True), 0, 60)
    thin = (
        0.34
        + 0.2 * np.clip(_texture("soft", size, rng), -1, 1)[..., None]
        + 0.05 * _texture("grain", size, rng)[..., None]
    )
    wash = wash * (1 - thin) + 253 * thin - pooled * 0.7
    pencil = _pixels(lines)[..., None] / 255
    wash = wash * (1 - 0.3 * pencil) + 80 * 0.3 * pencil
    edge = np.maximum(np.abs(x), np.abs(y)) + 0.05 * _texture("mid", size, rng)
    bare = np.clip((edge - 0.86) / 0.08, 0, 1)[..., None]
    return wash * (1 - bare) + 251 * bare


def pixel(image: Image.Image, lines: Image.Image, rng: random.Random) -> Pixels:
    """Blocks of 8 pixels in few colours, ordered dither between them."""
    blocks = image.width // 8
    small = _pixels(image.resize((blocks, blocks), Image.Resampling.BOX))
    grey = small.mean(-1, keepdims=True)
    strong = grey + (small - grey) * 1.2
    bayer = np.array([[-0.375, 0.125], [0.375, -0.125]], np.float32)
    dither = np.tile(bayer, (blocks // 2, blocks // 2))[..., None] * 8
    return np.repeat(np.repeat(np.round((strong + dither) / 36) * 36, 8, 0), 8, 1)


def ink(image: Image.Image, lines: Image.Image, rng: random.Random) -> Pixels:
    """Grey washes and black brush lines on rice paper; a breath of the colours stays."""
    size = image.width
    colours = _pixels(image.filter(ImageFilter.BoxBlur(2)))
    grey = colours.mean(-1, keepdims=True)
    tone = 70 + 0.74 * _warp(grey, 5, rng)
    tone = tone * (1 + 0.16 * _texture("soft", size, rng)[..., None] + 0.05 * _texture("grain", size, rng)[..., None])
    paper = np.minimum(tone, 244) * np.array([1.0, 0.98, 0.92], np.float32)
    swollen = np.maximum(_pixels(lines), 0.8 * _pixels(lines.filter(ImageFilter.MaxFilter(3))))[..., None] / 255
    stroke = np.clip(swollen * (0.85 + 0.3 * _texture("mid", size, rng)[..., None]), 0, 1) * 0.86
    return (paper + (colours - grey) * 0.62) * (1 - stroke) + 24 * stroke


STYLES: dict[str, Callable[[Image.Image, Image.Image, random.Random], Pixels]] = {
    "cartoon": cartoon,
    "realistic": realistic,
    "oil": oil,
    "watercolor": watercolor,
    "pixel": pixel,
    "ink": ink,
}


def apply(style: str, image: Image.Image, lines: Image.Image, rng: random.Random) -> Image.Image:
    """`image` (RGB) in `style`; `lines` is its line drawing ("L", white on black) of the same size."""
    return Image.fromarray(STYLES[style](image, lines, rng).clip(0, 255).astype(np.uint8))
