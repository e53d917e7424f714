"""Lab as OpenCV has it. The recorded values are OpenCV 5.0.0's (float32), made outside of the project like this:

rgb = default_rng(7).random((1, 300, 3)), light = its linear values, lab = L 0..100, a and b -128..127 at random
table = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)     exact = cv2.cvtColor(light, cv2.COLOR_LRGB2LAB)
back = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)
"""

from pathlib import Path

import numpy as np

from studio.engines.photo import lab

RECORDED = np.load(Path(__file__).resolve().parents[2] / "fixtures" / "opencv_lab.npz")
# OpenCV's cube root is a spline, which is off in the dark.
BRIGHT = RECORDED["rgb"].min(axis=1) > 0.11


def test_lab_of_colours_is_opencvs() -> None:
    ours = lab.to_lab(RECORDED["rgb"])
    assert np.abs(ours - RECORDED["exact"])[BRIGHT].max() < 1e-3
    assert np.abs(ours - RECORDED["exact"]).max() < 0.05


def test_colours_of_lab_are_opencvs_inside_and_outside_of_what_screens_show() -> None:
    assert np.abs(lab.to_rgb(RECORDED["lab"]) - RECORDED["back"]).max() < 1e-3


def test_what_opencv_looks_up_is_our_lab_in_a_table_of_33_cubed_colours() -> None:
    """Its default way quantises: 9 bits of a colour, 14 of the result. With that done to ours it is the same."""
    axis = np.linspace(0, 1, 33)
    nodes = lab.to_lab(np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)).astype(np.float64)
    scale, shift = np.array([100, 256, 256]), np.array([0, 128, 128])
    table = np.rint((nodes + shift) / scale * 2**14).astype(int)
    levels = np.rint(RECORDED["rgb"] * 2**14).astype(int)
    node, part = levels >> 9, (levels >> 5) & 15
    total = np.zeros((len(levels), 3), int)
    for corner in np.ndindex(2, 2, 2):
        weight = np.prod(np.where(corner, part, 16 - part), axis=1)
        total += weight[:, None] * table[tuple(np.minimum(node + corner, 32).T)]
    looked_up = ((total + 2**11) >> 12) / 2**14 * scale - shift
    off = np.abs(looked_up - RECORDED["table"])
    assert (off < 1e-3).mean() > 0.99 and off.max() < 0.02


def test_there_and_back_is_the_same_colour() -> None:
    rgb = RECORDED["rgb"]
    assert np.abs(lab.to_rgb(lab.to_lab(rgb)) - rgb).max() < 1e-4


def test_a_colour_no_screen_can_show_keeps_its_lightness_and_hue() -> None:
    lightness, a, b = np.moveaxis(RECORDED["lab"][None], -1, 0)
    shown = lab.to_lab(np.moveaxis(lab.shown(lightness, a, b), 0, -1))
    assert np.abs(shown[..., 0] - lightness).max() < 1.0
    assert np.abs(shown[..., 0] - lightness).mean() < 0.1
    strong = np.hypot(shown[..., 1], shown[..., 2]) > 10
    turned = np.angle(np.exp(1j * (np.arctan2(shown[..., 2], shown[..., 1]) - np.arctan2(b, a))))
    assert np.abs(turned[strong]).max() < 0.1
    greyed = lab.shown(lightness, 0 * a, 0 * b)
    assert np.abs(greyed - lab.grey(lightness)).max() < 1e-4
