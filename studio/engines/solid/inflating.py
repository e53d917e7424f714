"""A flat area inflated to a closed body, after Igarashi's Teddy (SIGGRAPH 1999), by a Poisson equation.

u solves Δu = -4 with u = 0 on the rim, and the height is its root: a disc becomes a ball, a stroke a tube, and where
areas meet there is no seam. The body is the place where z² = u, so its normals are known exactly, at the rim too, where
the heights are infinitely steep.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.sparse.linalg import spsolve

from studio.engines.solid import cells
from studio.engines.solid.cells import Sheet, Values

# The narrowest tube is so many cells wide.
CELLS_OF_A_TUBE = 3.2
KEPT_OFF = 0.65


@dataclass(frozen=True, slots=True)
class Body:
    """A closed surface in the drawing's pixels: x to the right, y up (from the upper edge, so below zero), z towards
    whoever looks. Vertices and normals (n, 3), faces (m, 3) counter-clockwise from outside."""

    vertices: Values
    normals: Values
    faces: NDArray[np.int64]


def sampled(solid: NDArray[np.bool_], cell: float, softness: float) -> tuple[Values, Values]:
    """The signed distance to the edge of `solid` (inside above zero) at the nodes of a grid of `cell` pixels, smoothed
    by `softness` pixels; and where its first node lies (column, row)."""
    margin = int(np.ceil(2 * cell)) + 2
    framed = np.pad(solid, margin)
    inner, outer = ndimage.distance_transform_edt(framed), ndimage.distance_transform_edt(~framed)
    # Half a pixel: the edge runs between the last pixel inside and the first one outside.
    distance = np.where(framed, inner - 0.5, 0.5 - outer)
    smooth = ndimage.gaussian_filter(distance, max(0.6, softness))
    rows = np.arange(0, framed.shape[0] - 1, cell)
    columns = np.arange(0, framed.shape[1] - 1, cell)
    found = ndimage.map_coordinates(smooth, np.meshgrid(rows, columns, indexing="ij"), order=1)
    found[[0, -1]] = found[:, [0, -1]] = -np.abs(found).max() - 1
    return found / cell, np.array([-margin, -margin], float)


def inflate(distance: Values, thickness: float, roundness: float) -> tuple[Sheet, Body]:
    """The body of the area where `distance` (in cells) is above zero, in cells: the middle of its back and its front is
    at z = 0. `thickness` 1 makes a ball of a disc; `roundness` (0..1) 0 leaves it flat but for its edge.
    """
    sheet = cells.sheet(distance)
    u = _solved(sheet)
    across, down = _slopes(sheet, u)
    slope = np.stack(list(np.gradient(distance))[::-1], -1)
    sheet, moved = _kept_off(sheet, distance, slope)
    u = (u + moved[:, 0] * across + moved[:, 1] * down).clip(1e-6)
    near = distance[sheet.node_rows, sheet.node_columns]
    height, steep = _profile(np.sqrt(u), thickness, roundness, near)
    # z = g(√u · t): its normal, times √u so that nothing is divided by zero.
    root = np.sqrt(u)
    normals = np.column_stack([-steep * across / 2, steep * down / 2, root])
    outward = -sheet.rim(slope)
    rim = np.column_stack([outward[:, 0], -outward[:, 1], np.zeros(len(outward))])
    front = np.column_stack([sheet.points[:, 0], -sheet.points[:, 1], np.zeros(len(sheet.points))])
    back = front[: sheet.nodes].copy()
    front[: sheet.nodes, 2], back[:, 2] = height, -height
    normals = np.concatenate([normals, rim, normals * (1, 1, -1)])
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = np.where(length > 1e-12, normals / length.clip(1e-12), (0.0, 0.0, 1.0))
    behind = np.where(sheet.faces < sheet.nodes, sheet.faces + len(front), sheet.faces)
    # Clockwise with rows downwards is clockwise with y up, too.
    faces = np.concatenate([sheet.faces[:, ::-1], behind])
    return sheet, Body(np.concatenate([front, back]), normals, faces)


def _kept_off(sheet: Sheet, distance: Values, slope: Values) -> tuple[Sheet, Values]:
    """The nodes nearest to the rim moved off it, to a distance of KEPT_OFF cells: evenly steep sides instead of ribs.
    Also by how much each was moved; not at all where that would turn a triangle over."""
    rows, columns = sheet.node_rows, sheet.node_columns
    inward = slope[rows, columns]
    inward = inward / np.linalg.norm(inward, axis=1, keepdims=True).clip(1e-9)
    moved = inward * (KEPT_OFF - distance[rows, columns]).clip(0)[:, None]
    points = sheet.points.copy()
    for _turn in range(4):
        points[: sheet.nodes] = sheet.points[: sheet.nodes] + moved
        a, b, c = (points[sheet.faces[:, at]] for at in range(3))
        area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
        turned = np.unique(sheet.faces[area < 0.02])
        turned = turned[turned < sheet.nodes]
        if not len(turned) or not moved[turned].any():
            break
        moved[turned] = 0
    points[: sheet.nodes] = sheet.points[: sheet.nodes] + moved
    return replace(sheet, points=points), moved


def _solved(sheet: Sheet) -> Values:
    """u at the nodes: the five-point star, with the true distances where it reaches the rim (Shortley and Weller)."""
    left, right, up, down = sheet.steps
    weights = [
        2 / (left * (left + right)),
        2 / (right * (left + right)),
        2 / (up * (up + down)),
        2 / (down * (up + down)),
    ]
    own = np.arange(sheet.nodes)
    rows, columns, values = [own], [own], [-2 / (left * right) - 2 / (up * down)]
    for weight, (below, beside) in zip(weights, ((0, -1), (0, 1), (-1, 0), (1, 0)), strict=True):
        neighbour = sheet.number[sheet.node_rows + below, sheet.node_columns + beside]
        there = neighbour >= 0
        rows.append(own[there])
        columns.append(neighbour[there])
        values.append(weight[there])
    place = np.concatenate(rows), np.concatenate(columns)
    matrix = sparse.csc_matrix((np.concatenate(values), place), shape=(sheet.nodes, sheet.nodes))
    return np.asarray(spsolve(matrix, np.full(sheet.nodes, -4.0))).clip(1e-6)


def _slopes(sheet: Sheet, u: Values) -> tuple[Values, Values]:
    """How u grows to the right and downwards at the nodes."""
    left, right, up, down = sheet.steps

    def at(below: int, beside: int) -> Values:
        neighbour = sheet.number[sheet.node_rows + below, sheet.node_columns + beside]
        return np.where(neighbour >= 0, u[neighbour.clip(0)], 0.0)

    def slope(before: Values, after: Values, a: Values, b: Values) -> Values:
        return np.asarray(((after - u) * a / b + (u - before) * b / a) / (a + b))

    return slope(at(0, -1), at(0, 1), left, right), slope(at(-1, 0), at(1, 0), up, down)


def _profile(root: Values, thickness: float, roundness: float, distance: Values) -> tuple[Values, Values]:
    """The heights for √u, and how fast they grow with it. A flat one soon has its full height, which stays the same;
    not sooner than within a few cells, of which `distance` is to the rim."""
    top = float(root.max())
    if roundness >= 0.999:
        return root * thickness, np.full_like(root, thickness)
    close = root[distance < 2]
    least = float(np.median(close)) / 1.5 if len(close) else 0.0
    soon = max(top * 0.6 * roundness / (1 - roundness), top * 0.04, least)
    whole = thickness * top / (1 - np.exp(-top / soon))
    return whole * (1 - np.exp(-root / soon)), whole / soon * np.exp(-root / soon)
