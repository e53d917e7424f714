"""Photos that the engine process gives their colours: what is asked of it, and what it says. No torch here.

Photos are read and laid out in the worker: in the engine's process nothing but the device's work should be busy.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from studio.engines.local.messages import (
    FACES_PART,
    Colours,
    Faces,
    Follow,
    Grey,
    Message,
    Request,
    listen,
)
from studio.engines.photo import colouring, lab, results
from studio.engines.photo.guiding import resized
from studio.engines.photo.lab import Floats
from studio.engines.photo.reading import Photo
from studio.engines.photo.results import Seen
from studio.engines.photo.way import Way
from studio.job import Job, OnStep, Output, Step

TOOL = "colorize"
# Pixels of the longer side of a photo that is looked at for faces: about what such networks make of it anyway.
LOOK_SIDE = 1024
# So many photos it is remembered of how many faces they show: they may be coloured again.
KNOWN = 1000
# Hands a request to the engine process, and has the other listen to what comes back until it ends.
Ask = Callable[[Request, Follow[None]], None]


def colorize(job: Job, on_step: OnStep, ask: Ask) -> list[Output]:
    """The outputs of a job of the tool colorize: one for each network size that it asks for. Where that is left to the
    photo and the model has a detector, it is first looked at for faces.

    Raises EngineError: those of photo/reading.py, out_of_memory with the network size that would fit, and
    model_unavailable; EngineLost; lets pass what `on_step` raises.
    """
    look = partial(_looked, job, on_step, ask) if job.model.parts.get(FACES_PART) else None
    return results.colorize(job, on_step, lambda photo, wanted, way: _asked(job, photo, wanted, way, ask), look)


def _looked(job: Job, on_step: OnStep, ask: Ask, photo: Photo) -> Seen:
    """What the model's detector sees in the photo; it is asked once."""
    key = (hashlib.sha256(job.inputs["image"]).hexdigest(), job.model.parts[FACES_PART])
    known = SEEN.find(key)
    if known is not None:
        return Seen(known)
    shrunk = min(1.0, LOOK_SIDE / max(photo.width, photo.height))
    width, height = (max(1, round(side * shrunk)) for side in (photo.width, photo.height))
    grey = lab.grey(resized(photo.lightness, width, height))
    found: list[Seen] = []

    def hear(message: Message) -> None:
        match message:
            case Faces(count, seconds):
                found.append(Seen(count, seconds))
            case Step():
                on_step(replace(message, share=0.0))

    ask(Request(job, look=(grey.clip(0, 1) * 255 + 0.5).astype(np.uint8)), partial(listen, hear=hear))
    if found[-1].faces is not None:
        SEEN.keep(key, found[-1].faces)
    return found[-1]


def _asked(job: Job, photo: Photo, wanted: dict[int, int], way: Way, ask: Ask) -> dict[int, Floats]:
    """The network's colours of the photo at each of the `wanted` sizes, by output."""
    greys = []
    for index, size in wanted.items():
        way.say(index, "resizing", 0.0)
        greys.append(Grey(index, colouring.prepared(photo, size)))
        way.say(index, "resizing", 1.0)
    found: dict[int, Floats] = {}

    def hear(message: Message) -> None:
        match message:
            case Colours(index, ab, seconds, network):
                found[index] = ab
                way.asked(index, seconds, network)
            case Step():
                way.heard(message)

    ask(Request(job, greys=tuple(greys)), partial(listen, hear=hear))
    return found


class Counts:
    """How many faces photos show, the newest. May be used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], int] = OrderedDict()

    def find(self, key: tuple[str, str]) -> int | None:
        """The faces in a photo (its digest) by a detector (its place), if they are kept."""
        with self._lock:
            return self._kept.get(key)

    def keep(self, key: tuple[str, str], count: int) -> None:
        with self._lock:
            self._kept[key] = count
            while len(self._kept) > KNOWN:
                self._kept.popitem(last=False)

    def forget(self) -> None:
        with self._lock:
            self._kept.clear()


SEEN = Counts()
