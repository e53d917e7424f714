"""How far a photo is: the stages of its way, and what share of the time each takes, learnt from the photos before."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, get_args

Stage = Literal["reading", "resizing", "encoder", "decoder", "hints", "merging", "saving"]
STAGES: tuple[Stage, ...] = get_args(Stage)
# Hears a stage, how much of it is done (0 to 1), and how much of all.
OnStage = Callable[[Stage, float, float], None]

# Seconds for a megapixel: of the photo, or of what the network sees, or of what hints are spread on. Measured on two
# cores with the small network (python -m benchmarks.photos); after a few photos this machine's own count.
FIRST: Mapping[Stage, float] = {
    "reading": 0.01,
    "resizing": 0.01,
    "encoder": 4.0,
    "decoder": 4.0,
    "hints": 8.0,
    "merging": 0.2,
    "saving": 0.1,
}
# How much of what is known is kept when a new measurement comes.
KEPT = 0.7


@dataclass(frozen=True, slots=True)
class Work:
    """What there is to do, in megapixels: `read` from a file, of the `photo` itself, `seen` by a network, and of the
    picture on which hints are spread (`hinted`); 0 where that is not done. `network` tells networks apart."""

    read: float = 0.0
    photo: float = 0.0
    seen: float = 0.0
    hinted: float = 0.0
    network: str = ""

    def of(self, stage: Stage) -> float:
        """The megapixels of a stage."""
        if stage == "reading":
            return self.read
        if stage == "resizing":
            return self.photo if self.seen else 0.0
        if stage in ("encoder", "decoder"):
            return self.seen
        return self.hinted if stage == "hints" else self.photo


class Rates:
    """Seconds for a megapixel by stage, kept for this process. May be used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[Stage, str], float] = {}

    def seconds(self, work: Work) -> dict[Stage, float]:
        """How long each stage should take."""
        with self._lock:
            return {stage: work.of(stage) * self._rate(stage, work.network) for stage in STAGES}

    def shares(self, work: Work) -> dict[Stage, float]:
        """The part of the whole time that each stage should take; together 1."""
        times = self.seconds(work)
        whole = sum(times.values()) or 1.0
        return {stage: seconds / whole for stage, seconds in times.items()}

    def learn(self, stage: Stage, work: Work, seconds: float) -> None:
        """A stage of such a photo took so long."""
        if work.of(stage) <= 0:
            return
        rate = seconds / work.of(stage)
        with self._lock:
            key = (stage, work.network if stage in ("encoder", "decoder") else "")
            known = self._known.get(key)
            self._known[key] = rate if known is None else KEPT * known + (1 - KEPT) * rate

    def _rate(self, stage: Stage, network: str) -> float:
        return self._known.get((stage, network if stage in ("encoder", "decoder") else ""), FIRST[stage])


RATES = Rates()


@dataclass(slots=True)
class Progress:
    """One photo's way through the stages; `seconds` is what each has taken."""

    heard: OnStage | None = None
    seconds: dict[Stage, float] = field(default_factory=dict)
    _work: Work = field(default_factory=Work)
    _shares: dict[Stage, float] = field(default_factory=dict)

    def expect(self, work: Work) -> None:
        """This is what there is to do. What is learnt meanwhile no longer changes its shares: they would go back."""
        self._work, self._shares = work, RATES.shares(work)

    def say(self, stage: Stage, done: float) -> None:
        """`done` (0 to 1) of the stage is done."""
        if self.heard is not None:
            before = sum(self._shares.get(earlier, 0.0) for earlier in STAGES[: STAGES.index(stage)])
            self.heard(stage, done, min(1.0, before + done * self._shares.get(stage, 0.0)))

    @contextmanager
    def during(self, stage: Stage) -> Iterator[None]:
        """Say its beginning and its end, and learn from how long it took."""
        self.say(stage, 0.0)
        began = time.perf_counter()
        yield
        self.took(stage, time.perf_counter() - began)
        self.say(stage, 1.0)

    def took(self, stage: Stage, seconds: float) -> None:
        """It has ended, and took so long."""
        self.seconds[stage] = self.seconds.get(stage, 0.0) + seconds
        RATES.learn(stage, self._work, seconds)
