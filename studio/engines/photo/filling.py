"""Marked places of a picture filled from their surroundings, as smoothly as a bent sheet: the biharmonic equation.

What is unknown becomes the least-squares solution of "every Laplacian is 0", in which light, slope and edges run on
from outside (as in Damelin, Hoang: On Surface Completion and Image Inpainting by Biharmonic Functions, 2018). What lies
deep in a broad place comes from a smaller picture first, so that no system becomes large.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage, sparse
from scipy.sparse import linalg

from studio.engines.photo.damage import Marks
from studio.engines.photo.grain import Floats

Bytes = NDArray[np.uint8]
Places = NDArray[np.intp]

# What is farther from a place's edge, in pixels, is taken from the smaller picture.
DEEP = 12
# Marked places are solved together until they have so many unknowns.
TOGETHER = 20_000
AROUND = ((-1, 0), (1, 0), (0, -1), (0, 1))


def filled(pixels: Bytes, marks: Marks, grain: float, done: Callable[[float], None]) -> Bytes:
    """`pixels` (h, w, 3) with what is marked (h, w) filled. `grain`: its standard deviation; the filling has it too.

    `done` hears how much is ready (0 to 1) and may raise. Raises ValueError when everything is marked.
    """
    if marks.all():
        raise ValueError("everything is marked")
    made = pixels.copy()
    rows, columns = np.nonzero(marks)
    if not len(rows):
        return made
    values = _solved(pixels, marks, done)
    noise = np.random.default_rng(0).normal(0, grain, (len(rows), 1))
    made[rows, columns] = np.rint(values + noise).clip(0, 255).astype(np.uint8)
    return made


def _solved(pixels: NDArray[Any], marks: Marks, done: Callable[[float], None]) -> Floats:
    """The values (n, 3) of the marked places, in the order of np.nonzero."""
    rows, columns = np.nonzero(marks)
    values = np.zeros((len(rows), 3), np.float32)
    deep = (
        ndimage.distance_transform_edt(marks)[rows, columns] > DEEP if _is_broad(marks) else np.zeros(len(rows), bool)
    )
    unknown = marks.copy()
    picture = pixels
    if deep.any():
        coarse = _from_smaller(pixels, marks)
        values[deep] = coarse[rows[deep], columns[deep]]
        unknown[rows[deep], columns[deep]] = False
        picture = pixels.astype(np.float32)
        picture[rows[deep], columns[deep]] = values[deep]
    order = np.full(marks.shape, -1, np.int64)
    order[rows, columns] = np.arange(len(rows))
    index = np.full(marks.shape, -1, np.int32)
    left = int(unknown.sum())
    ready = 0
    for places in _groups(unknown):
        answer = _solve(picture, places, index)
        values[order[places[0], places[1]]] = answer
        ready += places.shape[1]
        done(ready / left)
    return values


def _is_broad(marks: Marks) -> bool:
    return bool(ndimage.minimum_filter(marks, 2 * (DEEP * 2 // 3) + 1, mode="nearest").any())


def _from_smaller(pixels: NDArray[Any], marks: Marks) -> Floats:
    """All of the picture out of one of half the size, in which what is marked has been filled."""
    height, width = marks.shape
    edges = ((0, height % 2), (0, width % 2))
    known = np.pad(1 - marks.astype(np.float32), edges, mode="edge")[..., None]
    colours = np.pad(np.asarray(pixels, np.float32), (*edges, (0, 0)), mode="edge") * known
    total, weight = _halved(colours), _halved(known)
    small = total / np.maximum(weight, 1e-6)
    unknown = weight[..., 0] == 0
    rows, columns = np.nonzero(unknown)
    small[rows, columns] = _solved(small, unknown, lambda _ready: None)
    sheets = [Image.fromarray(np.ascontiguousarray(small[..., at])) for at in range(3)]
    size = (small.shape[1] * 2, small.shape[0] * 2)
    large = [np.asarray(sheet.resize(size, Image.Resampling.BILINEAR))[:height, :width] for sheet in sheets]
    return np.stack(large, 2)


def _halved(values: Floats) -> Floats:
    height, width, channels = values.shape
    made: Floats = values.reshape(height // 2, 2, width // 2, 2, channels).sum((1, 3))
    return made


def _groups(unknown: Marks) -> Iterator[Places]:
    """(2, n) of rows and columns: places that have nothing to do with those of another group."""
    # Two places share an equation when they are at most two steps apart.
    labels, count = ndimage.label(ndimage.binary_dilation(unknown, np.ones((3, 3)), iterations=2), np.ones((3, 3)))
    rows, columns = np.nonzero(unknown)
    if not count:
        return
    own = labels[rows, columns]
    order = np.argsort(own, kind="stable")
    sizes = np.bincount(own, minlength=count + 1)[1:]
    start, end = 0, 0
    for size in sizes:
        if end > start and end - start + size > TOGETHER:
            yield np.stack([rows[order[start:end]], columns[order[start:end]]])
            start = end
        end += int(size)
    yield np.stack([rows[order[start:end]], columns[order[start:end]]])


def _solve(picture: NDArray[Any], places: Places, index: NDArray[np.int32]) -> Floats:
    """The values (n, 3) of the unknown `places`. `index` is -1 everywhere, and again afterwards."""
    count = places.shape[1]
    index[places[0], places[1]] = np.arange(count, dtype=np.int32)
    height, width = index.shape
    at = np.unique(np.concatenate([_encoded(places, width), *(_beside(places, step, index.shape) for step in AROUND)]))
    rows, columns = np.divmod(at, width)
    matrix_rows, matrix_columns, numbers = [], [], []
    known = np.zeros((len(at), 3))
    neighbours = np.zeros(len(at))

    def add(equations: Places, y: Places, x: Places, number: float | NDArray[np.float64]) -> None:
        """`number` times the value at (y, x), in each of these equations."""
        number = np.broadcast_to(number, equations.shape)
        which = index[y, x]
        free = which >= 0
        matrix_rows.append(equations[free])
        matrix_columns.append(which[free])
        numbers.append(number[free])
        np.add.at(known, equations[~free], number[~free, None] * picture[y[~free], x[~free]])

    for down, right in AROUND:
        y, x = rows + down, columns + right
        inside = np.nonzero((y >= 0) & (y < height) & (x >= 0) & (x < width))[0]
        neighbours[inside] += 1
        add(inside, y[inside], x[inside], 1.0)
    add(np.arange(len(at)), rows, columns, -neighbours)
    index[places[0], places[1]] = -1
    triples = (np.concatenate(numbers), (np.concatenate(matrix_rows), np.concatenate(matrix_columns)))
    laplacian = sparse.coo_array(triples, shape=(len(at), count)).tocsc()
    square = (laplacian.T @ laplacian).tocsc()
    options = {"SymmetricMode": True}
    factors = linalg.splu(square, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=options)
    return np.asarray(factors.solve(-(laplacian.T @ known)), np.float32)


def _encoded(places: Places, width: int) -> Places:
    return places[0] * width + places[1]


def _beside(places: Places, step: tuple[int, int], shape: tuple[int, int]) -> Places:
    y, x = places[0] + step[0], places[1] + step[1]
    inside = (y >= 0) & (y < shape[0]) & (x >= 0) & (x < shape[1])
    return y[inside] * shape[1] + x[inside]
