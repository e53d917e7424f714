"""The inside of a curve as triangles: marching squares on a grid of values, above zero being inside.

Every triangle has a corner that is a node of the grid, so no edge within leads from rim to rim: two such sheets that
share their rim make a closed surface without any further care.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
# A crossing keeps so much of an edge away from the node inside: triangles without any area have no normal.
LEAST = 0.08


@dataclass(frozen=True, slots=True)
class Sheet:
    """A flat area. `points` (n, 2) are column and row; the first `nodes` are those of the grid inside, the rest its
    rim. `faces` (m, 3) turn clockwise as seen with rows downwards. `node_rows`, `node_columns`: where the nodes are;
    `steps` (4, nodes): how far it is left, right, up and down from each to its neighbour or the rim, 1 for a node."""

    points: Values
    faces: NDArray[np.int64]
    nodes: int
    node_rows: NDArray[np.int64]
    node_columns: NDArray[np.int64]
    number: NDArray[np.int64]
    steps: Values

    def rim(self, values: Values) -> Values:
        """`values` of the grid's nodes (rows, columns, ...) at the points of the rim."""
        return between(values, self.points[self.nodes :])


def between(values: Values, points: Values) -> Values:
    """Grid `values` (rows, columns, ...) at `points` (column, row), straight between nodes."""
    column, row = points[:, 0], points[:, 1]
    left = np.floor(column).astype(int).clip(0, values.shape[1] - 2)
    top = np.floor(row).astype(int).clip(0, values.shape[0] - 2)
    across = (column - left).reshape(-1, *[1] * (values.ndim - 2))
    down = (row - top).reshape(-1, *[1] * (values.ndim - 2))
    upper = values[top, left] * (1 - across) + values[top, left + 1] * across
    lower = values[top + 1, left] * (1 - across) + values[top + 1, left + 1] * across
    return np.asarray(upper * (1 - down) + lower * down)


def _polygons() -> list[list[tuple[int, int, int]]]:
    """For each of the 16 ways in which the corners of a cell can be inside: its triangles. 0 to 3 are the corners,
    clockwise from the upper left one, 4 to 7 the crossings of the sides that begin at them."""
    table: list[list[tuple[int, int, int]]] = []
    for case in range(16):
        inside = [corner for corner in range(4) if case >> corner & 1]
        if len(inside) == 4:
            table.append([])  # two triangles, by turns one way and the other
        elif len(inside) == 3:
            middle = next(c for c in inside if (c + 1) % 4 in inside and (c - 1) % 4 in inside)
            after, before = (middle + 1) % 4, (middle - 1) % 4
            gone, back = 4 + after, 4 + (middle + 2) % 4
            table.append([(middle, after, gone), (middle, gone, back), (middle, back, before)])
        elif len(inside) == 2 and (inside[1] - inside[0]) % 2:
            first = next(c for c in inside if (c + 1) % 4 in inside)
            second, leaves, enters = (first + 1) % 4, 4 + (first + 1) % 4, 4 + (first - 1) % 4
            table.append([(first, second, leaves), (first, leaves, enters)])
        else:
            table.append([(c, 4 + c, 4 + (c - 1) % 4) for c in inside])
    return table


TRIANGLES = _polygons()


def sheet(values: Values) -> Sheet:
    """The area where `values` are above zero; the outermost nodes must not be."""
    inside = values > 0
    rows, columns = np.nonzero(inside)
    number = np.full(values.shape, -1)
    number[rows, columns] = np.arange(len(rows))
    count = len(rows)
    across, across_points = _crossings(values, inside, 1, count)
    down, down_points = _crossings(values, inside, 0, count + len(across_points))
    points = np.concatenate([np.column_stack([columns, rows]).astype(float), across_points, down_points])
    corners = [number[:-1, :-1], number[:-1, 1:], number[1:, 1:], number[1:, :-1]]
    sides = [across[:-1], down[:, 1:], across[1:], down[:, :-1]]
    places = np.stack([*corners, *sides], -1)
    case = sum((corner >= 0).astype(int) << bit for bit, corner in enumerate(corners))
    faces = [_full(places, np.asarray(case) == 15)]
    for which, triangles in enumerate(TRIANGLES):
        cells = places[np.asarray(case) == which] if triangles else places[:0, 0]
        faces += [cells[:, list(triangle)] for triangle in triangles]
    return Sheet(points, np.concatenate(faces), count, rows, columns, number, _steps(values, inside, rows, columns))


def _full(places: NDArray[np.int64], full: NDArray[np.bool_]) -> NDArray[np.int64]:
    row, column = np.nonzero(full)
    cells, even = places[row, column], (row + column) % 2 == 0
    one, other = cells[even], cells[~even]
    return np.concatenate([one[:, [0, 1, 2]], one[:, [0, 2, 3]], other[:, [0, 1, 3]], other[:, [1, 2, 3]]])


def _share(inner: Values, outer: Values) -> Values:
    """How far it is from a node inside to the curve, of the way to the node outside."""
    return np.asarray((inner / (inner - outer)).clip(LEAST, 1 - LEAST))


def _crossings(values: Values, inside: NDArray[np.bool_], axis: int, first: int) -> tuple[NDArray[np.int64], Values]:
    """The points of the curve on the edges along `axis`, numbered from `first`: by the earlier node, -1 for none."""
    cut = (slice(None, -1), slice(None)) if axis == 0 else (slice(None), slice(None, -1))
    end = (slice(1, None), slice(None)) if axis == 0 else (slice(None), slice(1, None))
    rows, columns = np.nonzero(inside[cut] != inside[end])
    here, there = values[cut][rows, columns], values[end][rows, columns]
    forward = here > 0
    way = np.where(forward, _share(np.where(forward, here, 1), np.where(forward, there, -1)), 0)
    way = np.where(forward, way, 1 - _share(np.where(forward, 1, there), np.where(forward, -1, here)))
    points = np.column_stack([columns + way * (axis == 1), rows + way * (axis == 0)])
    numbers = np.full(inside[cut].shape, -1)
    numbers[rows, columns] = first + np.arange(len(rows))
    return numbers, points


def _steps(values: Values, inside: NDArray[np.bool_], rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Values:
    found = []
    for down, across in ((0, -1), (0, 1), (-1, 0), (1, 0)):
        there = rows + down, columns + across
        beyond = ~inside[there]
        share = _share(values[rows, columns], np.where(beyond, values[there], -1))
        found.append(np.where(beyond, share, 1.0))
    return np.stack(found)
