"""The step loop: requests of different people share every step of the device, and join and leave between steps.

One thread owns the device. A turn of the loop takes in what came, begins at most one request, makes one step, decodes
at most one finished picture: whatever a single request needs besides steps delays the others by one such piece at most.
Here is only the loop; the book of requests is runs.py, the models shelf.py, a step steps.py, the last stretch
finishing.py.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from functools import partial
from itertools import count

import torch

from studio.engines.local import alone, slots, upscaling
from studio.engines.local.adapters import Adapters, Additions, Key, key_of_adapter
from studio.engines.local.budget import Budget
from studio.engines.local.finishing import Finishing
from studio.engines.local.loading import LoadedModel, key_of
from studio.engines.local.messages import Request, Tell
from studio.engines.local.options import Options
from studio.engines.local.runs import Run, Runs
from studio.engines.local.shelf import Shelf
from studio.engines.local.steps import Steps
from studio.engines.local.words import Words
from studio.job import Step

log = logging.getLogger(__name__)

# A job that got no step for so long (seconds) shows a sign of life, and learns that it was cancelled.
WAITING_SIGN = 1.0


class Batcher:
    """The loop and its thread. `submit` and `cancel` may be called from any thread."""

    def __init__(self, device: torch.device, models_kept: int = 2, options: Options | None = None) -> None:
        options = options or Options()
        self.device = device
        self.runs = Runs()
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self.shelf = Shelf(device, models_kept, self._inbox.put, self._fetched)
        self._adapters = Adapters(self._inbox.put, self._adapter_fetched)
        self._words = Words()
        self._steps = Steps(device, self.runs, Budget(options.live_step))
        self._finishing = Finishing(self.runs)
        self._tickets = count(1)
        threading.Thread(target=self._loop, name="batcher", daemon=True).start()

    def submit(self, request: Request, tell: Tell) -> int:
        """Take a request; `tell` hears its messages, from the loop's thread, and must not block. Returns its ticket."""
        ticket = next(self._tickets)
        self._inbox.put(partial(self.runs.add, Run(ticket, request, tell)))
        return ticket

    def cancel(self, ticket: int) -> None:
        """Nobody wants it any more: it is gone before the next step. A ticket that has ended is ignored."""
        self._inbox.put(partial(self.runs.leave, ticket))

    # From here on everything runs in the loop's thread ------------------------------------------------------------

    def _loop(self) -> None:
        while True:
            try:
                self.turn()
            except Exception as error:  # a bug of ours: the people in it are told, the loop goes on
                log.exception("The step loop failed")
                for run in self.runs:
                    self.runs.fail(run, error)

    def turn(self) -> None:
        """One turn: news, at most one beginning, one step, at most one picture."""
        self._hear()
        self._begin_one()
        self._steps.step()
        self._finishing.piece()
        self._show_life()

    def _hear(self) -> None:
        idle = not any(run.slots or not run.loading for run in self.runs)
        # Without anything to do, sleep until there is news, or until somebody who waits for a model wants to be told.
        wait = (WAITING_SIGN if self.runs else None) if idle else 0
        try:
            while True:
                news = self._inbox.get(block=wait != 0, timeout=wait or None)
                wait = 0
                news()
        except queue.Empty:
            pass

    def _begin_one(self) -> None:
        """Give the first request whose model is there its slots; have missing models loaded on the way to it."""
        for run in [run for run in self.runs if not run.slots]:
            ref = run.request.job.model
            run.model = self.shelf.get(ref)
            if run.model is not None:
                additions = self._adapters.of(run.request.job, run.model, run.held)
                if additions is not None:
                    self._begin(run, run.model, additions)
                    return
                self._wait(run)
                continue
            in_use = {other.model.key for other in self.runs if other.model is not None and other.slots}
            if not self.shelf.fetch(ref, in_use):
                return  # nobody who came later goes first, or this one might wait for ever
            self._wait(run)

    @staticmethod
    def _wait(run: Run) -> None:
        if not run.loading:
            run.loading = True
            run.say(Step("loading"))

    def _fetched(self, key: str, trouble: Exception | None) -> None:
        """The model `key` came, or why it did not."""
        for run in [run for run in self.runs if key_of(run.request.job.model) == key]:
            run.loading = False
            if trouble is not None:
                self.runs.fail(run, trouble)

    def _adapter_fetched(self, key: Key, trouble: Exception | None) -> None:
        """The adapter `key` came, or why it did not."""
        for run in self.runs:
            job = run.request.job
            if key in [key_of_adapter(ref, job) for ref in job.adapters]:
                run.loading = False
                if trouble is not None:
                    self.runs.fail(run, trouble)

    def _begin(self, run: Run, model: LoadedModel, additions: Additions) -> None:
        run.held.clear()  # its pictures keep what they use
        began = time.perf_counter()
        run.say(Step("encoding", count=int(run.request.job.params["count"])))
        try:
            if run.request.job.tool == "upscale":
                run.slots = upscaling.start(model, run.request)
            elif model.family.stepped:
                run.slots = slots.start(model, run.request, self._words, additions)
            else:
                run.slots = alone.start(model, run.request)
        except Exception as error:  # noqa: BLE001  fail logs it and tells it
            self.runs.fail(run, error)
            return
        run.seconds += time.perf_counter() - began
        for slot in run.slots:
            if slot.total:  # who works alone tells it when the words are read
                run.say(run.step(slot, total=slot.total))

    def _show_life(self) -> None:
        for run in self.runs:
            # While its model is loaded a run stays silent: a loader that hangs must be noticed.
            if not run.loading and time.monotonic() - run.told_at > WAITING_SIGN:
                run.say(Step("waiting"))
