"""Numbers of a mark as they stand in a board's document: lists of points packed into bytes. static/js/studio/canvas
does the same.

Each number is rounded to a whole one in units of its coordinate (a tenth of a board unit, a hundredth of the pressure);
what is written is its difference to the same coordinate of the point before, as a zigzag varint, coordinate by
coordinate.
"""

from collections.abc import Sequence

import numpy as np

# How many units one is, by coordinate.
POINTS, OUTLINE = (10.0, 10.0, 100.0), (10.0, 10.0)
# Bytes of the longest varint that is taken: 35 bits.
LONGEST = 5


def pack(numbers: Sequence[float], units: Sequence[float]) -> bytes:
    """A flat list of coordinates as bytes; `units` says which coordinates take turns."""
    whole = np.rint(np.asarray(numbers, dtype=np.float64).reshape(-1, len(units)) * np.asarray(units)).astype(np.int64)
    deltas = np.diff(whole, axis=0, prepend=np.zeros((1, len(units)), dtype=np.int64)).ravel()
    out = bytearray()
    for value in ((deltas << 1) ^ (deltas >> 63)).tolist():
        left = value
        while left > 0x7F:
            out.append(left & 0x7F | 0x80)
            left >>= 7
        out.append(left)
    return bytes(out)


def unpack(data: bytes | bytearray, units: Sequence[float]) -> list[float]:
    """The reverse of `pack`. Raises ValueError for anything that `pack` does not write."""
    return (_whole(data, len(units)) / np.asarray(units)).ravel().tolist()


def count(data: bytes | bytearray, units: Sequence[float], largest: float) -> int:
    """How many numbers there are in it. Raises ValueError where that is nothing packed, or one is beyond `largest`."""
    whole = _whole(data, len(units))
    if whole.size and np.any(np.abs(whole) > largest * np.asarray(units)):
        raise ValueError("a point is too far away")
    return int(whole.size)


def _whole(data: bytes | bytearray, width: int) -> "np.ndarray[tuple[int, int], np.dtype[np.int64]]":
    raw = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(raw < 0x80)
    if not raw.size or raw[-1] >= 0x80 or ends.size % width:
        raise ValueError("not packed points")
    starts = np.concatenate(([0], ends[:-1] + 1))
    lengths = ends - starts + 1
    if lengths.max() > LONGEST:
        raise ValueError("a number is too long")
    shifts = 7 * (np.arange(raw.size) - np.repeat(starts, lengths))
    values = np.add.reduceat((raw & 0x7F).astype(np.int64) << shifts, starts)
    return np.cumsum(((values >> 1) ^ -(values & 1)).reshape(-1, width), axis=0)
