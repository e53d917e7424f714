"""A damaged photo made whole: damage found or marked by hand, filled, grain taken out. Mathematics, no network.

The original's size, transparency and (for grey photos) greyness stay.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.engines.base import EngineError
from studio.engines.photo import damage, filling, grain
from studio.job import Job

Stage = Literal["reading", "finding", "filling", "cleaning", "saving"]
STAGES: tuple[Stage, ...] = get_args(Stage)
# Seconds for a megapixel on one core, measured (benchmarks/restore.py). Only their proportions matter, for progress.
SECONDS = {"reading": 0.05, "finding": 1.3, "filling": 0.3, "cleaning": 2.2, "saving": 0.1}
# The grain that a filling gets, of what is around: it is not as sharp as the picture's own.
FILLING_GRAIN = 0.8
LEAST_SIDE = 8

# Hears a stage, how much of everything is done (0 to 1), and a small picture where there is one to show.
Heard = Callable[[Stage, float, Image.Image | None], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """`clean` 0 to 1: how much grain goes; `find` 0 to 1: how readily something is taken for damage, 0 finds nothing;
    `mask`: a picture of what else is damaged."""

    clean: float = 0.5
    find: float = 0.5
    mask: bytes | None = None


def wish_of(job: Job) -> Wish:
    """What a job of the tool `restore` asks for."""
    return Wish(float(job.params["grain"]), float(job.params["scratches"]), job.inputs.get("mask"))


@dataclass(frozen=True, slots=True)
class Restored:
    """`facts` are for the recipe: how many scratches and specks were found, what part of the photo was made anew, the
    grain's standard deviation (levels of 255), seconds by stage."""

    picture: Image.Image
    facts: dict[str, object]


def restore(picture: Image.Image, wish: Wish, heard: Heard) -> Restored:
    """`picture` (upright; L, RGB or RGBA) restored. `heard` may raise, between two pieces of work.

    Raises EngineError: "image_too_small", "invalid_image" for a mask that is none, "nothing_left" when everything is
    marked.
    """
    if min(picture.size) < LEAST_SIDE:
        raise EngineError("image_too_small", limit=LEAST_SIDE)
    way = _Way(wish, heard)
    pixels = np.asarray(picture.convert("RGB"))
    way.at("finding", 0.0)
    lightness = grain.lightness_of(pixels)
    spread = grain.noise_of(lightness)
    found = damage.find(lightness, wish.find, lambda ready: way.at("finding", ready))
    del lightness
    marks = found.marks if wish.mask is None else found.marks | damage.marked(wish.mask, picture.size)
    if marks.all():
        raise EngineError("nothing_left")
    way.at("filling", 0.0, damage.shown(picture, marks) if marks.any() else None)
    pixels = filling.filled(pixels, marks, FILLING_GRAIN * spread, lambda ready: way.at("filling", ready))
    way.at("cleaning", 0.0)
    pixels = grain.cleaned(pixels, wish.clean, lambda ready: way.at("cleaning", ready))
    way.at("saving", 0.0)
    facts = {
        "scratches": found.scratches,
        "specks": found.specks,
        "made_anew": round(float(marks.mean()), 5),
        "grain": round(spread, 2),
        "stages": {stage: round(seconds, 2) for stage, seconds in way.seconds.items()},
    }
    return Restored(_like(picture, pixels), facts)


class _Way:
    """How far it is. Stages that have nothing to do take no share."""

    def __init__(self, wish: Wish, heard: Heard) -> None:
        idle = {"finding": wish.find <= 0, "filling": wish.find <= 0 and wish.mask is None, "cleaning": wish.clean <= 0}
        costs = {stage: 0.0 if idle.get(stage) else SECONDS[stage] for stage in STAGES}
        whole = sum(costs.values())
        self._shares = {stage: cost / whole for stage, cost in costs.items()}
        self._heard = heard
        self._stage: Stage = "reading"
        self._began = time.perf_counter()
        self.seconds: dict[Stage, float] = {}

    def at(self, stage: Stage, ready: float, shown: Image.Image | None = None) -> None:
        """`ready` (0 to 1) of the stage is done."""
        now = time.perf_counter()
        if stage != self._stage:
            self.seconds[self._stage] = now - self._began
            self._stage, self._began = stage, now
        before = sum(self._shares[earlier] for earlier in STAGES[: STAGES.index(stage)])
        self._heard(stage, min(1.0, before + ready * self._shares[stage]), shown)


def _like(original: Image.Image, pixels: NDArray[np.uint8]) -> Image.Image:
    """The result in the original's mode, with its transparency."""
    made = Image.fromarray(pixels)
    if original.mode == "L" or _is_grey(original):
        made = made.convert("L").convert("RGB")
    if original.mode == "RGBA":
        made.putalpha(original.getchannel("A"))
    return made


def _is_grey(picture: Image.Image) -> bool:
    red, green, blue = (np.asarray(band) for band in picture.convert("RGB").split())
    return bool((red == green).all() and (green == blue).all())
