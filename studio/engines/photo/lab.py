"""Between sRGB and CIE Lab (D65), as OpenCV defines its float Lab; large pictures in bands. Knows no files.

The definition is the one in OpenCV's page "Color conversions". OpenCV's own forward way looks it up in a table of 33³
colours, and is up to 0.6 off it; its way back is exact to 1e-4. tests/studio/photo/test_lab.py compares both.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

# float32, except for what is said otherwise.
Floats = NDArray[np.floating[Any]]

# Linear sRGB to XYZ with D65's white as 1, and back. The matrix and the white are OpenCV's.
WHITE = np.array([0.950456, 1.0, 1.088754])
TO_XYZ = (
    np.array([[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]])
    / WHITE[:, None]
)
FROM_XYZ = np.linalg.inv(TO_XYZ).astype(np.float32)
# Below these Lab is linear (CIE 15:2004).
DARK, DARK_ROOT = (6 / 29) ** 3, 6 / 29
SLOPE = 1 / (3 * DARK_ROOT**2)
OFFSET = 16 / 116
# The network's a and b may leave what Lab is defined for; OpenCV's range.
LEAST, MOST = -128.0, 127.0
# So often the chroma of a colour that no screen can show is halved on the way to the most that one can.
HALVINGS = 7
# Outside by less than this (of 1) is rounding.
NEARLY = 0.0003


def linear(levels: NDArray[Any]) -> Floats:
    """Light of sRGB values in 0..1 (IEC 61966-2-1)."""
    values = np.asarray(levels, np.float32)
    made: Floats = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4).astype(np.float32)
    return made


def levels(light: Floats) -> Floats:
    """sRGB values in 0..1 of light in 0..1."""
    made: Floats = np.float32(1.055) * np.power(np.maximum(light, 0.0031308), np.float32(1 / 2.4)) - np.float32(0.055)
    return np.where(light <= 0.0031308, np.float32(12.92) * light, made)


def _root(light: Floats) -> Floats:
    return np.where(light > DARK, np.cbrt(light), light * np.float32(SLOPE) + np.float32(OFFSET))


def _cube(root: Floats) -> Floats:
    return np.where(root > DARK_ROOT, root * root * root, (root - np.float32(OFFSET)) * np.float32(1 / SLOPE))


def lightness(light: Floats) -> Floats:
    """L (0..100) of linear luminance Y (0..1)."""
    return np.float32(116) * _root(light) - np.float32(16)


def luminance(red: Floats, green: Floats, blue: Floats) -> Floats:
    """Y (0..1) of linear light."""
    weights = TO_XYZ[1].astype(np.float32)
    return weights[0] * red + weights[1] * green + weights[2] * blue


def to_lab(rgb: NDArray[Any]) -> Floats:
    """L in 0..100, a and b of sRGB colours (..., 3) in 0..1."""
    x, y, z = (_root(each) for each in np.moveaxis(linear(rgb) @ TO_XYZ.T.astype(np.float32), -1, 0))
    made: Floats = np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1).astype(np.float32)
    return made


def to_rgb(lab: NDArray[Any]) -> Floats:
    """sRGB colours (..., 3) in 0..1 of Lab, cut off where no screen can show them, as OpenCV does."""
    parts = np.asarray(lab, np.float32)
    return np.moveaxis(levels(_light(parts[..., 0], parts[..., 1], parts[..., 2]).clip(0, 1)), 0, -1)


def shown(lightness: Floats, a: Floats, b: Floats) -> Floats:
    """sRGB (3, h, w) in 0..1. A colour that no screen can show keeps its lightness and hue and loses chroma: the
    photo's greys stay what they are."""
    light = _light(lightness, a, b)
    outside = np.any((light < -NEARLY) | (light > 1 + NEARLY), axis=0)
    if outside.any():
        light[:, outside] = _within(lightness[outside], a[outside], b[outside])
    return levels(light.clip(0, 1))


def grey(lightness: Floats) -> Floats:
    """The sRGB value (0..1) of a grey of this L: all three channels have it."""
    return levels(_cube((lightness + np.float32(16)) / np.float32(116)).clip(0, 1))


def _light(lightness: Floats, a: Floats, b: Floats) -> Floats:
    """Linear light (3, ...), which may be below 0 and above 1."""
    y = (lightness + np.float32(16)) / np.float32(116)
    x, z = _cube(y + a / np.float32(500)), _cube(y - b / np.float32(200))
    y = _cube(y)
    made = np.empty((3, *y.shape), np.float32)
    for channel, (of_x, of_y, of_z) in enumerate(FROM_XYZ):
        made[channel] = of_x * x + of_y * y + of_z * z
    return made


def _within(lightness: Floats, a: Floats, b: Floats) -> Floats:
    """Light of the same lightness and hue with as much chroma as fits."""
    least, most = np.zeros_like(a), np.ones_like(a)
    for _ in range(HALVINGS):
        share = (least + most) / 2
        light = _light(lightness, a * share, b * share)
        fits = np.all((light >= -NEARLY) & (light <= 1 + NEARLY), axis=0)
        least, most = np.where(fits, share, least), np.where(fits, most, share)
    return _light(lightness, a * least, b * least)
