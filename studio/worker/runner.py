"""Runs one generation: claims it, lets its engine work, tells the browsers, keeps what came out. Plain functions.

Beside the engine a watch (studio/worker/watch.py) holds the lease and ends a process that hangs. Between steps the row
itself is asked whether the owner still wants the result.
"""

import io
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.db import Error, close_old_connections
from PIL import Image

from accounts.limits import limits_of
from gallery import keeping
from studio.engines import catalogue
from studio.engines.base import Cancelled, EngineError, EngineLost
from studio.files import blobs, placing
from studio.job import PREVIEWS_PER_SECOND, Job, Lane, Output, Step
from studio.models import Adapter, Generation, Input
from studio.news import audience, events, texts
from studio.process import counting, failpoints, outage, requestid, tracing
from studio.process.stopwatch import Stopwatch
from studio.protocol import PreviewFrame, Progress, StageEvent
from studio.queue import leases, lifecycle, line, queueing, sequels
from studio.words.errors import Refused
from studio.worker import duty, screening
from studio.worker.watch import Watch

log = logging.getLogger(__name__)

# How many pictures of each owner are being made here now. Threads of many generations count: only under the lock.
_in_work: Counter[int] = Counter()
_in_work_lock = threading.Lock()

# Set when the worker is asked to stop: running generations go back into the queue at their next step.
draining = threading.Event()


class Drained(Exception):
    """The worker is asked to stop; the generation goes back into the queue."""


def run_next(queue: str, ring: Callable[[str], None]) -> bool:
    """Claim and run the next generation of `queue`; False when none waits or the worker is asked to stop.

    When more of them wait, `ring(queue)` wakes another thread: one doorbell may stand for several generations.
    """
    if draining.is_set() or duty.resting.is_set():
        return False
    generation = lifecycle.claim(queue, catalogue.in_memory(), catalogue.full())
    if generation is None:
        return False
    if line.tell(queue):
        ring(queue)
    failpoints.reach("claimed")
    known_as = str(generation.pk), generation.request_id
    with requestid.making(*known_as), duty.having(generation), Watch(generation) as watch:
        _run(generation, watch)
    # Its owner may have had as much running as allowed, and waits in another queue.
    for other in queueing.waits_in(generation.owner_id) - {queue}:
        ring(other)
    return True


def _run(generation: Generation, watch: "Watch") -> None:
    reporter = Reporter(generation, watch)
    assert generation.started_at is not None  # it was claimed
    counting.time("waited", (generation.started_at - generation.created_at).total_seconds(), queue=generation.queue)
    count = int(generation.params.get("count", 1))
    _count_in_work(generation.owner_id, count)
    try:
        inputs = _inputs(generation)
        outputs = _compute(generation, inputs, reporter, watch)
        seconds = reporter.seconds()
        failpoints.reach("made")
        reporter.on_step(Step("saving", count=len(outputs)))
        _keep(generation, inputs, outputs, seconds, reporter)
        _counted(generation, "finished", reporter)
    except Cancelled:
        lifecycle.cancelled(generation, reporter.seconds(), reporter.done(), timings=reporter.times())
        _counted(generation, "cancelled", reporter)
    except Drained:
        lifecycle.release(generation)
    except EngineLost:
        log.warning("generation %s: its engine died (attempt %s)", generation.pk, generation.attempt)
        lifecycle.engine_lost(generation, reporter.seconds())
    except leases.LeaseLost:
        log.warning("generation %s: the lease was lost, its result is thrown away", generation.pk)
    except EngineError as error:
        log.warning("generation %s failed: %s", generation.pk, error)
        lifecycle.fail(generation, error.code, error.params, reporter.seconds(), timings=reporter.times())
        _counted(generation, error.code, reporter)
    except Exception as error:  # an engine's bug must not take the worker down; it is logged and told
        if outage.is_outage(error):
            raise
        log.exception("generation %s failed", generation.pk)
        lifecycle.fail(generation, "engine_failed", {}, reporter.seconds(), timings=reporter.times())
        _counted(generation, "engine_failed", reporter)
    finally:
        _count_in_work(generation.owner_id, -count)


def _counted(generation: Generation, end: str, reporter: "Reporter") -> None:
    """For /metrics and traces: how it ended, how long it was made, and what the device worked for it."""
    about = {"tool": generation.tool, "model": generation.model_name}
    counting.add("ended", end=end, **about)
    counting.add("device_seconds", reporter.seconds(), model=generation.model_name)
    log.info("generation %s: %s after %.2f s", generation.pk, end, reporter.running())
    if end == "finished":
        counting.time("made", reporter.running(), **about)
    stages = [(stage, ms / 1000) for stage, ms in reporter.times()["stages"]]
    told = about | {"queue": generation.queue, "attempt": generation.attempt}
    tracing.made(generation.pk, told, generation.created_at.timestamp(), stages, end)


def _count_in_work(owner_id: int, change: int) -> None:
    with _in_work_lock:
        _in_work[owner_id] += change
        if not _in_work[owner_id]:
            del _in_work[owner_id]


def _inputs(generation: Generation) -> dict[str, bytes]:
    try:
        return blobs.read(generation) | placing.read(generation)
    except Refused as refused:
        raise EngineError(refused.code, **refused.params) from None
    except (FileNotFoundError, Input.DoesNotExist):
        raise EngineError("input_required") from None


def _compute(generation: Generation, inputs: dict[str, bytes], reporter: "Reporter", watch: "Watch") -> list[Output]:
    if generation.model is None or not generation.model.enabled:
        raise EngineError("model_unavailable")
    try:
        adapters = Adapter.objects.refs(generation.owner, generation.model.family, generation.params)
    except Adapter.DoesNotExist as error:
        raise EngineError("adapter_unavailable", name=str(error)) from None
    job = Job(
        id=str(generation.pk),
        tool=generation.tool,
        params=generation.params,
        inputs=inputs,
        model=generation.model.ref(),
        owner=str(generation.owner_id),
        lane=cast(Lane, generation.lane),
        weight=limits_of(generation.owner).weight,
        attempt=generation.attempt,
        adapters=adapters,
        request_id=generation.request_id,
    )
    watch.engine = catalogue.load(generation.model.engine)
    return screening.screen(job, watch.engine.run(job, reporter.on_step))


def _keep(
    generation: Generation, inputs: dict[str, bytes], outputs: list[Output], seconds: float, reporter: "Reporter"
) -> None:
    assert generation.model is not None
    pictures = [keeping.Picture(o.data, o.media_type, o.seed, dict(o.facts), o.files) for o in outputs]
    recipe = keeping.Recipe(
        tool=generation.tool,
        model=generation.model_name,
        engine=generation.model.engine,
        params=generation.params,
        versions={"brushwire": settings.VERSION, "weights": generation.model.fingerprint},
        seconds=round(seconds, 3),
    )
    try:
        drafts = keeping.prepare(recipe, pictures, inputs, generation.pk)
        handed_on = sequels.prepare(generation, outputs)
        failpoints.reach("written")
        parents = {UUID(work): kind for work, kind in generation.parents.items()}
        ours = outage.persist(
            lambda: lifecycle.finish(
                generation,
                seconds,
                lambda: keeping.keep(generation.owner_id, generation.pk, drafts, parents=parents),
                timings=reporter.times(),
                handed_on=handed_on,
            ),
            settings.LEASE,
            f"generation {generation.pk}",
        )
    except OSError as error:
        raise EngineError("storage_failed") from error
    if not ours:
        raise leases.LeaseLost
    failpoints.reach("finished")


class Reporter:
    """Takes an engine's steps: asks the row whether to go on, then tells the owner's browsers."""

    def __init__(self, generation: Generation, watch: "Watch") -> None:
        self._generation = generation
        self._watch = watch
        self._began = time.monotonic()
        self._stopwatch = Stopwatch()
        self._spent = 0.0
        self._shown: dict[int, float] = {}
        self._part: dict[int, float] = {}
        self._count = 1
        self._text = texts.Writer(generation.owner_id, generation.pk, generation.attempt)

    def seconds(self) -> float:
        """How long the device has worked on it: as the engine says, otherwise since it was claimed."""
        return self._spent or self.running()

    def running(self) -> float:
        """Seconds since it was claimed."""
        return time.monotonic() - self._began

    def times(self) -> dict[str, Any]:
        """Where the time went until now, see studio/process/stopwatch.py."""
        return self._stopwatch.told()

    def done(self) -> float:
        """Which part of all steps of all pictures was made, 0 to 1."""
        return min(1.0, sum(self._part.values()) / self._count)

    def on_step(self, step: Step) -> None:
        """See job.OnStep. Raises Cancelled, Drained or LeaseLost."""
        self._watch.saw(step)
        self._stopwatch.hear(step)
        self._spent = max(self._spent, step.seconds)
        if step.total:
            self._count, self._part[step.index] = step.count, step.step / step.total
        if self._unwanted():
            raise Cancelled
        if draining.is_set():
            raise Drained
        if step.text:
            self._text.add(step.text)
        elif not step.quiet:
            self._tell(step)

    def _unwanted(self) -> bool:
        """See leases.check. While the database is away the engine works on; the lease decides what comes of it."""
        try:
            return leases.check(self._generation)
        except Error as error:
            if not outage.is_outage(error):
                raise
            close_old_connections()
            return False

    def _wanted(self, step: Step) -> bool:
        """Whether the preview of `step` is encoded and sent. A picture that is finished always is: nothing comes after
        it for a page that is opened later. Others only if a page is there; one that comes sees the next of them."""
        if not step.total:
            return True
        return (step.step == step.total or self._due(step.index)) and audience.watched(self._generation.owner_id)

    def _due(self, index: int) -> bool:
        """Whether it is time for another preview of picture `index`."""
        now = time.monotonic()
        pause = _in_work[self._generation.owner_id] / PREVIEWS_PER_SECOND
        if now - self._shown.get(index, 0.0) < pause:
            return False
        self._shown[index] = now
        return True

    def _tell(self, step: Step) -> None:
        generation = self._generation
        place: dict[str, Any] = {"generation": generation.pk, "index": step.index, "count": step.count}
        if step.total or step.share is not None:
            told = Progress(stage=step.stage, step=step.step, total=step.total, share=step.share, **place)
            events.progress(generation.owner_id, told)
        else:
            events.progress(generation.owner_id, StageEvent(stage=step.stage, **place))
        if step.preview and self._wanted(step):
            picture = Image.frombytes("RGB", (step.preview.width, step.preview.height), step.preview.rgb)
            jpeg = io.BytesIO()
            picture.save(jpeg, "JPEG", quality=85)
            header = PreviewFrame(generation=generation.pk, index=step.index, step=step.step, total=step.total)
            events.preview(generation.owner_id, header, jpeg.getvalue())
