"""Grey-scale morphology on arrays (Serra 1982): largest and smallest values near by. Knows nothing about drawings.

An octagon is a square and a diamond one after the other, and each is built from halves of itself: a wide one costs the
logarithm of its width instead of the width. Only values are compared, so the result is the same to the last bit.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

# (channels, height, width)
Layers = TypeVar("Layers", NDArray[np.float32], NDArray[np.uint8])
Pick = Callable[..., Any]


def dilate(layers: Layers, width: int) -> Layers:
    """The largest value within an octagon `width` pixels across (made odd); beyond the edge there is nothing."""
    return _octagon(layers, width, np.maximum)


def erode(layers: Layers, width: int) -> Layers:
    """The smallest value within the same octagon."""
    return _octagon(layers, width, np.minimum)


def fading(mask: NDArray[np.uint8], reach: int) -> NDArray[np.float32]:
    """A mask (1, height, width) of zeros and ones, and `reach` pixels beyond it a slope from one down to zero."""
    total = mask.astype(np.float32)
    for turn in range(reach):
        mask = _diamond(mask, 1, np.maximum) if turn % 2 else _square(mask, 1, np.maximum)
        total += mask
    return total / np.float32(reach + 1)


def _octagon(layers: Layers, width: int, pick: Pick) -> Layers:
    """As if squares and crosses of three pixels were applied in turn, width // 2 of them, in whatever order."""
    turns = max(1, width // 2)
    return _diamond(_square(layers, (turns + 1) // 2, pick), turns // 2, pick)


def _square(layers: Layers, reach: int, pick: Pick) -> Layers:
    """Of each value and all up to `reach` away along either axis."""
    for axis in (1, 2):
        layers = _run(_framed(layers, reach, (axis,), pick), 2 * reach + 1, axis, pick)
    return layers


def _run(layers: Layers, length: int, axis: int, pick: Pick) -> Layers:
    """Of each value and the length - 1 after it along `axis`; as many fewer come out."""
    known = 1
    while known < length:
        more = min(known, length - known)
        layers = pick(_part(layers, axis, 0, -more), _part(layers, axis, more, None))
        known += more
    return layers


def _diamond(layers: Layers, reach: int, pick: Pick) -> Layers:
    """Of each value and all up to `reach` steps away, a step going along one axis."""
    if not reach:
        return layers
    # A way between two places may lead over the edge and back; the frame lets it.
    layers = _framed(layers, reach, (1, 2), pick)
    known = 0
    while known < reach:
        more = min(max(known, 1), reach - known)
        wider = layers.copy()
        for axis in (1, 2):
            here, there = _part(wider, axis, more, None), _part(layers, axis, 0, -more)
            pick(here, there, out=here)
            here, there = _part(wider, axis, 0, -more), _part(layers, axis, more, None)
            pick(here, there, out=here)
        layers = wider
        known += more
    return layers[:, reach:-reach, reach:-reach]


def _framed(layers: Layers, reach: int, axes: tuple[int, ...], pick: Pick) -> Layers:
    """With `reach` more at both ends of `axes`, which `pick` never takes."""
    kind: Any = np.iinfo(layers.dtype) if layers.dtype.kind == "u" else np.finfo(layers.dtype)
    shape = [side + 2 * reach * (axis in axes) for axis, side in enumerate(layers.shape)]
    framed = np.full(shape, kind.min if pick is np.maximum else kind.max, layers.dtype)
    inside = tuple(
        slice(reach, reach + side) if axis in axes else slice(None) for axis, side in enumerate(layers.shape)
    )
    framed[inside] = layers
    return framed


def _part(layers: Layers, axis: int, begin: int, end: int | None) -> Layers:
    return layers[(slice(None),) * axis + (slice(begin, end),)]
