"""The step loop: requests of different people share every step of the device, and join and leave between steps.

One thread owns the device. A turn of the loop takes in what came, begins at most one request, makes one step, decodes
at most one finished picture: whatever a single request needs besides steps delays the others by one such piece at most.
"""

import logging
import queue
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import count

import torch

from studio.engines.base import EngineError
from studio.engines.local import decoding, slots, stepping
from studio.engines.local.cache import ModelCache
from studio.engines.local.device import is_out_of_memory
from studio.engines.local.loading import LoadedModel, key_of, load
from studio.engines.local.messages import Done, Failed, Message, Request, Tell
from studio.engines.local.order import FairOrder
from studio.engines.local.slots import Slot
from studio.engines.local.words import Words
from studio.job import Step

log = logging.getLogger(__name__)

# Rows of one step at most. On a CPU a step of more rows than this brings no more pictures, only longer steps.
MOST_ROWS = {"cpu": 16, "cuda": 32}
# After this many steps that fitted into memory one more row is tried again.
CLEAN_STEPS = 100
# A job that got no step for so long (seconds) shows a sign of life, and learns that it was cancelled.
WAITING_SIGN = 1.0


@dataclass(eq=False, slots=True)
class Run:
    """A request from its arrival to its end. `slots` are its pictures that are not sent yet."""

    ticket: int
    request: Request
    tell: Tell
    slots: list[Slot] = field(default_factory=list)
    model: LoadedModel | None = None
    loading: bool = False
    seconds: float = 0.0
    told_at: float = field(default_factory=time.monotonic)

    def say(self, message: Message) -> None:
        self.told_at = time.monotonic()
        self.tell(message)

    def step(self, slot: Slot, **more: object) -> Step:
        """A step of `slot`, with what all steps of this run have in common."""
        place = {"index": slot.index, "count": int(self.request.job.params["count"])}
        return Step(**{"stage": "denoising", **place, "seconds": self.seconds} | more)  # type: ignore[arg-type]


class Batcher:
    """The loop and its thread. `submit` and `cancel` may be called from any thread."""

    def __init__(self, device: torch.device, models_kept: int = 2) -> None:
        self.device = device
        self._models = ModelCache(device, models_kept)
        self._words = Words()
        self._order = FairOrder()
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._tickets = count(1)
        self._runs: dict[int, Run] = {}
        self._loading: set[str] = set()
        self._loader = ThreadPoolExecutor(1, thread_name_prefix="loader")
        self._most: defaultdict[Hashable, int] = defaultdict(lambda: MOST_ROWS[device.type])
        self._clean: defaultdict[Hashable, int] = defaultdict(int)
        threading.Thread(target=self._loop, name="batcher", daemon=True).start()

    def submit(self, request: Request, tell: Tell) -> int:
        """Take a request; `tell` hears its messages, from the loop's thread, and must not block. Returns its ticket."""
        ticket = next(self._tickets)
        self._inbox.put(partial(self._accept, Run(ticket, request, tell)))
        return ticket

    def cancel(self, ticket: int) -> None:
        """Nobody wants it any more: it is gone before the next step. A ticket that has ended is ignored."""
        self._inbox.put(partial(self._leave, ticket))

    # From here on everything runs in the loop's thread ------------------------------------------------------------

    def _loop(self) -> None:
        while True:
            try:
                self.turn()
            except Exception as error:  # a bug of ours: the people in it are told, the loop goes on
                log.exception("The step loop failed")
                for run in list(self._runs.values()):
                    self._fail(run, error)

    def turn(self) -> None:
        """One turn: news, at most one beginning, one step, at most one picture."""
        self._hear()
        self._begin_one()
        self._step()
        self._finish_one()
        self._show_life()

    def _hear(self) -> None:
        idle = not any(run.slots or not run.loading for run in self._runs.values())
        # Without anything to do, sleep until there is news, or until somebody who waits for a model wants to be told.
        wait = (WAITING_SIGN if self._runs else None) if idle else 0
        try:
            while True:
                news = self._inbox.get(block=wait != 0, timeout=wait or None)
                wait = 0
                news()
        except queue.Empty:
            pass

    def _accept(self, run: Run) -> None:
        self._runs[run.ticket] = run

    def _leave(self, ticket: int) -> None:
        self._runs.pop(ticket, None)

    def _fail(self, run: Run, error: Exception) -> None:
        if self._runs.pop(run.ticket, None) is None:
            return
        if isinstance(error, EngineError):
            run.say(Failed(error.code, error.params))
            return
        full = is_out_of_memory(error)
        log.error("Generation %s failed", run.request.job.id, exc_info=error)
        run.say(Failed("out_of_memory" if full else "engine_failed"))

    # Models ---------------------------------------------------------------------------------------------------------

    def _begin_one(self) -> None:
        """Give the first request whose model is there its slots; have missing models loaded on the way to it."""
        for run in [run for run in self._runs.values() if not run.slots]:
            ref = run.request.job.model
            run.model = self._models.get(ref)
            if run.model is not None:
                self._begin(run, run.model)
                return
            if key_of(ref) not in self._loading:
                in_use = {other.model.key for other in self._runs.values() if other.model is not None and other.slots}
                if not self._models.make_room(in_use | self._loading, len(self._loading)):
                    return  # nobody who came later goes first, or this one might wait for ever
                self._loading.add(key_of(ref))
                self._loader.submit(self._load, run.request)
            if not run.loading:
                run.loading = True
                run.say(Step("loading"))

    def _load(self, request: Request) -> None:
        """In the loader's thread."""
        ref = request.job.model
        try:
            model = load(ref, self.device)
        except Exception as error:  # noqa: BLE001  it is the waiting requests' trouble
            self._inbox.put(partial(self._not_loaded, key_of(ref), error.with_traceback(None)))
        else:
            self._inbox.put(partial(self._loaded, model))

    def _loaded(self, model: LoadedModel) -> None:
        self._loading.discard(model.key)
        self._models.keep(model)
        for run in self._runs.values():
            if key_of(run.request.job.model) == model.key:
                run.loading = False

    def _not_loaded(self, key: str, error: Exception) -> None:
        self._loading.discard(key)
        for run in [run for run in self._runs.values() if key_of(run.request.job.model) == key]:
            self._fail(run, error)

    def _begin(self, run: Run, model: LoadedModel) -> None:
        began = time.perf_counter()
        run.say(Step("encoding", count=int(run.request.job.params["count"])))
        try:
            run.slots = slots.start(model, run.request, self._words)
        except Exception as error:  # noqa: BLE001  _fail logs it and tells it
            self._fail(run, error)
            return
        run.seconds += time.perf_counter() - began
        for slot in run.slots:
            run.say(run.step(slot, total=len(slot.timesteps)))

    # Steps ----------------------------------------------------------------------------------------------------------

    def _step(self) -> None:
        owners = {slot: run for run in self._runs.values() for slot in run.slots if not slot.finished}
        chosen = self._order.choose(owners, self._most.__getitem__)
        if not chosen:
            return
        began = time.perf_counter()
        noises = self._predict(chosen)
        guesses = self._advance(chosen, noises, owners)
        previews = chosen[0].model.projection.previews(torch.cat(list(guesses.values()))) if guesses else []
        share = (time.perf_counter() - began) / sum(slot.rows for slot in chosen)
        for slot in chosen:
            slot.seconds += share * slot.rows
            owners[slot].seconds += share * slot.rows
        for slot, preview in zip(guesses, previews, strict=True):
            run = owners[slot]
            run.say(run.step(slot, step=slot.position, total=len(slot.timesteps), preview=preview))
        self._fitted(chosen)

    def _predict(self, chosen: list[Slot]) -> dict[Slot, torch.Tensor | Exception]:
        """The noise in each slot, or what went wrong with it. A step that fails is repeated in halves, so that only
        whoever fails alone has failed: one that does not fit, or one that breaks the call for all."""
        try:
            return dict(zip(chosen, stepping.predict(chosen), strict=True))
        except Exception as error:  # noqa: BLE001  told to whoever turns out to cause it
            if len(chosen) == 1:
                return {chosen[0]: error.with_traceback(None)}
            if is_out_of_memory(error):
                self._most[chosen[0].group] = max(1, sum(slot.rows for slot in chosen) // 2)
                self._clean[chosen[0].group] = 0
        # Outside of the except block the traceback no longer holds the tensors of the failed step.
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        middle = len(chosen) // 2
        return self._predict(chosen[:middle]) | self._predict(chosen[middle:])

    def _advance(
        self, chosen: Iterable[Slot], noises: dict[Slot, torch.Tensor | Exception], owners: dict[Slot, Run]
    ) -> dict[Slot, torch.Tensor]:
        """Commit the step of every slot that has one; the guess at the finished latents of each."""
        guesses: dict[Slot, torch.Tensor] = {}
        for slot in chosen:
            noise = noises[slot]
            if isinstance(noise, Exception):
                self._fail(owners[slot], noise)
                continue
            try:
                guesses[slot] = stepping.advance(slot, noise)
            except Exception as error:  # noqa: BLE001  _fail logs it and tells it
                self._fail(owners[slot], error)
        return {slot: guess for slot, guess in guesses.items() if owners[slot].ticket in self._runs}

    def _fitted(self, chosen: list[Slot]) -> None:
        group = chosen[0].group
        if self._most[group] < MOST_ROWS[self.device.type]:
            self._clean[group] += 1
            if self._clean[group] >= CLEAN_STEPS:
                self._most[group] += 1
                self._clean[group] = 0

    # Pictures -------------------------------------------------------------------------------------------------------

    def _finish_one(self) -> None:
        """Decode the picture that has waited longest for it, and end its request when it was the last one."""
        ready = ((run, slot) for run in self._runs.values() for slot in run.slots if slot.finished)
        run, slot = min(ready, key=lambda pair: pair[1].turn, default=(None, None))
        if run is None or slot is None:
            return
        began = time.perf_counter()
        run.say(run.step(slot, stage="decoding"))
        try:
            decoded = decoding.decode(slot)
        except Exception as error:  # noqa: BLE001  _fail logs it and tells it
            self._fail(run, error)
            return
        spent = time.perf_counter() - began
        slot.seconds += spent
        run.seconds += spent
        run.say(decoding.picture(slot, decoded, run.seconds))
        run.slots.remove(slot)
        if not run.slots:
            run.say(Done())
            del self._runs[run.ticket]

    def _show_life(self) -> None:
        for run in self._runs.values():
            # While its model is loaded a run stays silent: a loader that hangs must be noticed.
            if not run.loading and time.monotonic() - run.told_at > WAITING_SIGN:
                run.say(Step("waiting"))
