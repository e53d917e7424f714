"""Few known values spread over the pixels of a photo: a sparse linear system, solved directly.

The quadratic is Levin, Lischinski and Weiss (2004), *Colorization using Optimization*, equation 1 with weights 2: each
pixel has the weighted mean of its neighbours, a neighbour's weight falling with the difference of lightness. Here both
of a pair have the same weight, so that the system is symmetric.

Measured on two busy cores, 640 × 480: 2 s like this; conjugate gradients under an algebraic multigrid took 3 to 7.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.sparse import linalg

from studio.engines.photo.lab import Floats

Doubles = NDArray[np.float64]
Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]
# Differences of L (0..100) count by the variance of the pixels around, of which this share is taken, within limits:
# the least is rounding, and what is above the most is an edge however much goes on around it. Noise is neither.
SHARE, LEAST, MOST, NOISE = 0.6, 1.0, 9.0, 2.0
# What is left of a bond over the hardest edge: the equations stay solvable where nothing is painted behind it.
LEAST_BOND = 1e-6
# From this much grain on (L) the photo is smoothed first, edges kept: noise across a soft edge is a bridge.
GRAINY = 1.0
NEIGHBOURS = ((0, 1), (1, 0), (1, 1), (1, -1))
# A part of the picture with no more pixels is not divided further.
PIECE = 64
# Corrections of an answer in single precision until it is as good as one in double.
CORRECTIONS = 3


def spread(lightness: Floats, known: Mask, values: Floats, hold: float = 0.0) -> Floats:
    """`values` (k, h, w), which count where `known` (h, w), spread over all pixels along the structure of `lightness`
    (0..100). With `hold` above 0 every pixel is drawn to 0 by so much: influence ends somewhere.

    Where known they come back as they were. Between them they stay: nothing is above the highest or below the lowest.
    """
    order = _order(*lightness.shape)
    given = values.reshape(len(values), -1).T.astype(np.float64)
    free, fixed = order[~known.ravel()[order]], np.flatnonzero(known.ravel())
    if len(free) and len(fixed):
        pull = _pull(lightness)[free]
        load = np.asarray(pull.sum(axis=1)).ravel() + hold
        system = (sparse.diags(load) - pull[:, free]).tocsc()
        given[free] = _solved(system, pull[:, fixed] @ given[fixed])
    return given.T.reshape(values.shape).astype(np.float32)


def _solved(system: sparse.csc_matrix, right: Doubles) -> Doubles:
    """`system` x = `right` (unknowns, k). Factors in single precision take half the memory; the rest is corrected."""
    factors = linalg.splu(
        system.astype(np.float32), permc_spec="NATURAL", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
    )
    x = np.zeros_like(right)
    for _ in range(1 + CORRECTIONS):
        x += factors.solve((right - system @ x).astype(np.float32))
    return x


def noise(lightness: Floats) -> float:
    """The grain of a photo: the standard deviation of its noise, in L (Immerkær 1996, with the median for the mean)."""
    cross = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    return float(np.median(np.abs(ndimage.convolve(lightness, cross, mode="nearest")))) / (6 * 0.6745)


def _pull(lightness: Floats) -> sparse.csr_matrix:
    """How alike neighbouring pixels are, 0..1: a symmetric matrix, pixels by pixels."""
    if noise(lightness) > GRAINY:
        lightness = ndimage.median_filter(lightness, 3, mode="nearest")
    light = lightness.astype(np.float64)
    mean = ndimage.uniform_filter(light, 3, mode="nearest")
    varies = SHARE * (ndimage.uniform_filter(light * light, 3, mode="nearest") - mean * mean)
    grain = NOISE * noise(lightness) ** 2
    varies = np.maximum(np.minimum(varies, max(MOST, grain)), max(LEAST, grain))
    numbers = np.arange(light.size).reshape(light.shape)
    first, second, bonds = [], [], []
    for step in NEIGHBOURS:
        here, there = _shifted(light.shape, step)
        alike = np.exp(-2 * (light[here] - light[there]) ** 2 / (varies[here] + varies[there]))
        first.append(numbers[here].ravel())
        second.append(numbers[there].ravel())
        bonds.append(np.maximum(alike, LEAST_BOND).ravel())
    places = (np.concatenate(first), np.concatenate(second))
    half = sparse.coo_matrix((np.concatenate(bonds), places), (light.size, light.size)).tocsr()
    return (half + half.T).tocsr()


def _shifted(shape: tuple[int, ...], step: tuple[int, int]) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """All pixels that have a neighbour `step` (down, right) away, and those neighbours."""
    (height, width), (down, right) = shape, step
    columns = slice(max(0, -right), width - max(0, right)), slice(max(0, right), width - max(0, -right))
    return (slice(0, height - down), columns[0]), (slice(down, height), columns[1])


def _order(height: int, width: int) -> Numbers:
    """All pixels in the order of nested dissection (George 1973): halves first, the line between them last, and each
    half in the same way. So the factors of a picture's system have about as few numbers as they can have."""
    numbers = np.arange(height * width).reshape(height, width)
    pieces: list[Numbers] = []

    def divide(part: Numbers) -> None:
        rows, columns = part.shape
        if part.size <= PIECE:
            pieces.append(part.ravel())
            return
        turned = part if rows >= columns else part.T
        middle = len(turned) // 2
        divide(turned[:middle])
        divide(turned[middle + 1 :])
        pieces.append(turned[middle])

    divide(numbers)
    return np.concatenate(pieces)
