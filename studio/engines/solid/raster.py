"""Which triangle is seen at each pixel, on arrays: a depth buffer without a graphics card. Knows no colours."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Pixels of bounding boxes that are looked at in one go: what the arrays of one step hold.
AT_ONCE = 300_000
NOTHING = -1


@dataclass(frozen=True, slots=True)
class Seen:
    """For each pixel (height, width): the number of the triangle in front, or NOTHING, and how much of its first two
    corners is there (the third has the rest), as seen, not as in space."""

    triangle: NDArray[np.int64]
    first: NDArray[np.float32]
    second: NDArray[np.float32]


def rasterise(corners: NDArray[np.float64], width: int, height: int) -> Seen:
    """`corners` (n, 3, 3): x and y in pixels, y downwards, and the depth, less being nearer, of each triangle's corners.

    Both sides of a triangle are seen; what lies outside the picture is left out.
    """
    low = np.floor(corners[:, :, :2].min(1)).astype(int)
    high = np.ceil(corners[:, :, :2].max(1)).astype(int) + 1
    low, high = np.maximum(low, 0), np.minimum(high, (width, height))
    size = np.maximum(high - low, 0)
    pixels = size[:, 0] * size[:, 1]
    flat = _doubled_areas(corners)
    chosen = np.flatnonzero((pixels > 0) & (np.abs(flat) > 1e-12) & np.isfinite(corners).all((1, 2)))
    depth = np.full(width * height, np.inf, np.float32)
    seen = Seen(
        np.full(width * height, NOTHING), np.zeros(width * height, np.float32), np.zeros(width * height, np.float32)
    )
    begin = 0
    totals = np.cumsum(pixels[chosen])
    while begin < len(chosen):
        before = totals[begin - 1] if begin else 0
        end = max(begin + 1, int(np.searchsorted(totals, before + AT_ONCE)))
        _fill(corners, chosen[begin:end], low, size, flat, width, depth, seen)
        begin = end
    shape = height, width
    return Seen(seen.triangle.reshape(shape), seen.first.reshape(shape), seen.second.reshape(shape))


def _doubled_areas(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    one, other = corners[:, 1, :2] - corners[:, 0, :2], corners[:, 2, :2] - corners[:, 0, :2]
    return one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]


def _fill(
    corners: NDArray[np.float64],
    chosen: NDArray[np.int64],
    low: NDArray[np.int64],
    size: NDArray[np.int64],
    flat: NDArray[np.float64],
    width: int,
    depth: NDArray[np.float32],
    seen: Seen,
) -> None:
    """Every pixel of the boxes around the `chosen` triangles, as one long list: those inside go into the buffer."""
    counts = size[chosen, 0] * size[chosen, 1]
    which = np.repeat(chosen, counts)
    place = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    row, column = np.divmod(place, size[which, 0])
    x, y = column + low[which, 0], row + low[which, 1]
    at = corners[which]
    px, py = x + 0.5, y + 0.5
    area = flat[which]
    first = ((at[:, 1, 0] - px) * (at[:, 2, 1] - py) - (at[:, 1, 1] - py) * (at[:, 2, 0] - px)) / area
    second = ((at[:, 2, 0] - px) * (at[:, 0, 1] - py) - (at[:, 2, 1] - py) * (at[:, 0, 0] - px)) / area
    third = 1 - first - second
    # A hair more than the triangle: no gap between neighbours.
    inside = np.flatnonzero((first >= -1e-9) & (second >= -1e-9) & (third >= -1e-9))
    at, first, second, third = at[inside], first[inside], second[inside], third[inside]
    near = (at[:, 0, 2] * first + at[:, 1, 2] * second + at[:, 2, 2] * third).astype(np.float32)
    pixel = y[inside] * width + x[inside]
    np.minimum.at(depth, pixel, near)
    won = np.flatnonzero(near <= depth[pixel])
    seen.triangle[pixel[won]] = which[inside][won]
    seen.first[pixel[won]] = first[won]
    seen.second[pixel[won]] = second[won]
