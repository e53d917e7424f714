"""The lines of any picture, photos too, as ControlNets for edges and for line art want them."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

Plane = NDArray[np.float32]

# The width of the blur in pixels of a picture of 512 px; it grows with it.
LINEART_BLUR = 6.0
# A line's typical darkness is brought to this share of white.
LINEART_LEVEL = 0.5
# A faint line counts when it is part of one that is this many times as strong.
HYSTERESIS = 2.0


def canny(picture: Image.Image, faint: float) -> Image.Image:
    """White edges one pixel wide on black, RGB (Canny, A Computational Approach to Edge Detection, 1986).

    `faint`: smaller steps (0..1) are no edges. As OpenCV's function, with which ControlNets for edges were trained:
    at 0.1 the thresholds are its 100 and 200, each place goes by its strongest channel, nothing is blurred.
    """
    slopes = [_sobel(np.asarray(channel, np.float32) / np.float32(255)) for channel in picture.convert("RGB").split()]
    strengths = np.stack([np.abs(across) + np.abs(down) for across, down in slopes])
    strongest = strengths.argmax(0)[None]
    strength = strengths.max(0)
    across, down = (np.take_along_axis(np.stack(each), strongest, 0)[0] for each in zip(*slopes, strict=True))
    ridge = np.where(_is_ridge(strength, across, down), strength, np.float32(0))
    weak = ridge > faint
    edges, before = ridge > faint * HYSTERESIS, None
    while before is None or (edges != before).any():
        before = edges
        edges = _beside(edges) & weak
    return Image.fromarray(edges.astype(np.uint8) * np.uint8(255)).convert("RGB")


def lineart(picture: Image.Image, faint: float) -> Image.Image:
    """White lines on black with their softness, RGB: what is darker than its surroundings.

    As LineartStandardDetector of controlnet_aux does it, whose threshold of 8 of 255 is `faint` = 0.1.
    """
    colours = picture.convert("RGB")
    around = colours.filter(ImageFilter.GaussianBlur(LINEART_BLUR * max(picture.size) / 512))
    darker = np.asarray(ImageChops.subtract(around, colours), np.float32).min(2) / np.float32(255)
    lines = darker[darker > faint * 0.314]
    typical = max(16 / 255, float(np.median(lines)) if lines.size else 0.0)
    levels = (darker / typical * LINEART_LEVEL * 255).clip(0, 255)
    return Image.fromarray(levels.astype(np.uint8)).convert("RGB")


def _sobel(values: Plane) -> tuple[Plane, Plane]:
    """How much brighter it gets to the right and downwards, in brightness of a sharp step."""
    p = np.pad(values, 1, mode="edge")
    across = p[:, 2:] - p[:, :-2]
    across = (across[:-2] + 2 * across[1:-1] + across[2:]) / 4
    down = p[2:] - p[:-2]
    down = (down[:, :-2] + 2 * down[:, 1:-1] + down[:, 2:]) / 4
    return across, down


def _is_ridge(strength: Plane, across: Plane, down: Plane) -> NDArray[np.bool_]:
    """Where no neighbour in the direction of the change is stronger; of two equal ones the later is taken."""
    height, width = strength.shape
    padded = np.pad(strength, 1)
    # The direction in eighths of a turn, opposite ones being the same.
    eighth = np.round(np.arctan2(down, across) * (4 / np.pi)).astype(int) % 4
    ridge = np.zeros(strength.shape, bool)
    for turn, (y, x) in enumerate([(0, 1), (1, 1), (1, 0), (1, -1)]):
        ahead = padded[1 + y : 1 + y + height, 1 + x : 1 + x + width]
        behind = padded[1 - y : 1 - y + height, 1 - x : 1 - x + width]
        ridge |= (eighth == turn) & (strength > ahead) & (strength >= behind)
    return ridge


def _beside(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Every place that is set, or one of whose eight neighbours is."""
    padded = np.pad(mask, 1)
    rows = padded[:-2] | padded[1:-1] | padded[2:]
    return rows[:, :-2] | rows[:, 1:-1] | rows[:, 2:]
