"""The processes behind the pages, by their signs of life; and the other servers that make pictures for us."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models.functions import Now
from django.utils import timezone

from studio.models import Pulse, Server
from studio.news import pulse
from studio.values import queues

WORKER = "worker:"
# Those that fell silent are shown for so long (seconds); so many rows are read at most.
SHOWN_FOR, MOST = 600.0, 400


def read() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The workers, each once with all its queues; and the other processes that tell that they live."""
    lately = Pulse.objects.filter(seen_at__gt=Now() - timedelta(seconds=SHOWN_FOR)).order_by("kind", "name")[:MOST]
    rows = list(lately)
    workers: dict[str, list[Pulse]] = {}
    for row in rows:
        if row.kind.startswith(WORKER):
            workers.setdefault(row.name.partition("@")[2], []).append(row)
    others = [
        {"kind": row.kind, "host": row.host, "pid": row.pid, "silent": silence(row)}
        for row in rows
        if not row.kind.startswith(WORKER)
    ]
    return [_worker(place, each) for place, each in workers.items()], others


def silence(row: Pulse) -> float:
    """For how long (seconds) it said nothing, where that is too long; else 0."""
    silent = (timezone.now() - row.seen_at).total_seconds()
    return round(silent, 1) if silent > pulse.FRESH_FOR else 0.0


def rows_of(place: str) -> Any:
    """The rows of the worker that is called `place` in a snapshot."""
    return Pulse.objects.filter(kind__startswith=WORKER, name__endswith=f"@{place}")


def servers() -> list[dict[str, Any]]:
    """Those that are enabled, with what went wrong lately."""
    now = timezone.now()
    return [
        {
            "name": server.name,
            "kind": server.get_kind_display(),
            "failures": server.failures,
            "error": server.last_error if server.failures else "",
            "resting": bool(server.open_until and server.open_until > now),
        }
        for server in Server.objects.filter(enabled=True)[:MOST]
    ]


def _worker(place: str, rows: Iterable[Pulse]) -> dict[str, Any]:
    mine = list(rows)
    row = max(mine, key=lambda each: each.seen_at)
    silent = silence(row)
    asked = any(each.drain_at for each in mine)
    state = "silent" if silent else row.state
    if asked and state in (Pulse.State.READY, Pulse.State.BUSY):
        state = "asked"
    listens = sorted({each.kind.removeprefix(WORKER) for each in mine})
    return {
        "name": place,
        "host": row.host,
        "pid": row.pid,
        "version": row.version,
        "since": row.started_at.isoformat(timespec="seconds") if row.started_at else "",
        "queues": listens,
        "has_device": any(map(queues.has_device, listens)),
        "state": str(state),
        "drained": asked,
        "silent": silent,
        "device": row.device,
        "device_memory": row.device_memory,
        "device_total": row.device_total,
        "memory": row.memory,
        "engine_memory": row.engine_memory,
        "rows": row.rows,
        "most": row.most_rows,
        "models": row.in_memory,
        "running": [made["generation"] for made in row.running],
    }
