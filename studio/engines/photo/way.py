"""How far the results of one photo are together, whoever gives its colours: a device here, or a server."""

import time
from collections.abc import Iterable, Sequence

from studio.engines.photo import hints, presets
from studio.engines.photo.hints import Hints
from studio.engines.photo.reading import Photo
from studio.engines.photo.stages import RATES, STAGES, Stage, Work
from studio.job import Job, OnStep, Step
from studio.job import Stage as StageName


class Way:
    """How far all outputs of a photo are together, by the time that each stage of each should take."""

    def __init__(
        self, job: Job, photo: Photo, marks: Hints | None, asked: Sequence[int], on_step: OnStep, *, spent: float = 0.0
    ) -> None:
        """`spent`: so many seconds the device has worked for it before."""
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
        self._before = self._spent = spent
        self._began: tuple[int, Stage, float] | None = None

    def known(self, indices: Iterable[int]) -> None:
        """These outputs need no network any more."""
        for index in indices:
            self._times[index] |= {"resizing": 0.0, "encoder": 0.0, "decoder": 0.0}

    def wait(self) -> None:
        """It is not this photo's turn yet."""
        self._on_step(Step("waiting", count=len(self.sizes), share=self.share))

    def alive(self, stage: StageName) -> None:
        """Nothing is new, but it goes on."""
        self._on_step(Step(stage, count=len(self.sizes), share=self.share, quiet=True))

    def asked(self, index: int, seconds: float, network: str) -> None:
        """The network has given the colours of an output, and the device has worked so long for the job."""
        self.facts["network"] = network
        self._spent = max(self._spent, self._before + seconds)
        self._took(index, "hints")
        self.say(index, "decoder", 1.0)

    def heard(self, step: Step) -> None:
        """A sign of life from the engine process."""
        self._spent = max(self._spent, self._before + step.seconds)
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
