"""Scratches, folds, dust: what is found of them in a photo, or was marked by hand. Changes no picture.

A scratch or a speck is thinner than what the photo shows and stands out from both its sides, lighter or darker. That
is what top-hats measure (Serra, Image Analysis and Mathematical Morphology, 1982); how much of it is remarkable depends
on the grain and on what else is fine at that place.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import fft, ndimage

from studio.engines.base import EngineError
from studio.engines.photo.grain import Floats, noise_of

Marks = NDArray[np.bool_]

# The thickest scratch, as a part of the longer side, and in pixels.
THICKEST, LEAST_THICK, MOST_THICK = 1 / 350, 3, 25
# Lines are looked for in a picture of at most so many pixels, in so many directions, by the mean over so long a piece;
# the whole must be straight for this part of the longer side.
LINE_PIXELS, DIRECTIONS, PIECE, LONG = 1_000_000, 24, 41, 0.07
# By how many times the usual something stands out: a line on the average, a place of a line, a speck; at the middle of
# the slider, which multiplies them by 2 to 1/2.
ON_LINE, OF_LINE, SPECK = 1.7, 1.3, 3.5
# A speck stands out by so many times what its surroundings vary by. Where this part of a neighbourhood stands out it is
# a texture (grass, hair, cloth), not dust.
CLEAR, BUSY, NEIGHBOURHOOD = 4.0, 0.03, 61
# Specks are not longer than so many times the thickest scratch.
SPECK_LONG = 4


@dataclass(frozen=True, slots=True)
class Found:
    """`marks` (h, w): what is to be made anew. How many `scratches` and `specks` were found, not marked by hand."""

    marks: Marks
    scratches: int = 0
    specks: int = 0


def find(lightness: Floats, sensitivity: float, done: Callable[[float], None] = lambda _share: None) -> Found:
    """Damage in a grey picture (h, w) of 0..255; `sensitivity` 0 to 1, 0 finds nothing. `done` hears how much is
    looked through (0 to 1), and may raise.

    Only what is straight for long, or small and alone on a calm ground: what a photo shows may be thin as well, and is
    worth more than a scratch that stays.
    """
    none = np.zeros(lightness.shape, np.bool_)
    if sensitivity <= 0 or min(lightness.shape) < 2 * PIECE:
        return Found(none)
    thick = round(max(LEAST_THICK, min(MOST_THICK, max(lightness.shape) * THICKEST))) | 1
    times, grain = 2.0 ** (1 - 2 * sensitivity), noise_of(lightness)
    marks, scratches, specks = none, 0, 0
    for half in (0.0, 0.5):
        ground = lightness if not half else 255 - lightness
        done(half)
        opened = ndimage.grey_opening(ground, (thick, thick))
        out = ground - opened
        above = _remarkable(out, grain, thick)
        done(half + 0.1)
        lines, lined = _lines(above, times, partial(_between, done, half + 0.1, half + 0.45))
        dots, dotted = _specks(out, above, opened, (thick, times))
        marks, scratches, specks = marks | lines | dots, scratches + lined, specks + dotted
    # The soft edges of what was found belong to it.
    grown = ndimage.binary_dilation(marks, iterations=max(1, thick // 4)) if marks.any() else marks
    return Found(grown, scratches, specks)


def marked(data: bytes, size: tuple[int, int]) -> Marks:
    """The marks (h, w) of a mask over a photo of `size` (width, height): white, or opaque in one with transparency.

    Raises EngineError("invalid_image").
    """
    try:
        mask = Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")).convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise EngineError("invalid_image") from error
    alpha = mask.getchannel("A")
    levels = alpha if np.asarray(alpha).min() < 128 else mask.convert("L")
    return np.asarray(levels.resize(size, Image.Resampling.BILINEAR)) >= 128


def shown(picture: Image.Image, marks: Marks, side: int = 256) -> Image.Image:
    """A small RGB picture in which what is marked is red."""
    small = picture.convert("RGB")
    small.thumbnail((side, side))
    # A thin line stays visible however small the picture becomes.
    height, width = marks.shape
    rows, columns = (
        np.linspace(0, full, part + 1).astype(int)[:-1] for full, part in ((height, small.height), (width, small.width))
    )
    red = np.logical_or.reduceat(np.logical_or.reduceat(marks, rows, axis=0), columns, axis=1)
    pixels = np.asarray(small).copy()
    pixels[red] = (230, 40, 60)
    return Image.fromarray(pixels)


def _remarkable(out: Floats, grain: float, thick: int) -> Floats:
    """By how many times the usual each place stands out from its two sides: the grain, and fine things around."""
    around = ndimage.uniform_filter(np.minimum(out, 40), 8 * thick + 1)
    made: Floats = out / (1.5 * grain + 2 * around + 1)
    return made


def _between(done: Callable[[float], None], start: float, end: float, share: float) -> None:
    done(start + (end - start) * share)


def _lines(above: Floats, times: float, done: Callable[[float], None]) -> tuple[Marks, int]:
    """Places that lie on a long straight line, and how many lines there are."""
    factor = max(1, int(np.ceil((above.size / LINE_PIXELS) ** 0.5)))
    small = _greatest(above, factor)
    capped = np.minimum(small, 2 * ON_LINE * times)
    least = max(PIECE * 1.2, LONG * max(small.shape))
    near = np.zeros(small.shape, np.bool_)
    count = 0
    for step, mean in enumerate(_along_lines(capped)):
        done(step / DIRECTIONS)
        straight, many = _long(mean > ON_LINE * times, least)
        if many:
            count += int((straight & ~near).sum() > straight.sum() / 2)
            near |= straight
    if not count:
        return np.zeros(above.shape, np.bool_), 0
    places = above > OF_LINE * times
    distance = ndimage.distance_transform_edt(~near)
    lines = places & _enlarged(distance <= 2, factor, above.shape)
    # The mean fades towards a line's ends: what hangs together with it belongs to it.
    labels, parts = ndimage.label(places & _enlarged(distance <= PIECE // 2, factor, above.shape), np.ones((3, 3)))
    kept = np.zeros(parts + 1, np.bool_)
    kept[labels[lines]] = True
    kept[0] = False
    return kept[labels], count


def _enlarged(marks: Marks, factor: int, shape: tuple[int, ...]) -> Marks:
    return marks.repeat(factor, 0).repeat(factor, 1)[: shape[0], : shape[1]]


def _long(places: Marks, least: float) -> tuple[Marks, int]:
    """The connected ones of `places` that are as long, and how many they are."""
    labels, count = ndimage.label(places, np.ones((3, 3)))
    kept = np.zeros(count + 1, np.bool_)
    for number, (rows, columns) in enumerate(ndimage.find_objects(labels), start=1):
        kept[number] = np.hypot(rows.stop - rows.start, columns.stop - columns.start) >= least
    return kept[labels], int(kept.sum())


def _along_lines(values: Floats) -> Iterator[Floats]:
    """At each place the mean of a straight piece through it, one direction after another."""
    middle = PIECE // 2
    height, width = values.shape
    shape = [fft.next_fast_len(side + PIECE, real=True) for side in values.shape]
    waves = fft.rfft2(values, shape)
    steps = np.arange(-middle, middle + 1)
    for angle in np.arange(DIRECTIONS) * np.pi / DIRECTIONS:
        rows, columns = (np.rint(middle + steps * turn).astype(int) for turn in (np.sin(angle), np.cos(angle)))
        kernel = np.zeros((PIECE, PIECE), np.float32)
        kernel[rows, columns] = 1
        mean = fft.irfft2(waves * fft.rfft2(kernel / kernel.sum(), shape), shape)
        yield mean[middle : middle + height, middle : middle + width]


def _greatest(values: Floats, factor: int) -> Floats:
    """The greatest of each square of `factor`: a line of one pixel stays a line."""
    if factor == 1:
        return values
    height, width = values.shape
    padded = np.pad(values, ((0, -height % factor), (0, -width % factor)), mode="edge")
    rows, columns = (side // factor for side in padded.shape)
    made: Floats = padded.reshape(rows, factor, columns, factor).max((1, 3))
    return made


def _specks(out: Floats, above: Floats, opened: Floats, scale: tuple[int, float]) -> tuple[Marks, int]:
    """Small things alone on a calm ground, and how many there are. `scale`: thickest, and the slider's times."""
    thick, times = scale
    candidates = above > OF_LINE * times
    busy = ndimage.uniform_filter(candidates.astype(np.float32), NEIGHBOURHOOD) > BUSY
    window = 10 * thick + 1
    mean = ndimage.uniform_filter(opened, window)
    varies = np.sqrt(np.maximum(ndimage.uniform_filter(opened * opened, window) - mean * mean, 0))
    labels, count = ndimage.label(candidates & ~busy, np.ones((3, 3)))
    if not count:
        return labels > 0, 0
    numbers = np.arange(1, count + 1)
    clear = ndimage.maximum(out - CLEAR * times * varies, labels, numbers) > 0
    strong = ndimage.maximum(above, labels, numbers) > SPECK * times
    kept = np.zeros(count + 1, np.bool_)
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        long = max(side.stop - side.start for side in box)
        kept[number] = clear[number - 1] and strong[number - 1] and long <= SPECK_LONG * thick
    return kept[labels], int(kept.sum())
