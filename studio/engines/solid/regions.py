"""What of a drawing is solid: the inside of closed outlines, without that of outlines within, and every stroke.

Works on pixels, so drawn strokes and pictures alike: the longer side is SIDE pixels, and all lengths here are such.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

Mask = NDArray[np.bool_]

SIDE = 512
# How much a mark differs from the paper (0..1); the paper has one colour where its edge varies by less than the other.
MARK, EVEN = 0.14, 0.06
# Outlines whose ends are so far apart are closed, where what they enclose is wider than three times that.
GAP = 6.0
# Strokes wider than twice this are areas: what such an area leaves out stays out.
THICK = 13.0
# An outline within an outline that leaves less than this radius is a mark, not a hole.
LEAST_HOLE = 6.0
# A mark of fewer pixels is dust.
DUST = 5
EIGHT = np.ones((3, 3), bool)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing at SIDE: its marks, and its colours on its paper (height, width, 3, bytes)."""

    marks: Mask
    colours: NDArray[np.uint8]

    @property
    def empty(self) -> bool:
        """Whether there is nothing on the paper."""
        return not self.marks.any()


def read(picture: Image.Image) -> Drawing:
    """The drawing on a picture (RGBA), whose paper is transparent, or white, or whatever even colour its edge has."""
    size = [max(1, round(side * SIDE / max(picture.size))) for side in picture.size]
    small = picture.convert("RGBA").resize((size[0], size[1]), Image.Resampling.LANCZOS)
    values = np.asarray(small)
    cover = values[..., 3]
    if (cover < 128).any():
        marks = cover >= 128
        paper = np.array([255.0, 255.0, 255.0])
    else:
        paper = _paper(values[..., :3])
        marks = np.abs(values[..., :3] - paper).max(2) > MARK * 255
    alpha = cover[..., None] / 255.0
    colours = (values[..., :3] * alpha + paper * (1 - alpha)).round().astype(np.uint8)
    return Drawing(_without_dust(marks), colours)


def solid(marks: Mask) -> Mask:
    """What of a drawing with these `marks` is solid, in the same frame."""
    framed = np.pad(marks, 1)
    walls = _closed(framed)
    full = walls | _inside(walls)
    return full[1:-1, 1:-1]


def thickened(full: Mask, radius: float) -> Mask:
    """`full`, with everything thinner than twice `radius` made so thick: no stroke is lost on a coarser grid."""
    depth = ndimage.distance_transform_edt(np.pad(full, 1))[1:-1, 1:-1]
    opened = ndimage.distance_transform_edt(depth <= radius) <= radius
    thin = full & ~opened
    if not thin.any():
        return full
    ridge = thin & (depth >= ndimage.maximum_filter(depth, 3) - 0.5)
    return np.asarray(full | (ndimage.distance_transform_edt(~ridge) <= radius))


def _paper(values: NDArray[np.uint8]) -> NDArray[np.float64]:
    edge = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]]).astype(float)
    middle = np.median(edge, axis=0)
    even = np.median(np.abs(edge - middle).max(1)) < EVEN * 255
    return np.asarray(middle if even else (255.0, 255.0, 255.0))


def _without_dust(marks: Mask) -> Mask:
    labels, count = ndimage.label(marks, EIGHT)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    large = sizes >= DUST
    large[0] = False
    return np.asarray(large[labels])


def _closed(marks: Mask) -> Mask:
    """The marks, and what bridges the small gaps of outlines that are all but closed."""
    wide = ndimage.distance_transform_edt(~marks) <= GAP
    # Beyond the frame there is nothing to bridge to.
    bridged = ndimage.distance_transform_edt(np.pad(wide, 1, mode="edge"))[1:-1, 1:-1] > GAP
    labels, count = ndimage.label(~(bridged | marks))
    if count < 2:
        return marks
    outside = _enclosing(ndimage.label(~marks)[0])
    room = ndimage.distance_transform_edt(labels > 0)
    widest = np.asarray(ndimage.maximum(room, labels, np.arange(count + 1)))
    # Enclosed only since the gaps are closed: it was part of the outside before.
    new = widest > 1.5 * GAP
    new[[0, labels[0, 0]]] = False
    fresh = new[labels] & outside
    if not fresh.any():
        return marks
    near = ndimage.distance_transform_edt(~fresh) <= 2 * GAP
    return np.asarray(marks | (bridged & near))


def _enclosing(labels: NDArray[np.int32]) -> Mask:
    return np.asarray(labels == labels[0, 0])


def _inside(walls: Mask) -> Mask:
    """The areas between walls that are solid: every second one from outside in."""
    rooms, count = ndimage.label(~walls)
    if count < 2:
        return np.zeros_like(walls)
    lines, _ = ndimage.label(walls, EIGHT)
    # What lies just above the first pixel of something, row by row, is what surrounds it.
    around_room = _above_first(rooms, lines)
    around_line = _above_first(lines, rooms)
    widest = ndimage.maximum(ndimage.distance_transform_edt(~walls), rooms, np.arange(count + 1))
    thick = _thick_walled(walls, rooms, count)
    outside = int(rooms[0, 0])
    known: dict[int, bool] = {outside: False}

    def is_solid(room: int) -> bool:
        chain = [room]
        while chain[-1] not in known:
            chain.append(int(around_line[around_room[chain[-1]]]))
        for one in reversed(chain[:-1]):
            outer = known[int(around_line[around_room[one]])]
            small = outer and widest[one] < LEAST_HOLE
            known[one] = outer if thick[one] else (small or not outer)
        return known[room]

    chosen = np.zeros(count + 1, bool)
    for room in range(1, count + 1):
        chosen[room] = is_solid(room)
    return np.asarray(chosen[rooms])


def _above_first(labels: NDArray[np.int32], others: NDArray[np.int32]) -> NDArray[np.int32]:
    """For each label, the one of `others` above its first pixel (0 for label 0, and at the upper edge)."""
    found, first = np.unique(labels, return_index=True)
    rows, columns = np.divmod(first, labels.shape[1])
    result = np.zeros(int(labels.max()) + 1, np.int32)
    result[found] = np.where(rows > 0, others[np.maximum(rows - 1, 0), columns], 0)
    result[0] = 0
    return result


def _thick_walled(walls: Mask, rooms: NDArray[np.int32], count: int) -> Mask:
    """Which rooms are left out by an area rather than enclosed by an outline: most of what borders them is thick."""
    deep = ndimage.distance_transform_edt(walls) > THICK
    if not deep.any():
        return np.zeros(count + 1, bool)
    thick = ndimage.distance_transform_edt(~deep) <= THICK + 1.5
    border, thick_border = np.zeros(count + 1), np.zeros(count + 1)
    for axis, step in ((0, 1), (0, -1), (1, 1), (1, -1)):
        beside = np.roll(rooms, step, axis)
        met = walls & (beside > 0)
        border += np.bincount(beside[met], minlength=count + 1)
        thick_border += np.bincount(beside[met & thick], minlength=count + 1)
    return np.asarray(thick_border > 0.5 * border.clip(1))
