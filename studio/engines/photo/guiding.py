"""Small colours laid over a large photo along its edges: the fast guided filter (He, Sun 2015, arXiv 1505.00996).

In every small window a and b are a straight line of L; the lines are made at the small size, smoothed, enlarged, and
asked with the photo's own L. So colours end where the photo's edges are, at the photo's own resolution.
"""

from typing import cast

import numpy as np
from PIL import Image
from scipy import ndimage

from studio.engines.photo.lab import Floats

# Half the window's side in small pixels, and differences of L (0..100) that are no edge.
REACH, FLAT = 2, 1.5


def resized(values: Floats, width: int, height: int) -> Floats:
    """(h, w) at another size: smaller by means, larger by straight lines."""
    if values.shape == (height, width):
        return values
    picture = Image.fromarray(np.ascontiguousarray(values, np.float32))
    return np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR))


class Guided:
    """Colours `ab` (2, h, w) of a photo whose lightness is as large or larger, asked band by band."""

    def __init__(self, ab: Floats, lightness: Floats) -> None:
        """`lightness` is the large photo's, in 0..100. Colours larger than it are made as small."""
        self._lightness = lightness
        high, wide = (min(pair) for pair in zip(ab.shape[1:], lightness.shape, strict=True))
        self._small = (wide, high)
        guide = resized(lightness, wide, high)
        colours = [resized(each, wide, high) for each in ab]
        mean = _mean(guide)
        spread = _mean(guide * guide) - mean * mean + np.float32(FLAT**2)
        self._slopes, self._bases = [], []
        for each in colours:
            level = _mean(each)
            slope = (_mean(guide * each) - mean * level) / spread
            self._slopes.append(_mean(slope))
            self._bases.append(_mean(level - slope * mean))
        # Outside of the L that a window has seen its line says nothing: a glint is no other colour.
        side = 2 * REACH + 1
        self._least = ndimage.minimum_filter(guide, side, mode="nearest")
        self._most = ndimage.maximum_filter(guide, side, mode="nearest")

    def band(self, rows: slice) -> Floats:
        """a and b (2, rows, w) at the photo's own size."""
        seen = self._lightness[rows].clip(self._large(self._least, rows), self._large(self._most, rows))
        lines = zip(self._slopes, self._bases, strict=True)
        return np.stack([self._large(slope, rows) * seen + self._large(base, rows) for slope, base in lines])

    def _large(self, values: Floats, rows: slice) -> Floats:
        return stretched(values, self._lightness.shape, rows)


def stretched(values: Floats, shape: tuple[int, ...], rows: slice) -> Floats:
    """Rows of what (h, w) values are at another `shape` (height, width)."""
    height, width = shape
    if values.shape == (height, width):
        return values[rows]
    share = values.shape[0] / height
    picture = Image.fromarray(np.ascontiguousarray(values, np.float32))
    box = (0, rows.start * share, values.shape[1], rows.stop * share)
    return np.asarray(picture.resize((width, rows.stop - rows.start), Image.Resampling.BILINEAR, box=box))


def _mean(values: Floats) -> Floats:
    return cast(Floats, ndimage.uniform_filter(values, 2 * REACH + 1, mode="nearest"))
