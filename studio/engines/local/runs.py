"""The book of requests: each from its arrival to its last message. Computes nothing and knows no order."""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from studio.engines.base import EngineError
from studio.engines.local.adapters import Content, Key
from studio.engines.local.alone import Alone, Turns
from studio.engines.local.device import DeviceLost, is_lost, is_out_of_memory
from studio.engines.local.loading import LoadedModel, key_of
from studio.engines.local.memory import MemoryModel
from studio.engines.local.messages import Done, Failed, Message, Replaced, Request, Tell
from studio.engines.local.sculpting import Sculpture
from studio.engines.local.slots import Slot
from studio.engines.local.tints import WaitingPhoto
from studio.engines.local.upscaling import Given
from studio.job import Step

log = logging.getLogger(__name__)

# A picture in the making: one that shares its steps, or one whose stock pipeline makes them. A shape is another such.
Making = Slot | Alone
Stepping = Making | Sculpture
# One that is nearly a picture: its steps are done, or it never had any.
Nearly = Making | Given
# All that a request may wait for.
Piece = Nearly | WaitingPhoto | Sculpture


@dataclass(eq=False, slots=True)
class Run:
    """A request from its arrival to its end. `slots` are its pictures that are not sent yet; `held` came for it
    while it waits for more of its LoRAs."""

    ticket: int
    request: Request
    tell: Tell
    slots: Sequence[Piece] = ()
    model: LoadedModel | None = None
    loading: bool = False
    held: dict[Key, Content] = field(default_factory=dict)
    seconds: float = 0.0
    told_at: float = field(default_factory=time.monotonic)

    def say(self, message: Message) -> None:
        self.told_at = time.monotonic()
        self.tell(message)

    def step(self, slot: Piece, **more: object) -> Step:
        """A step of `slot`, with what all steps of this run have in common."""
        place = {"index": slot.index, "count": int(self.request.job.params["count"])}
        return Step(**{"stage": "denoising", **place, "seconds": self.seconds} | more)  # type: ignore[arg-type]

    def worked(self, seconds: float, slot: Piece) -> None:
        """The device worked so long for `slot`."""
        slot.seconds += seconds
        self.seconds += seconds


class Runs:
    """All requests that have not ended, oldest first. For one thread. May be changed while it is gone through."""

    def __init__(self, memory: MemoryModel) -> None:
        self._memory = memory
        self._runs: dict[int, Run] = {}

    def __iter__(self) -> Iterator[Run]:
        return iter(list(self._runs.values()))

    def __len__(self) -> int:
        return len(self._runs)

    def __contains__(self, run: Run) -> bool:
        return run.ticket in self._runs

    def add(self, run: Run) -> None:
        """A newer frame of a live board takes the older one's place: never two of a board in one step."""
        for other in [other for other in self if other.request.job.same_board(run.request.job)]:
            if other.request.job.revision > run.request.job.revision:
                run.say(Replaced())  # it was overtaken on its way here
                return
            self.leave(other.ticket)
            other.say(Replaced())
        self._runs[run.ticket] = run

    def leave(self, ticket: int) -> None:
        """Nobody wants it any more; one that has ended is ignored."""
        run = self._runs.pop(ticket, None)
        for slot in run.slots if run is not None else ():
            if isinstance(slot, Turns):
                slot.drop()

    def sent(self, run: Run, slot: Piece) -> None:
        """`slot` has its picture; with its last one the request has ended."""
        run.slots = [other for other in run.slots if other is not slot]
        if not run.slots:
            self.leave(run.ticket)
            run.say(Done())

    def fail(self, run: Run, error: Exception) -> None:
        """End it with the code that `error` stands for; one that has ended is left alone. Raises DeviceLost."""
        if is_lost(error):
            raise DeviceLost from error
        if run not in self:
            return
        self.leave(run.ticket)
        if isinstance(error, EngineError):
            run.say(Failed(error.code, error.params))
            return
        known = {"generation": run.request.job.id, "request_id": run.request.job.request_id}
        log.error("Generation %s failed", run.request.job.id, exc_info=error, extra=known)
        run.say(Failed("out_of_memory", self._fitting(run)) if is_out_of_memory(error) else Failed("engine_failed"))

    def _fitting(self, run: Run) -> dict[str, int]:
        """The size at which the picture should fit into the memory."""
        job = run.request.job
        if run.request.of_shape:  # a picture's size is none of its own
            return {}
        rows = max([slot.rows for slot in run.slots if isinstance(slot, Slot | Alone)], default=2)
        if "width" in job.params:
            sides = int(job.params["width"]), int(job.params["height"])
        elif run.request.scene is not None:  # the size is the input's own
            sides = run.request.scene.image.size
        else:
            return {}
        width, height = self._memory.size_that_fits(key_of(job.model), *sides, rows)
        return {"width": width, "height": height}

    def stepping(self) -> dict[Stepping, Run]:
        """Every picture and shape that has steps to do, with its request."""
        stepping = ((slot, run) for run in self for slot in run.slots if isinstance(slot, Stepping))
        return {slot: run for slot, run in stepping if not slot.finished}

    def undecoded(self) -> dict[Nearly, Run]:
        """Every picture that has done its steps, with its request."""
        nearly = ((slot, run) for run in self for slot in run.slots if isinstance(slot, Nearly))
        return {slot: run for slot, run in nearly if slot.finished}

    def sculpted(self) -> dict[Sculpture, Run]:
        """Every shape that is done, with its request."""
        shapes = ((slot, run) for run in self for slot in run.slots if isinstance(slot, Sculpture))
        return {slot: run for slot, run in shapes if slot.finished}

    def uncoloured(self) -> dict[WaitingPhoto, Run]:
        """Every photo that waits for its colours, or to be looked at first, with its request."""
        return {slot: run for run in self for slot in run.slots if isinstance(slot, WaitingPhoto)}
