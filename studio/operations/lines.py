"""The queues: what waits and runs in each, by lane, person and model, and how many seconds of work that is."""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, Q, Sum
from django.utils import timezone

from studio.models import Generation, Model, PausedQueue, QueueLane, State
from studio.news import events
from studio.values import queues

UNFINISHED = (State.QUEUED, State.RUNNING)
# So many rows of what runs, of what waits longest, of people and of models are told.
RUNNING, WAITING, ENDED, PEOPLE, MODELS = 100, 30, 15, 10, 30


def read(workers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """`queues`, `people`, `models`, and the `running`, `waiting` and `ended` generations; `workers` as in crew."""
    unfinished = Generation.objects.filter(state__in=UNFINISHED).order_by()
    counted = unfinished.values_list("queue", "lane", "state").annotate(
        n=Count("id"), oldest=Min("created_at"), work=Sum("cost")
    )
    paused = {row.name: row for row in PausedQueue.objects.all()}
    named = set(Model.objects.filter(enabled=True).exclude(queue="").values_list("queue", flat=True))
    return {
        "queues": _queues(list(counted), workers, paused, named),
        "people": _people(unfinished),
        "models": _models(unfinished),
        "running": _generations(unfinished.filter(state=State.RUNNING).order_by("started_at")[:RUNNING]),
        "waiting": _generations(unfinished.filter(state=State.QUEUED).order_by("created_at", "id")[:WAITING]),
        "ended": _generations(Generation.objects.exclude(finished_at=None).order_by("-finished_at")[:ENDED]),
    }


def hint(work: float, workers: int, busy: bool) -> dict[str, float]:
    """What somebody who starts and stops workers should know of a queue with so many device seconds of `work`:
    `backlog` is how long its workers have to do, `wanted` how many of them would do it in SCALE_SECONDS."""
    wanted = math.ceil(work / settings.SCALE_SECONDS) if settings.SCALE_SECONDS > 0 else workers
    return {"backlog": round(work / max(1, workers), 3), "wanted": max(wanted, 1 if busy else 0)}


def _queues(
    counted: Sequence[tuple[str, str, str, int, datetime, float]],
    workers: Sequence[dict[str, Any]],
    paused: dict[str, PausedQueue],
    named: set[str],
) -> list[dict[str, Any]]:
    names = {*queues.CLASSES, *paused, *named, *(row[0] for row in counted), *(q for w in workers for q in w["queues"])}
    told = []
    for name in sorted(names, key=lambda name: (queues.CLASSES.index(queues.class_of(name)), name)):
        mine = [row for row in counted if row[0] == name]
        waits = [row for row in mine if row[2] == State.QUEUED]
        hands = [w for w in workers if name in w["queues"] and w["state"] in ("ready", "busy")]
        work = sum(row[5] or 0.0 for row in waits)
        running = sum(row[3] for row in mine if row[2] == State.RUNNING)
        told.append(
            {
                "name": name,
                "waiting": {lane: sum(row[3] for row in waits if row[1] == lane) for lane in QueueLane.values},
                "running": running,
                "oldest": max((_since(row[4]) for row in waits), default=0.0),
                "work": round(work, 3),
                "workers": len(hands),
                "paused": paused[name].since.isoformat(timespec="seconds") if name in paused else "",
                "paused_why": paused[name].why if name in paused else "",
            }
            | hint(work, len(hands), busy=bool(waits or running))
        )
    return told


def _people(unfinished: Any) -> list[dict[str, Any]]:
    rows = unfinished.values_list("owner__username").annotate(
        waiting=Count("id", filter=Q(state=State.QUEUED)), running=Count("id", filter=Q(state=State.RUNNING))
    )
    return [
        {"name": name, "waiting": waiting, "running": running}
        for name, waiting, running in rows.order_by("-waiting", "-running", "owner__username")[:PEOPLE]
    ]


def _models(unfinished: Any) -> list[dict[str, Any]]:
    rows = unfinished.values_list("model_name").annotate(
        waiting=Count("id", filter=Q(state=State.QUEUED)), running=Count("id", filter=Q(state=State.RUNNING))
    )
    return [
        {"name": name, "waiting": waiting, "running": running}
        for name, waiting, running in rows.order_by("-waiting", "-running", "model_name")[:MODELS]
    ]


def _generations(rows: Any) -> list[dict[str, Any]]:
    """No words of anybody: which, whose, with what, since when, and how far."""
    columns = ("pk", "owner__username", "tool", "model_name", "queue", "lane", "created_at", "started_at")
    found = list(rows.values_list(*columns, "state", "attempt", "cancel_requested_at", "finished_at", "error_code"))
    running = [row[0] for row in found if row[8] == State.RUNNING]
    far = dict(zip(running, events.latest_of(running), strict=True)) if running else {}
    return [_generation(row, far.get(row[0]) or {}) for row in found]


def _generation(row: Iterable[Any], far: dict[str, Any]) -> dict[str, Any]:
    pk, owner, tool, model, queue, lane, created, started, state, attempt, cancelled, finished, error = row
    if finished:
        seconds = round(max(0.0, (finished - created).total_seconds()), 2)
    else:
        seconds = _since(started if state == State.RUNNING and started else created)
    return {
        "id": str(pk),
        "person": owner,
        "tool": tool,
        "model": model,
        "queue": queue,
        "lane": lane,
        "state": state,
        "seconds": seconds,
        "attempt": attempt,
        "cancelled": cancelled is not None,
        "stage": far.get("stage", ""),
        "step": far.get("step", 0),
        "total": far.get("total", 0),
        "error": error,
    }


def _since(moment: datetime) -> float:
    return round(max(0.0, (timezone.now() - moment).total_seconds()), 1)
