"""A photo's file into its lightness, in full size and with all its levels. Knows nothing of colours to come."""

import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from studio.engines.base import EngineError
from studio.engines.photo import lab
from studio.engines.photo.lab import Floats

FORMATS = ("PNG", "JPEG", "WEBP")
MOST_PIXELS = 33_000_000
LEAST_SIDE = 32
# Rows of a band have about so many pixels: what is held beside the photo stays small.
BAND_PIXELS = 1_000_000
# A damaged file makes Pillow raise many kinds of error.
DAMAGED = (OSError, SyntaxError, RuntimeError, ValueError, TypeError, IndexError, KeyError, EOFError)
# A photo has colours of its own when this share of it has more chroma (in Lab) than a scanner's tint.
TINT, COLOURED_SHARE = 8.0, 0.02
SAMPLE_SIDE = 256


@dataclass(frozen=True, slots=True)
class Photo:
    """`lightness` is L (h, w) in 0..100; `alpha` (h, w) 0..255, None where nothing is transparent. `coloured`: it has
    colours, which are not kept. `deep`: it has 16 bits a level."""

    lightness: Floats
    alpha: NDArray[np.uint8] | None = None
    coloured: bool = False
    deep: bool = False

    @property
    def width(self) -> int:
        return self.lightness.shape[1]

    @property
    def height(self) -> int:
        return self.lightness.shape[0]


def read(data: bytes) -> Photo:
    """The photo in a PNG, JPEG or WebP file, upright by its EXIF orientation.

    Raises EngineError: "unsupported_image_type" (another kind of file, or one that moves), "image_too_large" (more than
    33 megapixels), "image_too_small" (a side below 32 pixels), "invalid_image" (damaged).
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
        _check(picture)
        picture.load()
        return _photo(ImageOps.exif_transpose(picture))
    except EngineError:
        raise
    except Image.UnidentifiedImageError:
        raise EngineError("unsupported_image_type") from None
    except (*DAMAGED, Image.DecompressionBombError) as error:
        raise EngineError("invalid_image") from error


def bands(height: int, width: int) -> Iterator[slice]:
    """Rows of a picture, some at a time."""
    rows = max(1, BAND_PIXELS // max(1, width))
    for top in range(0, height, rows):
        yield slice(top, min(height, top + rows))


def _check(picture: Image.Image) -> None:
    if picture.width * picture.height > MOST_PIXELS:
        raise EngineError("image_too_large", limit=f"{MOST_PIXELS // 1_000_000} MP")
    if min(picture.size) < LEAST_SIDE:
        raise EngineError("image_too_small", limit=LEAST_SIDE)
    if getattr(picture, "n_frames", 1) > 1:
        raise EngineError("unsupported_image_type")


def _photo(picture: Image.Image) -> Photo:
    if picture.mode.startswith("I"):  # 16 bits: Pillow's own way to 8 cuts all above 255 to white
        return Photo(_deep(picture), deep=True)
    if "transparency" in picture.info or picture.mode in ("PA", "La"):
        picture = picture.convert("LA" if picture.mode in ("1", "L") else "RGBA")
    alpha = np.asarray(picture.getchannel("A")) if "A" in picture.getbands() else None
    if alpha is not None and alpha.min() == 255:
        alpha = None
    if picture.mode in ("1", "L", "LA"):
        return Photo(
            _of_grey(np.asarray(picture.convert("L") if picture.mode == "1" else picture.getchannel(0))), alpha
        )
    if picture.mode not in ("RGB", "RGBA"):
        picture = picture.convert("RGB")
    return Photo(_of_colours(picture), alpha, coloured=_coloured(picture))


def _table(levels: int) -> Floats:
    """L of every level of a grey."""
    return lab.lightness(lab.linear(np.linspace(0, 1, levels, dtype=np.float32)))


def _of_grey(grey: NDArray[np.uint8]) -> Floats:
    return _table(256)[grey]


def _deep(picture: Image.Image) -> Floats:
    table, values = _table(65536), np.asarray(picture)
    made = np.empty(values.shape, np.float32)
    for band in bands(picture.height, picture.width):
        made[band] = table[values[band].astype(np.int64).clip(0, 65535)]
    return made


def _of_colours(picture: Image.Image) -> Floats:
    """The lightness of its colours."""
    table = lab.linear(np.linspace(0, 1, 256, dtype=np.float32))
    pixels: NDArray[Any] = np.asarray(picture)
    made = np.empty((picture.height, picture.width), np.float32)
    for band in bands(picture.height, picture.width):
        red, green, blue = (table[pixels[band, :, channel]] for channel in range(3))
        made[band] = lab.lightness(lab.luminance(red, green, blue))
    return made


def _coloured(picture: Image.Image) -> bool:
    """Whether it has colours; one tint all over (paper gone yellow, a sepia print) is none."""
    sample = picture.convert("RGB")
    sample.thumbnail((SAMPLE_SIDE, SAMPLE_SIDE), Image.Resampling.BOX)
    chroma = lab.to_lab(np.asarray(sample) / np.float32(255))[..., 1:].reshape(-1, 2)
    apart = np.hypot(*(chroma - np.median(chroma, axis=0)).T)
    return bool(np.mean(apart > TINT) > COLOURED_SHARE)
