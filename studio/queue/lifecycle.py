"""The life of a generation: every change of state is one guarded UPDATE, with its event in the same transaction.

A function here answers whether the change happened. Times are by the database's clock, so that machines with
different clocks agree on a lease. Evidence for this design: docs/decisions.md, "The row is the truth".
"""

import uuid
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.db.models.functions import Now

from accounts.models import ApiKey
from gallery.models import Work
from studio import tools
from studio.models import Generation, Input, Model, QueueLane, State
from studio.news import events
from studio.process import failpoints, requestid
from studio.protocol import Cancelled, ErrorView, Expired, Failed, Finished, Queued, Requeued, Started
from studio.queue import describe, estimates, leases, line, queueing, sequels, shares
from studio.queue.fairness import InMemory
from studio.tools.base import Tool

Keep = Callable[[], list[Work]]
Timings = dict[str, Any] | None

HELD = {"token": None, "lease_until": None}


def submit(
    owner_id: int,
    command: str,
    *,
    tool: Tool,
    model: Model,
    params: dict[str, Any],
    inputs: dict[str, str],
    board: uuid.UUID | None = None,
    parents: dict[str, str] | None = None,
    notes: Sequence[str] = (),
    cost: float = 0.0,
    lane: str = QueueLane.INTERACTIVE,
    api_key: ApiKey | None = None,
    after: Generation | None = None,
    wanted: str = "",
) -> Generation:
    """A new queued row, made on the drawing board `board` if any, and charged with `cost`; `parents`, `after` and
    `wanted` as in Generation.

    The same command of the same person gives the same row again, and nothing new happens.
    """
    with transaction.atomic(savepoint=False):
        row = {
            "tool": tool.name,
            "model": model,
            "model_name": model.name,
            "queue": queue_of(tool, model),
            "params": params,
            "inputs": inputs,
            "board": board,
            "parents": parents or {},
            "notes": list(notes),
            "cost": cost,
            "lane": lane,
            "api_key": api_key,
            "after": after,
            "wanted": wanted,
            "rung_at": Now(),
            "request_id": requestid.current(),
        }
        shares.arrive(owner_id, queue_of(tool, model))
        made = Generation(owner_id=owner_id, command=command, **row)
        Generation.objects.bulk_create([made], ignore_conflicts=True)
        generation = Generation.objects.get(owner_id=owner_id, command=command)
        if generation.pk != made.pk:
            return generation
        place, expected = line.place_of(generation), estimates.expected(generation)
        view = describe.generation_view(generation, place=place, expected=expected)
        events.record(owner_id, Queued(generation=view))
        failpoints.reach("submit.row")
        return generation


def queue_of(tool: Tool, model: Model) -> str:
    """Where such a generation waits: with the workers that the model is meant for, else those of its engine, or of the
    tool."""
    return model.queue or str(settings.ENGINE_QUEUES.get(model.engine, tool.queue))


def claim(queue: str, memory: InMemory | None = None, full: Collection[str] = ()) -> Generation | None:
    """Take the next waiting row of `queue` in fair order and lease it; None when nothing waits that may start.

    `memory` names the models that the worker's engines hold: one of them may go before others, within bounds. Of
    the models in `full` nothing is taken.
    """
    while queueing.anything(queue):  # asked before a transaction, which on SQLite keeps all writers waiting
        with transaction.atomic():
            found = queueing.next_up(queue, memory, full)
            if found is None:
                return None
            waiting, passed = found
            if queueing.may_start(waiting) and _take(waiting):
                if passed:
                    queueing.note_passed(passed)
                generation = Generation.objects.select_related("model", "owner").get(pk=waiting.id)
                events.record(generation.owner_id, Started(generation=generation.pk, attempt=generation.attempt))
                return generation
        # Another worker was faster: look again.
    return None


def _take(waiting: queueing.Waiting) -> bool:
    row = Generation.objects.filter(pk=waiting.id, state=State.QUEUED)
    again = {"token": uuid.uuid4(), "attempt": F("attempt") + 1, "lease_until": leases.until(), "started_at": Now()}
    return bool(row.update(state=State.RUNNING, **again))


def finish(
    generation: Generation, seconds: float, keep: Keep, *, timings: Timings = None, handed_on: Input | None = None
) -> bool:
    """End as finished; `keep` makes the works in the same transaction, and what waits for the picture gets it as
    `handed_on` (studio/queue/sequels.py). False, nothing kept: the lease is lost.

    `timings`, here and below, is what a stopwatch told of the attempt."""
    with transaction.atomic():
        spent = F("device_seconds") + seconds
        if not _end(leases.held(generation), State.FINISHED, device_seconds=spent, timings=timings or {}):
            return False
        shares.charge(generation.owner_id, seconds)
        kept = keep()
        if handed_on is not None:
            sequels.release(generation, kept[0], handed_on)
        works = [describe.work_view(work) for work in kept]
        events.record(generation.owner_id, Finished(generation=generation.pk, works=works, seconds=round(seconds, 3)))
        failpoints.reach("finishing")
        transaction.on_commit(lambda: estimates.learn(generation))
        return True


def fail(
    generation: Generation,
    code: str,
    params: dict[str, Any],
    seconds: float = 0.0,
    *,
    timings: dict[str, Any] | None = None,
) -> bool:
    """End as failed with an error of studio/words/errors.py. What was charged is given back; the fair share has it."""
    with transaction.atomic():
        error_of = {"error_code": code, "error_params": params, "timings": timings or {}}
        spent = F("device_seconds") + seconds
        ended = _end(leases.held(generation), State.FAILED, device_seconds=spent, refunded=F("cost"), **error_of)
        if ended:
            shares.charge(generation.owner_id, seconds)
            error = ErrorView(code=code, params=params)
            events.record(generation.owner_id, Failed(generation=generation.pk, error=error))
        return ended


def cancelled(
    generation: Generation, seconds: float = 0.0, done: float = 0.0, *, timings: dict[str, Any] | None = None
) -> bool:
    """End a running generation whose owner asked for it: said by the worker that stopped.

    `done` is the part that was made, 0 to 1; what was charged for the rest is given back.
    """
    with transaction.atomic():
        back = F("cost") * (1.0 - min(1.0, max(0.0, done)))
        spent = F("device_seconds") + seconds
        ending = {"device_seconds": spent, "refunded": back, "timings": timings or {}}
        ended = _end(leases.held(generation), State.CANCELLED, **ending)
        if ended:
            shares.charge(generation.owner_id, seconds)
            events.record(generation.owner_id, Cancelled(generation=generation.pk))
        return ended


def request_cancel(generation: Generation) -> bool:
    """The owner wants it stopped: a waiting one ends here, with what it waits for, a running one at its next step.
    False: it has ended."""
    row = Generation.objects.filter(pk=generation.pk)
    with transaction.atomic():
        if _end(row.filter(state=State.QUEUED), State.CANCELLED, refunded=F("cost")):
            events.record(generation.owner_id, Cancelled(generation=generation.pk))
            if generation.after is not None:  # nobody else wants what it waited for
                request_cancel(generation.after)
            return True
        return bool(row.filter(state=State.RUNNING).update(cancel_requested_at=Now()))


def release(generation: Generation) -> bool:
    """Put a running generation back, because its worker is asked to stop; this does not count as an attempt."""
    with transaction.atomic():
        put_back = leases.held(generation).update(state=State.QUEUED, attempt=F("attempt") - 1, rung_at=Now(), **HELD)
        if put_back:
            events.record(generation.owner_id, Requeued(generation=generation.pk))
        return bool(put_back)


def requeue(generation: Generation, queue: str) -> bool:
    """Staff put a waiting or a running one (back) into `queue`, at the place of its age: who runs it has lost its lease
    and throws away what it has. False: it has ended."""
    row = Generation.objects.filter(pk=generation.pk, cancel_requested_at=None)
    again = {"state": State.QUEUED, "queue": queue, "rung_at": Now(), **HELD}
    with transaction.atomic():
        taken = row.filter(state=State.RUNNING).update(attempt=F("attempt") - 1, **again)
        if not taken and not row.filter(state=State.QUEUED).update(**again):
            return False
        events.record(generation.owner_id, Requeued(generation=generation.pk))
        return True


def follow(model: Model) -> set[str]:
    """Its waiting generations wait where such wait now: its queue was changed. The queues they came to."""
    waiting = Generation.objects.filter(model=model, state=State.QUEUED).order_by()
    moved = set()
    for name in waiting.values_list("tool", flat=True).distinct():
        tool = tools.registry().get(name)
        queue = queue_of(tool, model) if tool else ""
        if queue and waiting.filter(tool=name).exclude(queue=queue).update(queue=queue, rung_at=Now()):
            moved.add(queue)
    return moved


def engine_lost(generation: Generation, seconds: float = 0.0) -> bool:
    """Its engine died and its worker did not: its next chance, or its end after MAX_ATTEMPTS. This counts as one."""
    generation.refresh_from_db(fields=["cancel_requested_at"])
    return _second_chance(leases.held(generation), generation, seconds)


def take_back_expired() -> list[Generation]:
    """Give every row whose lease ran out its next chance, or its end; returns those that wait again."""
    lost = Generation.objects.filter(state=State.RUNNING, lease_until__lt=Now())
    return [row for row in lost if _second_chance(lost.filter(pk=row.pk, token=row.token), row)]


def _second_chance(row: models.QuerySet[Generation], generation: Generation, seconds: float = 0.0) -> bool:
    """Put `row` back into the queue, or end it when it was tried often enough or is no longer wanted; whether it waits
    again. `row` selects the generation as long as the caller may change it."""
    spent = {"device_seconds": F("device_seconds") + seconds}
    with transaction.atomic():
        if generation.cancel_requested_at:
            if _end(row, State.CANCELLED, refunded=F("cost"), **spent):
                shares.charge(generation.owner_id, seconds)
                events.record(generation.owner_id, Cancelled(generation=generation.pk))
        elif generation.attempt >= settings.MAX_ATTEMPTS:
            if _end(row, State.FAILED, error_code="worker_lost", refunded=F("cost"), **spent):
                shares.charge(generation.owner_id, seconds)
                error = ErrorView(code="worker_lost")
                events.record(generation.owner_id, Failed(generation=generation.pk, error=error))
        elif row.update(state=State.QUEUED, rung_at=Now(), **HELD, **spent):
            shares.charge(generation.owner_id, seconds)
            events.record(generation.owner_id, Requeued(generation=generation.pk))
            return True
    return False


def expire_waiting() -> int:
    """Give up rows that waited longer than QUEUE_EXPIRES_AFTER; returns how many."""
    too_old = Now() - timedelta(seconds=settings.QUEUE_EXPIRES_AFTER)
    given_up = 0
    for generation in Generation.objects.filter(state=State.QUEUED, created_at__lt=too_old):
        with transaction.atomic():
            row = Generation.objects.filter(pk=generation.pk, state=State.QUEUED)
            if _end(row, State.EXPIRED, error_code="expired", refunded=F("cost")):
                events.record(generation.owner_id, Expired(generation=generation.pk, error=ErrorView(code="expired")))
                given_up += 1
    return given_up


def _end(row: models.QuerySet[Generation], state: State, **changes: Any) -> bool:
    """Whether it ended so. What waits for its picture ends with it, where there will be none."""
    ending = [] if state == State.FINISHED else list(row.order_by().values_list("pk", flat=True))
    ended = bool(row.update(state=state, finished_at=Now(), **HELD, **changes))
    if ended and ending:
        sequels.end(ending, state, _end)
    return ended
