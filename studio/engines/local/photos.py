"""The worker's half of colouring a photo: everything but the network, which the engine process asks. No torch here.

The photo is read here, and its colours are laid over it here: in the engine's process nothing but the device's work
should be busy. What the network said of a photo is kept a while, so that colouring it again with other hints is quick.
"""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from studio.engines.base import EngineError, EngineLost
from studio.engines.local.messages import Colours, Done, Failed, Follow, Grey, Lost, Message, Request
from studio.engines.photo import colouring, hints, presets, reading, sizes
from studio.engines.photo.hints import Hints
from studio.engines.photo.lab import Floats
from studio.engines.photo.reading import Photo
from studio.engines.photo.stages import RATES, STAGES, Stage, Work
from studio.job import Job, OnStep, Output, Step

TOOL = "colorize"
# Bytes of colours that are kept for photos that are coloured again.
KEPT = 128 * 2**20
# So many photos are read or laid out at once, which takes up to a gigabyte for each; how often (s) the others look.
AT_ONCE, LOOK = 2, 1.0
_room = threading.BoundedSemaphore(AT_ONCE)
# Hands a request to the engine process, and has the other listen to what comes back until it ends.
Ask = Callable[[Request, Follow[None]], None]


def colorize(job: Job, on_step: OnStep, ask: Ask) -> list[Output]:
    """The outputs of a job of the tool colorize: one for each network size that it asks for.

    Raises EngineError: those of photo/reading.py, out_of_memory with the network size that would fit, and
    model_unavailable; EngineLost; lets pass what `on_step` raises.
    """
    data = job.inputs["image"]
    on_step(Step("reading", share=0.0))
    with _in_turn(lambda: on_step(Step("waiting", share=0.0))):
        photo = reading.read(data)
    given = job.inputs.get("hints") if job.params.get("hints", True) else None
    marks = hints.read(given) if given else None
    asked = sizes.asked(job.params, photo.width, photo.height)
    way = Way(job, photo, marks, asked, on_step)
    key = hashlib.sha256(data).hexdigest()
    bases = {index: BASES.find((key, job.model.source, job.model.revision, size)) for index, size in enumerate(asked)}
    wanted = {index: size for index, size in enumerate(asked) if bases[index] is None}
    way.known(index for index in bases if index not in wanted)
    if wanted:
        found = _asked(job, photo, wanted, way, ask)
        for index, ab in found.items():
            BASES.keep((key, job.model.source, job.model.revision, asked[index]), ab)
        bases |= found
    made = ((index, base) for index, base in bases.items() if base is not None)
    return [_finished(job, photo, marks, way, index=index, ab=base) for index, base in made]


def _asked(job: Job, photo: Photo, wanted: dict[int, int], way: "Way", ask: Ask) -> dict[int, Floats]:
    """The network's colours of the photo at each of the `wanted` sizes, by output."""
    greys = []
    for index, size in wanted.items():
        way.say(index, "resizing", 0.0)
        greys.append(Grey(index, colouring.prepared(photo, size)))
        way.say(index, "resizing", 1.0)
    found: dict[int, Floats] = {}
    ask(Request(job, greys=tuple(greys)), partial(_follow, found=found, way=way))
    return found


def _follow(
    next_message: Callable[[], Message], *, cancel: Callable[[], None], found: dict[int, Floats], way: "Way"
) -> None:
    """Take in what the engine process says of a request until it ends."""
    while True:
        message = next_message()
        try:
            match message:
                case Colours(index, ab, seconds, network):
                    found[index] = ab
                    way.asked(index, seconds, network)
                case Step():
                    way.heard(message)
                case Done():
                    return
                case Failed(code, params):
                    raise EngineError(code, **params)
                case Lost():
                    raise EngineLost
        except (EngineError, EngineLost):
            raise
        except BaseException:
            cancel()
            raise


def _finished(job: Job, photo: Photo, marks: Hints | None, way: "Way", *, index: int, ab: Floats) -> Output:
    strength = float(job.params.get("saturation", 1.0))

    def heard(stage: Stage, done: float, _overall: float) -> None:
        way.say(index, stage, done)

    with _in_turn(way.wait):
        made = colouring.finished(photo, ab * strength, marks, heard, media_type=job.media_type)
    facts = dict(made.facts) | {
        "network_size": way.sizes[index],
        "preset": sizes.preset(job.params, photo.width, photo.height),
        "coloured_before": photo.coloured,
        **way.facts,
    }
    return Output(made.data, made.media_type, int(job.params.get("seed", 0)), facts)


@contextmanager
def _in_turn(waiting: Callable[[], None]) -> Iterator[None]:
    """Inside are AT_ONCE at most. Calls `waiting` while it has to wait, and lets pass what that raises."""
    while not _room.acquire(timeout=LOOK):
        waiting()
    try:
        yield
    finally:
        _room.release()


class Way:
    """How far all outputs of a photo are together, by the time that each stage of each should take."""

    def __init__(self, job: Job, photo: Photo, marks: Hints | None, asked: Sequence[int], on_step: OnStep) -> None:
        self.sizes = list(asked)
        self.facts: dict[str, object] = {}
        self._job, self._photo, self._on_step = job, photo, on_step
        pixels = photo.width * photo.height
        hinted = min(pixels, hints.WORKING) / 1e6 if marks is not None else 0.0
        self._works = [
            Work(photo=pixels / 1e6, seen=_seen(photo, size), hinted=hinted, network=job.model.name) for size in asked
        ]
        # What is learnt meanwhile changes nothing any more: shares would go back.
        self._times = [RATES.seconds(work) for work in self._works]
        self._done: dict[tuple[int, Stage], float] = {(index, "reading"): 1.0 for index in range(len(asked))}
        self._spent = 0.0
        self._began: tuple[int, Stage, float] | None = None

    def known(self, indices: Iterable[int]) -> None:
        """These outputs need no network any more."""
        for index in indices:
            self._times[index] |= {"resizing": 0.0, "encoder": 0.0, "decoder": 0.0}

    def wait(self) -> None:
        """It is not this photo's turn yet."""
        self._on_step(Step("waiting", count=len(self.sizes), share=self.share))

    def asked(self, index: int, seconds: float, network: str) -> None:
        """The network has given the colours of an output, and the device has worked so long for the job."""
        self.facts = {"network": network}
        self._spent = max(self._spent, seconds)
        self._took(index, "hints")
        self.say(index, "decoder", 1.0)

    def heard(self, step: Step) -> None:
        """A sign of life from the engine process."""
        self._spent = max(self._spent, step.seconds)
        if step.stage in {"encoder", "decoder"}:
            self._took(step.index, step.stage)
            self.say(step.index, step.stage, step.step / step.total if step.total else 0.0)
        else:
            self._on_step(Step(step.stage, index=step.index, count=len(self.sizes), share=self.share))

    def say(self, index: int, stage: Stage, done: float) -> None:
        """`done` (0 to 1) of a stage of an output is done; so is all of it that comes before."""
        self._done |= {(index, earlier): 1.0 for earlier in STAGES[: STAGES.index(stage)]}
        self._done[index, stage] = done
        place = {"index": index, "count": len(self.sizes), "seconds": self._spent}
        self._on_step(Step(stage, share=self.share, **place))  # type: ignore[arg-type]

    def _took(self, index: int, stage: Stage) -> None:
        """A stage of the network has begun; learn how long the one before it took, as its person saw it."""
        if self._began is not None and self._began[:2] == (index, stage):
            return
        now = time.monotonic()
        if self._began is not None and self._began[0] == index:
            RATES.learn(self._began[1], self._works[index], now - self._began[2])
        self._began = (index, stage, now)

    @property
    def share(self) -> float:
        """How much of everything is done, 0 to 1."""
        whole = sum(sum(each.values()) for each in self._times) or 1.0
        return min(1.0, sum(self._times[index][stage] * done for (index, stage), done in self._done.items()) / whole)


def _seen(photo: Photo, size: int) -> float:
    width, height = presets.network_shape(photo.width, photo.height, size)
    return width * height / 1e6


@dataclass(eq=False)
class Bases:
    """Colours that networks have given, the newest, up to KEPT bytes. May be used by several threads."""

    limit: int = KEPT

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str, str, int], Floats] = OrderedDict()

    def find(self, key: tuple[str, str, str, int]) -> Floats | None:
        """The colours of a photo (its digest) by a model (source, revision) at a network size, if they are kept."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def keep(self, key: tuple[str, str, str, int], ab: Floats) -> None:
        with self._lock:
            self._kept[key] = ab
            while len(self._kept) > 1 and sum(each.nbytes for each in self._kept.values()) > self.limit:
                self._kept.popitem(last=False)

    def forget(self) -> None:
        with self._lock:
            self._kept.clear()


BASES = Bases()
