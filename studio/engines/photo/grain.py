"""Grain and noise: how much there is, and a picture with less of it. By non-local means, without a network.

A place is replaced by the mean of places around it that look alike, with their surroundings (Buades, Coll, Morel 2005);
all distances of one shift come from one box filter (Darbon et al. 2008), and each shift serves its opposite too.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

# Pixels to each side that are compared, and how far alike places are looked for.
PATCH, SEARCH = 2, 5
# Rows that are worked on at once have about so many pixels.
BAND_PIXELS = 1_000_000
# Levels of 255 below which there is no grain worth the name.
LEAST_NOISE = 0.6
# Squares in which the grain is measured; the calm ones count.
SQUARE, CALM = 8, 0.15


def noise_of(lightness: Floats) -> float:
    """The standard deviation of the grain in a grey picture (h, w) of 0..255, also of grain coarser than a pixel: what
    is left in the calmest squares when their slope is taken off."""
    height, width = (side // SQUARE * SQUARE for side in lightness.shape)
    if not height or not width:
        return LEAST_NOISE
    squares = lightness[:height, :width].reshape(height // SQUARE, SQUARE, width // SQUARE, SQUARE).swapaxes(1, 2)
    squares = squares.reshape(-1, SQUARE, SQUARE)[:: max(1, height * width // (64 * 40_000))]
    steps = np.arange(SQUARE, dtype=np.float32) - (SQUARE - 1) / 2
    weight = SQUARE * float((steps**2).sum())
    rest = squares - squares.mean((1, 2), keepdims=True)
    across = (rest * steps).sum((1, 2), keepdims=True) / weight
    down = (rest * steps[:, None]).sum((1, 2), keepdims=True) / weight
    rest = rest - across * steps - down * steps[:, None]
    spread = np.sqrt((rest**2).sum((1, 2)) / (SQUARE**2 - 3))
    # White and black paper has none, and says nothing of the rest.
    inside = spread[(spread > 0.2)]
    # The calm share of squares lies below the middle: for 61 degrees of freedom by about a tenth.
    return max(LEAST_NOISE, 1.1 * float(np.quantile(inside, CALM))) if inside.size else LEAST_NOISE


def cleaned(pixels: Bytes, strength: float, done: Callable[[float], None]) -> Bytes:
    """RGB `pixels` (h, w, 3) with less grain. `strength` 0 to 1: 0.5 takes out about as much as there is.

    `done` hears how much is ready (0 to 1) and may raise. Colours lose theirs more than lightness: there it only is
    noise.
    """
    if strength <= 0:
        return pixels
    made = np.empty_like(pixels)
    sample = _sample(pixels)
    spread = noise_of(sample)
    height = len(pixels)
    for top, bottom in _bands(height, pixels.shape[1]):
        above, below = max(0, top - SEARCH - PATCH), min(height, bottom + SEARCH + PATCH)
        rows = slice(top - above, bottom - above)
        made[top:bottom] = _band(pixels[above:below], strength, spread)[rows]
        done(bottom / height)
    return made


def lightness_of(pixels: Bytes) -> Floats:
    """(h, w) in 0..255, by the weights of ITU-R BT.601."""
    return np.asarray(Image.fromarray(pixels).convert("L"), np.float32)


def _sample(pixels: Bytes) -> Floats:
    """The lightness of at most some megapixels from the middle: grain is measured at its own size."""
    height, width = pixels.shape[:2]
    rows = min(height, max(64, 4_000_000 // width))
    top = (height - rows) // 2
    return lightness_of(np.ascontiguousarray(pixels[top : top + rows]))


def _bands(height: int, width: int) -> Iterator[tuple[int, int]]:
    rows = max(16, BAND_PIXELS // max(1, width))
    return ((top, min(height, top + rows)) for top in range(0, height, rows))


def _band(pixels: Bytes, strength: float, spread: float) -> Bytes:
    picture = Image.fromarray(np.ascontiguousarray(pixels)).convert("YCbCr")
    light, *colours = (np.asarray(picture.getchannel(at), np.float32) for at in range(3))
    cleared = [_means(light, 2 * strength * spread)]
    for colour in colours:
        grey = float(colour.max()) - float(colour.min()) < 1
        cleared.append(colour if grey else ndimage.gaussian_filter(colour, 0.5 + 2 * strength, truncate=2.5))
    levels = np.stack([np.rint(each).clip(0, 255).astype(np.uint8) for each in cleared], 2)
    return np.asarray(Image.fromarray(levels, "YCbCr").convert("RGB"))


def _means(values: Floats, spread: float) -> Floats:
    """The non-local means of (h, w) whose grain has the standard deviation `spread`."""
    height, width = values.shape
    padded = (
        np.pad(values, SEARCH, mode="reflect") if min(height, width) > SEARCH else np.pad(values, SEARCH, mode="edge")
    )
    total, weights = values.astype(np.float32), np.ones_like(values)
    falloff = np.float32(-1 / max(1e-6, (0.8 * spread) ** 2))
    expected = np.float32(2 * spread**2)
    for down, right in _shifts():
        moved = padded[SEARCH + down : SEARCH + down + height, SEARCH + right : SEARCH + right + width]
        distance = moved - values
        np.square(distance, out=distance)
        near = ndimage.uniform_filter(distance, 2 * PATCH + 1, mode="nearest")
        # Two samples of the same thing differ by their noise.
        np.subtract(near, expected, out=near)
        np.maximum(near, 0, out=near)
        near *= falloff
        weight = np.exp(near, out=near)
        total += weight * moved
        weights += weight
        # The same pair of places, seen from the other one.
        here = (slice(0, height - down), slice(max(0, -right), width - max(0, right)))
        there = (slice(down, height), slice(max(0, right), width + min(0, right)))
        total[there] += weight[here] * values[here]
        weights[there] += weight[here]
    total /= weights
    return total


def _shifts() -> list[tuple[int, int]]:
    """One of every two opposite shifts."""
    return [
        (down, right)
        for down in range(SEARCH + 1)
        for right in range(-SEARCH, SEARCH + 1)
        if (down, right) > (0, 0) and down**2 + right**2 <= SEARCH**2 + 1
    ]
