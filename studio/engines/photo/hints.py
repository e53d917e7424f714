"""Strokes of colour that a person painted on a photo: read from a picture, and spread over the photo's structure."""

import io
from dataclasses import dataclass
from math import sqrt

import numpy as np
from PIL import Image

from studio.engines.base import EngineError
from studio.engines.photo import lab, solving
from studio.engines.photo.guiding import Guided, resized, stretched
from studio.engines.photo.lab import Floats
from studio.engines.photo.reading import DAMAGED, FORMATS, MOST_PIXELS, Photo

# Strokes are kept with no more pixels than this; colours are spread on a picture of the photo with so many.
MOST_KEPT, WORKING = 4_000_000, 260_000
# A pixel of the working picture is painted when this share of it is.
PAINTED = 0.3
# A correction of the network's colours is drawn back to nothing, by this much over all pixels together. Where
# more than the second of it is left it is made whole, where less than the first, nothing.
HOLD, FADES, WHOLE = 8.0, 0.08, 0.4


@dataclass(frozen=True, slots=True)
class Hints:
    """Strokes laid over a whole photo: `weight` (h, w) is 1 where painted, 0 where not, between at a stroke's rim;
    `ab` (2, h, w) their colours, 0 where nothing is painted."""

    weight: Floats
    ab: Floats


def read(data: bytes) -> Hints | None:
    """The strokes in a PNG or WebP file with transparency; None where nothing is painted (at least half opaque).

    A file without transparency would be one stroke over everything: EngineError("invalid_image"), as for a damaged one.
    """
    try:
        picture = Image.open(io.BytesIO(data), formats=FORMATS)
        if picture.width * picture.height > MOST_PIXELS:
            raise EngineError("image_too_large", limit=f"{MOST_PIXELS // 1_000_000} MP")
        if "A" not in picture.getbands() and "transparency" not in picture.info:
            raise EngineError("invalid_image")
        pixels = picture.convert("RGBA")
    except (*DAMAGED, Image.DecompressionBombError) as error:
        raise EngineError("invalid_image") from error
    share = sqrt(MOST_KEPT / (pixels.width * pixels.height))
    if share < 1:  # Pillow weighs colours by their opacity
        pixels = pixels.resize((max(1, int(pixels.width * share)), max(1, int(pixels.height * share))))
    return of_pixels(np.asarray(pixels, np.float32) / 255)


def of_pixels(rgba: Floats) -> Hints | None:
    """The strokes of a picture (h, w, 4) in 0..1; None where nothing is painted."""
    weight = (2 * rgba[..., 3]).clip(0, 1)
    if not np.any(weight == 1):
        return None
    weight[weight < 0.5] = 0
    painted = weight > 0
    ab = np.zeros((2, *weight.shape), np.float32)
    ab[:, painted] = lab.to_lab(rgba[painted][:, :3])[:, 1:].T
    return Hints(weight, ab)


def spread(photo: Photo, hints: Hints, base: Floats | None = None) -> Floats:
    """a and b (2, h, w) of a small picture of `photo`, by its hints and, if there are any, the network's colours `base`
    (2, h, w), which stay as they are where no hint says otherwise.

    The small picture is of the size of `base`, or has about 260,000 pixels.
    """
    share = min(1.0, sqrt(WORKING / (photo.width * photo.height)))
    width, height = max(2, round(photo.width * share)), max(2, round(photo.height * share))
    lightness = resized(photo.lightness, width, height)
    covered = resized(hints.weight, width, height)
    known = covered >= PAINTED
    if not known.any():  # strokes finer than a pixel here
        known = covered >= covered.max()
    wanted = np.stack([resized(hints.weight * each, width, height) for each in hints.ab])
    wanted = wanted / np.maximum(covered, 1e-6)
    if base is None:
        return solving.spread(lightness, known, wanted)
    there = np.stack([resized(each, width, height) for each in base])
    asked = np.concatenate([wanted - there, np.ones((1, height, width), np.float32)])
    *change, near = solving.spread(lightness, known, asked, hold=HOLD / lightness.size)
    rise = ((near - FADES) / (WHOLE - FADES)).clip(0, 1)
    share_of = rise * rise * (3 - 2 * rise) / np.maximum(near, 1e-6)
    correction = np.stack([each * share_of for each in change]).astype(np.float32)
    if base.shape[1:] == lightness.shape:
        return base + correction
    if base.shape[1] * base.shape[2] < lightness.size:
        return np.stack([resized(each, width, height) for each in base]) + correction
    seen = Guided(correction, resized(photo.lightness, base.shape[2], base.shape[1]))
    return base + seen.band(slice(0, base.shape[1]))


def painted(ab: Floats, hints: Hints, shape: tuple[int, ...], rows: slice) -> Floats:
    """Rows of the colours `ab` (2, rows, w) of a photo of `shape` (height, width), exactly as painted where painted."""
    weight = stretched(hints.weight, shape, rows)
    if not weight.any():
        return ab
    colours = np.stack([stretched(hints.weight * each, shape, rows) for each in hints.ab])
    return ab * (1 - weight) + colours
