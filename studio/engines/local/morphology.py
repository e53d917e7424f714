"""Grey-scale morphology on arrays (Serra 1982): largest and smallest values near by. Knows nothing about drawings."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

# (channels, height, width)
Layers = TypeVar("Layers", NDArray[np.float32], NDArray[np.uint8])


def dilate(layers: Layers, width: int) -> Layers:
    """The largest value within an octagon `width` pixels across (made odd): squares and crosses in turn."""
    for turn in range(max(1, width // 2)):
        layers = _wider(layers, cross=bool(turn % 2))
    return layers


def erode(layers: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """The smallest value within the same octagon."""
    return -dilate(-layers, width)


def fading(mask: NDArray[np.uint8], reach: int) -> NDArray[np.float32]:
    """A mask (1, height, width) of zeros and ones, and `reach` pixels beyond it a slope from one down to zero."""
    total = mask.astype(np.float32)
    for turn in range(reach):
        mask = _wider(mask, cross=bool(turn % 2))
        total += mask
    return total / np.float32(reach + 1)


def _wider(layers: Layers, *, cross: bool) -> Layers:
    across = _highest(layers, 2)
    return np.maximum(across, _highest(layers, 1)) if cross else _highest(across, 1)


def _highest(layers: Layers, axis: int) -> Layers:
    """The largest of each value and its two neighbours along `axis`; beyond the edge there is nothing."""
    result = layers.copy()
    here: list[slice] = [slice(None)] * layers.ndim
    there = list(here)
    here[axis], there[axis] = slice(1, None), slice(None, -1)
    for a, b in ((tuple(here), tuple(there)), (tuple(there), tuple(here))):
        np.maximum(result[a], layers[b], out=result[a])
    return result
