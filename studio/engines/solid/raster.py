"""Which triangle is seen at each pixel, on arrays: a depth buffer without a graphics card. Knows no colours."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Numbers = NDArray[np.int64]
# Pixels of bounding boxes that are looked at in one go: what the arrays of one step hold.
AT_ONCE = 250_000
NOTHING = -1


@dataclass(frozen=True, slots=True)
class Seen:
    """For each pixel (height x width, row by row): the number of the triangle in front, or NOTHING, and how much of its
    first two corners is there (the third has the rest), as seen, not as in space."""

    triangle: Numbers
    first: Array
    second: Array
    depth: Array

    @classmethod
    def nothing(cls, pixels: int) -> "Seen":
        return cls(
            np.full(pixels, NOTHING),
            np.zeros(pixels, np.float32),
            np.zeros(pixels, np.float32),
            np.full(pixels, np.inf, np.float32),
        )


def rasterise(corners: NDArray[np.float64], width: int, height: int) -> Seen:
    """`corners` (n, 3, 3): x and y in pixels, y downwards, and the depth (less is nearer) of each triangle's corners.

    Both sides of a triangle are seen; what lies outside the picture is left out.
    """
    edge = width, height
    low = np.floor(corners[:, :, :2].min(1)).clip(0, edge).astype(int)
    high = np.ceil(corners[:, :, :2].max(1) + 0.5).clip(0, edge).astype(int)
    size = np.maximum(high - low, 0)
    pixels = size[:, 0] * size[:, 1]
    one, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    chosen = np.flatnonzero((pixels > 0) & (np.abs(area) > 1e-12))
    seen = Seen.nothing(width * height)
    begin, totals = 0, np.cumsum(pixels[chosen])
    while begin < len(chosen):
        before = totals[begin - 1] if begin else 0
        end = max(begin + 1, int(np.searchsorted(totals, before + AT_ONCE)))
        these = chosen[begin:end]
        _fill(corners[these], these, (low[these], size[these]), width, seen)
        begin = end
    return seen


def _fill(
    corners: NDArray[np.float64], numbers: Numbers, boxes: tuple[Numbers, Numbers], width: int, seen: Seen
) -> None:
    """Every pixel of the `boxes` around some triangles as one long list: those that lie within their triangle go into
    the buffer, where nothing nearer is."""
    low, size = boxes
    counts = size[:, 0] * size[:, 1]
    which = np.repeat(np.arange(len(numbers)), counts)
    place = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    row, column = np.divmod(place, size[which, 0])
    row += low[which, 1]
    column += low[which, 0]
    # As seen from the triangle's first corner: small numbers, so single precision does.
    origin = corners[:, :1, :2]
    b, c = (np.asarray(corners[:, at, :2] - origin[:, 0], np.float32) for at in (1, 2))
    area = b[:, 0] * c[:, 1] - b[:, 1] * c[:, 0]
    area[area == 0] = np.nan  # nothing is within
    x = (column + 0.5 - origin[which, 0, 0]).astype(np.float32)
    y = (row + 0.5 - origin[which, 0, 1]).astype(np.float32)
    second = (x * c[which, 1] - y * c[which, 0]) / area[which]
    third = (y * b[which, 0] - x * b[which, 1]) / area[which]
    # A hair more than the triangle: no gap between neighbours.
    inside = np.flatnonzero((second >= -1e-5) & (third >= -1e-5) & (second + third <= 1 + 1e-5))
    which, second, third = which[inside], second[inside], third[inside]
    first = 1 - second - third
    depths = corners[which, :, 2].astype(np.float32)
    near = depths[:, 0] * first + depths[:, 1] * second + depths[:, 2] * third
    pixel = row[inside] * width + column[inside]
    np.minimum.at(seen.depth, pixel, near)
    won = np.flatnonzero(near <= seen.depth[pixel])
    at = pixel[won]
    seen.triangle[at] = numbers[which[won]]
    seen.first[at], seen.second[at] = first[won], second[won]
