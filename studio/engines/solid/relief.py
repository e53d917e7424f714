"""A picture as a relief: a plate whose front is as high as the picture is bright, or as something else says.

The plate is closed: front, back and sides share their corners, and narrow bevels along the edges keep its sides from
shading into its faces.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from studio.engines.solid.cells import Values
from studio.engines.solid.inflating import Body

# Of the longer side: how thick the plate itself is, and how wide a bevel.
PLATE, BEVEL = 0.03, 0.003


def brightness(picture: Image.Image) -> Values:
    """How bright each pixel of a picture (RGB) looks, from its darkest place (0) to its brightest (1)."""
    grey = np.asarray(picture.convert("L"), float)
    low, high = np.percentile(grey, (0.5, 99.5))
    return np.asarray(((grey - low) / max(high - low, 1.0)).clip(0, 1))


def raise_up(heights: Values, depth: float, softness: float, triangles: int) -> Body:
    """The relief of `heights` (rows, columns; 0..1), a unit being the longer side: `depth` high at most, smoothed by
    `softness` pixels, of about so many triangles. It lies in 0..width, -height..0, its back at z = 0."""
    rows, columns = heights.shape
    longer = max(rows, columns)
    per_row = max(8, round(np.sqrt(triangles / 2 * columns / rows)))
    per_column = max(8, round(per_row * rows / columns))
    # No step is steeper than the grid can show.
    smooth = ndimage.gaussian_filter(heights, max(softness, 0.7 * columns / per_row))
    width, height = columns / longer, rows / longer
    x = _with_bevels(width, per_row)
    y = _with_bevels(height, per_column)
    grid = np.meshgrid(y / height * (rows - 1), x / width * (columns - 1), indexing="ij")
    top = PLATE + depth * ndimage.map_coordinates(smooth, grid, order=1, mode="nearest")
    steep_y, steep_x = np.gradient(top, y, x)
    across, down = np.meshgrid(x, y)
    front = np.stack([across, -down, top], -1).reshape(-1, 3)
    normals = np.stack([-steep_x, steep_y, np.ones_like(top)], -1).reshape(-1, 3)
    return _closed(front, normals / np.linalg.norm(normals, axis=1, keepdims=True), (len(y), len(x)))


def _with_bevels(length: float, count: int) -> Values:
    even = np.linspace(0, length, count)
    return np.concatenate([[0, BEVEL], even[1:-1], [length - BEVEL, length]])


def _closed(front: Values, normals: Values, shape: tuple[int, int]) -> Body:
    """With sides and a back: a ring below the front's edge, one a bevel further in, and a fan."""
    number = np.arange(len(front)).reshape(shape)
    top_left, top_right = number[:-1, :-1].ravel(), number[:-1, 1:].ravel()
    low_left, low_right = number[1:, :-1].ravel(), number[1:, 1:].ravel()
    faces = [
        np.column_stack([top_left, low_left, low_right]),
        np.column_stack([top_left, low_right, top_right]),
    ]
    # Once around, counter-clockwise as seen from the front: down the left side first.
    edge = np.concatenate([number[:-1, 0], number[-1, :-1], number[:0:-1, -1], number[0, :0:-1]])
    outward = _outward(front[edge], front)
    normals = normals.copy()
    normals[edge] += outward
    normals[edge] /= np.linalg.norm(normals[edge], axis=1, keepdims=True)
    below = front[edge] * (1, 1, 0)
    middle = (below.min(0, keepdims=True) + below.max(0, keepdims=True)) / 2
    inner = middle + (below - middle) * (1 - 2 * BEVEL)
    count = len(edge)
    low, within, last = len(front) + np.arange(count), len(front) + count + np.arange(count), len(front) + 2 * count
    behind = np.array([0.0, 0.0, -1.0])
    bent = outward + behind
    bent /= np.linalg.norm(bent, axis=1, keepdims=True)
    faces += [*_band(edge, low), *_band(low, within)]
    faces.append(np.column_stack([within, np.full(count, last), np.roll(within, -1)]))
    vertices = np.concatenate([front, below, inner, middle])
    turned = np.concatenate([normals, bent, np.tile(behind, (count + 1, 1))])
    return Body(vertices, turned, np.concatenate(faces))


def _outward(edge: Values, front: Values) -> Values:
    """Away from the plate, to the sides; at the corners to both."""
    low, high = front[:, :2].min(0), front[:, :2].max(0)
    away = np.zeros((len(edge), 3))
    near = BEVEL / 2
    away[:, :2] = (edge[:, :2] > high - near).astype(float) - (edge[:, :2] < low + near)
    return np.asarray(away / np.linalg.norm(away, axis=1, keepdims=True))


def _band(upper: NDArray[np.int64], lower: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Between two rings that run counter-clockwise as seen from the front, the second behind the first."""
    after, below = np.roll(upper, -1), np.roll(lower, -1)
    return [np.column_stack([upper, lower, below]), np.column_stack([upper, below, after])]
