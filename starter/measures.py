"""The measures of the proof: shares right, Fréchet distance, edges against lines, seams. They know no model."""

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from starter import judge
from starter.scene import Spec

# Edges further apart than this share of the picture's side do not match.
TOLERANCE = 0.03
# Points that are compared, at most: more would not change the mean.
POINTS = 600
# Mean change of a channel, 0..255, between neighbours above which there is an edge.
EDGE = 14.0
# A line is brighter than this, 0..255, on its black ground.
LINE = 100

Mask = NDArray[np.bool_]


def shares_right(answers: list[dict[str, str]], specs: list[Spec]) -> dict[str, float]:
    """For every question of the judge how often its answer is what was asked for, 0..1."""
    result = {}
    for question in judge.QUESTIONS:
        asked = [k for k, spec in enumerate(specs) if judge.applies(question, spec)]
        right = sum(answers[k][question] == judge.truth(specs[k])[question] for k in asked)
        result[question] = round(right / max(1, len(asked)), 3)
    return result


def frechet(made: Tensor, true: Tensor) -> float:
    """The Fréchet distance of two sets of features (n, d), each taken as a Gaussian (Heusel et al. 2017)."""
    mean = (made.mean(0) - true.mean(0)).square().sum()
    a, b = torch.cov(made.T.double()), torch.cov(true.T.double())
    # The trace of sqrt(ab) from the eigenvalues of ab, which are real and not negative up to rounding.
    cross = torch.linalg.eigvals(a @ b).real.clamp(min=0).sqrt().sum()
    return round(float(mean + torch.trace(a) + torch.trace(b) - 2 * cross), 2)


def line_agreement(made: Image.Image, lines: Image.Image, region: Mask) -> dict[str, float]:
    """How well the edges of a picture follow given lines (white on black), looked at where `region` is set.

    "chamfer": from the lines to the nearest edge, as a share of the picture's side. "found": share of the lines that
    have an edge near. "f": with the share of the edges in `region` that have a line near, as F-score.
    """
    size = made.width
    edges, given = np.argwhere(_edges(made)), np.argwhere(_resized(lines, size) > LINE)
    mask = np.asarray(Image.fromarray(region).resize((size, size), Image.Resampling.NEAREST))
    inside = edges[mask[edges[:, 0], edges[:, 1]]]
    if not len(inside) or not len(given):
        return {"chamfer": 1.0, "found": 0.0, "f": 0.0}
    there, back = _apart(given, edges) / size, _apart(inside, given) / size
    found, meant = float((there < TOLERANCE).mean()), float((back < TOLERANCE).mean())
    return {"chamfer": float(there.mean()), "found": found, "f": 2 * found * meant / max(1e-9, found + meant)}


def _edges(image: Image.Image) -> Mask:
    pixels = np.asarray(image.convert("RGB"), np.float32)
    change = np.abs(np.diff(pixels, axis=0))[:, :-1].mean(-1) + np.abs(np.diff(pixels, axis=1))[:-1].mean(-1)
    strong: Mask = change > EDGE
    return strong


def _resized(lines: Image.Image, size: int) -> NDArray[np.uint8]:
    return np.asarray(lines.convert("L").resize((size, size), Image.Resampling.BOX))


def _apart(ones: NDArray[np.intp], others: NDArray[np.intp]) -> NDArray[np.float64]:
    """From each of (about POINTS of) `ones` to the nearest of `others`, both (n, 2), in pixels."""
    some = ones[:: max(1, len(ones) // POINTS)].astype(np.float32)
    nearest: NDArray[np.float64] = np.sqrt(((some[:, None] - others[None]) ** 2).sum(-1).min(1))
    return nearest


def seam(made: Image.Image, hole: Image.Image) -> float:
    """The mean step of a channel, 0..255, from a pixel beside the edge of `hole` (white) into it."""
    pixels = np.asarray(made.convert("RGB"), np.float32)
    inside = np.asarray(hole.convert("L").resize(made.size, Image.Resampling.NEAREST)) > 127
    steps = [
        np.abs(np.diff(pixels, axis=axis)).mean(-1)[np.diff(inside.astype(np.int8), axis=axis) != 0] for axis in (0, 1)
    ]
    return float(np.concatenate(steps).mean())
