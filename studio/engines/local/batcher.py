"""The step loop: requests of different people share every step of the device, and join and leave between steps.

One thread owns the device. A turn of the loop takes in what came, begins at most one request (of those who draw live
more, if it is quickly done), makes one step, decodes at most one finished picture: whatever a single request needs
besides steps delays the others by one such piece at most.
Here is only the loop; the book of requests is runs.py, the models shelf.py, a step steps.py, the last stretch
finishing.py.
"""

import gc
import logging
import queue
import threading
import time
from collections.abc import Callable, Container, Sequence
from functools import partial
from itertools import count

import torch

from studio.engines.base import EngineError
from studio.engines.local import beginning, compiling, finishing, memory, mixing
from studio.engines.local.adapters import NOTHING, Adapters, Additions, Key, key_of_adapter
from studio.engines.local.allowance import Allowance
from studio.engines.local.budget import Budget
from studio.engines.local.device import belong, empty_cache, is_lost, is_out_of_memory, named
from studio.engines.local.encoding import Encodings
from studio.engines.local.finishing import Finishing
from studio.engines.local.loading import LoadedModel, key_of
from studio.engines.local.memory import MemoryModel, roomy
from studio.engines.local.messages import Request, Tell
from studio.engines.local.options import Options
from studio.engines.local.order import LANES, PASSED_OVER
from studio.engines.local.runs import Run, Runs
from studio.engines.local.shelf import Shelf
from studio.engines.local.steps import Steps
from studio.engines.local.tinting import Tinting
from studio.engines.local.words import Words
from studio.job import Lane, Load, Step

log = logging.getLogger(__name__)

# A job that got no step for so long (seconds) shows a sign of life, and learns that it was cancelled.
WAITING_SIGN = 1.0
# So much of the device's memory, or the machine's, is for models unless the operator says otherwise.
MODEL_SHARE = {"cpu": 0.4, "cuda": 0.6}


class Batcher:
    """The loop and its thread. `submit` and `cancel` may be called from any thread."""

    def __init__(
        self,
        device: torch.device,
        options: Options | None = None,
        on_lost: Callable[[], None] | None = None,
        on_models: Callable[[frozenset[str]], None] | None = None,
    ) -> None:
        """`on_lost` is called in the loop's thread when the device answers no more, and should end the process;
        `on_models` whenever other models are in memory than before, with their names, and must not block."""
        options = options or Options()
        self.device = device
        self._on_lost = on_lost
        self._on_models = on_models
        self._held: frozenset[str] = frozenset()
        self._memory = MemoryModel(device, options.folder)
        self.runs = Runs(self._memory)
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        limit = options.model_memory or round(MODEL_SHARE[device.type] * memory.total(device))
        self.shelf = Shelf(
            device,
            limit,
            news=self._inbox.put,
            fetched=self._fetched,
            make_room=self._make_room,
            prepare=partial(compiling.prepared, mode=options.compile),
        )
        self._adapters = Adapters(self._inbox.put, self._adapter_fetched, self._make_room)
        self._words = Words()
        self._encodings = Encodings()
        allowance = Allowance(device, Budget(options.live_step), self._memory)
        self._steps = Steps(self.runs, allowance, self._memory, self._make_room, options.live_step)
        self._finishing = Finishing(self.runs, self._memory, self._make_room, self._steps.live)
        self._tinting = Tinting(self.runs, self._make_room, self._steps.live, partial(self._hear, waiting=False))
        self._tickets = count(1)
        self._began = self._no_room = False
        self._live_step = options.live_step
        self._only_live = 0
        self._was_full = False
        threading.Thread(target=self._loop, name="batcher", daemon=True).start()

    def submit(self, request: Request, tell: Tell, ticket: int | None = None) -> int:
        """Take a request; `tell` hears its messages, from the loop's thread, and must not block. Returns its ticket,
        which is `ticket` where the caller numbers all requests."""
        ticket = next(self._tickets) if ticket is None else ticket
        self._inbox.put(partial(self.runs.add, Run(ticket, request, tell)))
        return ticket

    def cancel(self, ticket: int) -> None:
        """Nobody wants it any more: it is gone before the next step. A ticket that has ended is ignored."""
        self._inbox.put(partial(self.runs.leave, ticket))

    def load(self) -> Load:
        """How busy the device is. From any thread."""
        total = memory.total(self.device)
        return Load(named(self.device), max(0, total - memory.free(self.device)), total, self._steps.rows)

    # From here on everything runs in the loop's thread ------------------------------------------------------------

    def _loop(self) -> None:
        belong(self.device)
        while True:
            trouble: Exception | None = None
            try:
                self.turn()
            except Exception as error:
                log.exception("The step loop failed")
                trouble = error.with_traceback(None)
            self._was_full = trouble is not None and self._made_room(trouble)

    def _made_room(self, error: Exception) -> bool:
        """A turn failed as a whole: a lost device, a bug of ours, a full memory where nobody looked for that. The
        people in it are told, and the loop goes on; only that last trouble is forgiven once (True), with room made."""
        if is_lost(error) and self._on_lost is not None:
            self._on_lost()
        full = is_out_of_memory(error)
        if full and not self._was_full:
            self._make_room()
            return True
        for run in self.runs:
            self.runs.fail(run, error if full else EngineError("engine_failed"))
        return False

    def turn(self) -> None:
        """One turn: news, beginnings, one step, at most one picture."""
        self._hear()
        self._begin_some()
        self._steps.step()
        self._finishing.piece()
        self._hand_over()
        self._tinting.piece()
        self._show_life()
        self._tell_models()

    def _hear(self, *, waiting: bool = True) -> None:
        idle = waiting and not self._began and not any(run.slots for run in self.runs)
        # Without anything to do, sleep until there is news, or until somebody who waits for a model wants to be told.
        wait = (WAITING_SIGN if self.runs else None) if idle else 0
        if idle:
            self._steps.rows = 0
        try:
            while True:
                news = self._inbox.get(block=wait != 0, timeout=wait or None)
                wait = 0
                news()
        except queue.Empty:
            pass

    def _begin_some(self) -> None:
        """Begin everybody who draws live and waits, as long as a live step may take, so that those who draw at once
        step together at once; otherwise one request. Where somebody draws without end the others have their turn."""
        until = time.perf_counter() + self._live_step
        first = begun = self._begin_one(LANES)
        self._began = first is not None
        while begun == "live" and time.perf_counter() < until:
            begun = self._begin_one(["live"])
        self._only_live = self._only_live + 1 if first == "live" else 0
        if self._only_live >= PASSED_OVER["interactive"]:
            self._only_live = 0
            self._begin_one(LANES.keys() - {"live"})
        self._begin_photos()

    def _begin_photos(self) -> None:
        """Photos take nothing to begin. All that have come wait for their colours together."""
        for run in [run for run in self.runs if run.request.of_photo and not run.slots]:
            run.model = self.shelf.get(run.request.job.model)
            if run.model is not None:
                self.shelf.begun(run.model.key)
                self._begin(run, run.model, NOTHING)

    def _begin_one(self, lanes: Container[Lane]) -> Lane | None:
        """Give the first request of `lanes` whose model is there its slots; have missing models loaded on the way to
        it. Who asks first for a missing one has the next room: nobody who came later takes it. Returns the lane of
        whoever began."""
        self._no_room = False
        # Lanes count here too: behind forty pictures that are begun one a turn a stroke would wait for seconds.
        waiting = sorted((run for run in self.runs if not run.slots), key=lambda run: LANES[run.request.job.lane])
        for at, run in enumerate(waiting):
            if run.request.job.lane not in lanes:
                continue
            run.model = self.shelf.get(run.request.job.model)
            if run.model is None:
                self._fetch(run, waiting)
                continue
            additions = self._adapters.of(run.request.job, run.model, run.held)
            if additions is not None:
                self.shelf.begun(run.model.key)
                self._encode_ahead(run.model, waiting[at:])
                self._begin(run, run.model, additions)
                return run.request.job.lane
            self._wait(run)
        return None

    def _fetch(self, run: Run, waiting: Sequence[Run]) -> None:
        ref = run.request.job.model
        if self._no_room:
            return
        if self.shelf.fetch(ref, self._in_use(), {key_of(other.request.job.model) for other in waiting}):
            self._wait(run)
        else:
            self._no_room = key_of(ref) not in self.shelf.cache

    def _in_use(self) -> set[str]:
        """Models that somebody works with, or is just given."""
        return {run.model.key for run in self.runs if run.model is not None}

    @staticmethod
    def _wait(run: Run) -> None:
        if not run.loading:
            run.loading = True
            run.say(Step("loading"))

    def _fetched(self, key: str, trouble: Exception | None) -> None:
        """The model `key` came, or why it did not."""
        self._came([run for run in self.runs if key_of(run.request.job.model) == key], trouble)

    def _adapter_fetched(self, key: Key, trouble: Exception | None) -> None:
        """The adapter `key` came, or why it did not."""
        jobs = [(run, run.request.job) for run in self.runs]
        wants = [run for run, job in jobs if key in [key_of_adapter(ref, job) for ref in job.adapters]]
        self._came(wants, trouble)

    def _came(self, runs: Sequence[Run], trouble: Exception | None) -> None:
        for run in runs:
            run.loading = False
            if trouble is not None:
                self.runs.fail(run, trouble)

    def _encode_ahead(self, model: LoadedModel, waiting: Sequence[Run]) -> None:
        """Encode the pictures of the first of `waiting` together with those of others who will begin soon."""
        first = waiting[0].request
        if first.of_photo or first.only_upscaler or not model.family.stepped:
            return
        began = time.perf_counter()
        jobs = [run.request for run in waiting if key_of(run.request.job.model) == model.key]
        others = [request for request in jobs[1:] if not request.only_upscaler]
        most = 1 if self._steps.live() else finishing.TOGETHER[self.device.type]
        self._encodings.look_ahead(model, jobs[0], others, most)
        waiting[0].seconds += time.perf_counter() - began

    def _begin(self, run: Run, model: LoadedModel, additions: Additions) -> None:
        run.held.clear()  # its pictures keep what they use
        if (job := run.request.job).lane != "live":
            known = {"generation": job.id, "request_id": job.request_id}
            log.info("Generation %s begins with %s", job.id, job.model.name, extra=known)
        began = time.perf_counter()
        if not run.request.of_photo:  # of a photo the network's own stages are told
            run.say(Step("encoding", count=int(run.request.job.params["count"])))

        kept = self._words, self._encodings
        try:
            run.slots = roomy(lambda: beginning.start(model, run.request, *kept, additions), self._make_room)
        except Exception as error:  # noqa: BLE001  fail logs it and tells it
            self.runs.fail(run, error)
            return
        run.seconds += time.perf_counter() - began
        for slot in run.slots:
            if slot.total:  # a photo has none; who works alone tells it when the words are read
                run.say(run.step(slot, total=slot.total))

    def _hand_over(self) -> None:
        """Shapes that are done need nothing more."""
        for slot, run in self.runs.sculpted().items():
            run.say(slot.shape(run.seconds))
            self.runs.sent(run, slot)

    def _make_room(self) -> None:
        """The memory is full: what nobody needs just now goes."""
        self._words.clear()
        self._encodings.clear()
        self._adapters.clear()
        mixing.forget()
        self.shelf.clear(self._in_use())
        gc.collect()
        empty_cache(self.device)

    def _tell_models(self) -> None:
        held = self.shelf.cache.names
        if self._on_models is not None and held != self._held:
            self._on_models(held)
        self._held = held

    def _show_life(self) -> None:
        for run in self.runs:
            # While its model is loaded a run stays silent: a loader that hangs must be noticed.
            if not run.loading and time.monotonic() - run.told_at > WAITING_SIGN:
                run.say(Step("waiting"))
