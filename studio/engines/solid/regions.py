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
# An area leaves out what an outline would enclose. A stroke is one where half its width is more than this part of the
# radius of what it goes around; it is compared by LEVELS.
WIDE, LEVELS = 0.2, (6.0, 10.0, 16.0, 26.0, 42.0)
# An outline within an outline that leaves less than this radius is a mark, not a hole.
LEAST_HOLE = 8.0
# A mark of fewer pixels of the picture is dust.
DUST = 5
# Paper that stays around what is drawn.
MARGIN = 8
WHITE = np.array([255.0, 255.0, 255.0])
EIGHT = np.ones((3, 3), bool)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing without the empty paper around it, at SIDE: its marks, and its colours on its paper (height, width, 3,
    bytes). `box` is where it is on the whole sheet: left, top, right, bottom, of its width and height. `grain`: how
    many pixels of ours one of the sheet became, 1 at least: the softness of its edges.
    """

    marks: Mask
    colours: NDArray[np.uint8]
    box: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    grain: float = 1.0

    @property
    def mostly_paper(self) -> bool:
        """Whether it is drawn on paper rather than painted all over."""
        return bool(self.marks.mean() < 0.5)

    @property
    def empty(self) -> bool:
        """Whether there is nothing on the paper."""
        return not self.marks.any()


def read(picture: Image.Image, *, whole: bool = False) -> Drawing:
    """The drawing on a picture (RGBA), whose paper is transparent, or white, or whatever even colour its edge has.

    `whole`: with all of its paper. What is less than DUST pixels is no drawing.
    """
    sheet = _sized(picture.convert("RGBA"), SIDE)
    paper = _paper(sheet)
    grain = max(1.0, SIDE / max(picture.size))
    marks = _without_dust(_marks(sheet, paper), grain)
    if whole or not marks.any():
        return Drawing(marks, _on(sheet, paper), grain=grain)
    rows, columns = np.flatnonzero(marks.any(1)), np.flatnonzero(marks.any(0))
    height, width = marks.shape
    box = (
        max(0, columns[0] - MARGIN) / width,
        max(0, rows[0] - MARGIN) / height,
        min(width, columns[-1] + 1 + MARGIN) / width,
        min(height, rows[-1] + 1 + MARGIN) / height,
    )
    part = picture.convert("RGBA").crop(pixels(box, picture.size))
    near = _sized(part, SIDE)
    grain = max(1.0, SIDE / max(part.size))
    return Drawing(_without_dust(_marks(near, paper), grain), _on(near, paper), box, grain)


def pixels(box: tuple[float, float, float, float], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """A `box` in the pixels of a picture of that `size`."""
    left, top, right, bottom = (round(part * size[at % 2]) for at, part in enumerate(box))
    return left, top, max(right, left + 1), max(bottom, top + 1)


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


def _sized(picture: Image.Image, side: int) -> NDArray[np.uint8]:
    size = [max(1, round(each * side / max(picture.size))) for each in picture.size]
    return np.asarray(picture.resize((size[0], size[1]), Image.Resampling.LANCZOS))


def _paper(values: NDArray[np.uint8]) -> NDArray[np.float64] | None:
    """The colour of the paper; None for a transparent one."""
    if (values[..., 3] < 128).any():
        return None
    edge = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])[:, :3].astype(float)
    middle = np.median(edge, axis=0)
    even = np.median(np.abs(edge - middle).max(1)) < EVEN * 255
    return np.asarray(middle if even else WHITE)


def _marks(values: NDArray[np.uint8], paper: NDArray[np.float64] | None) -> Mask:
    if paper is None:
        return np.asarray(values[..., 3] >= 128)
    return np.asarray(np.abs(values[..., :3] - paper).max(2) > MARK * 255)


def _on(values: NDArray[np.uint8], paper: NDArray[np.float64] | None) -> NDArray[np.uint8]:
    cover = values[..., 3:] / 255.0
    under = WHITE if paper is None else paper
    return (values[..., :3] * cover + under * (1 - cover)).round().astype(np.uint8)


def _without_dust(marks: Mask, grain: float) -> Mask:
    labels, count = ndimage.label(marks, EIGHT)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    large = sizes >= DUST * grain**2
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
    bridges = bridged & (ndimage.distance_transform_edt(~fresh) <= 2 * GAP)
    bridges[[0, -1]] = bridges[:, [0, -1]] = False  # around everything there is a way
    return np.asarray(marks | bridges)


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
    widest = np.asarray(ndimage.maximum(ndimage.distance_transform_edt(~walls), rooms, np.arange(count + 1)))
    thick = _thick_walled(walls, rooms, widest)
    outside = int(rooms[0, 0])
    known: dict[int, bool] = {outside: False, 0: False}

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


def _thick_walled(walls: Mask, rooms: NDArray[np.int32], widest: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which rooms are left out by an area rather than enclosed by an outline: most of what borders them is thick."""
    depth = ndimage.distance_transform_edt(walls)
    deepest, wanted = float(depth.max()), WIDE * widest
    found = np.zeros(len(widest), bool)
    for level, above in zip(LEVELS, (*LEVELS[1:], np.inf), strict=True):
        mine = (wanted < above) & ((wanted >= level) | (level == LEVELS[0]))
        if level >= deepest or not mine[1:].any():
            continue
        thick = ndimage.distance_transform_edt(depth <= level) <= level + 1.5
        border, of_area = np.zeros(len(widest)), np.zeros(len(widest))
        for axis, step in ((0, 1), (0, -1), (1, 1), (1, -1)):
            beside = np.roll(rooms, step, axis)
            met = walls & (beside > 0)
            border += np.bincount(beside[met], minlength=len(widest))
            of_area += np.bincount(beside[met & thick], minlength=len(widest))
        found |= mine & (of_area > 0.5 * border.clip(1))
    return found
