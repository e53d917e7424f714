"""How the studio does, in one snapshot: for the operations page, /metrics, alarms. No prompts, no pictures.

The snapshot is made at most once in a second for everybody who asks in any process, by a fixed number of queries
(tests/studio/operations/test_operations.py counts them): `crew` the workers, `lines` the queues and who waits in them,
`paces` how long what takes, `alarms` what somebody should look at.
"""

import time
from typing import Any

from django.core.cache import cache
from django.utils import timezone

from studio.news import audience
from studio.operations import alarms, crew, lines, paces
from studio.process import counting

KEY, LOCK = "operations:snapshot", "operations:making"
# How old (seconds) a snapshot may be, and how long one process may take for it before another tries.
FRESH, PATIENCE = 1.0, 5


def snapshot() -> dict[str, Any]:
    """The newest snapshot that is at most about FRESH seconds old, as JSON values. Raises django.db.Error."""
    known = cache.get(KEY)
    if known is not None and time.time() - known["made_at"] < FRESH:
        return dict(known)
    # One makes it; the others take the last one. Without Redis everybody does, which is slower but true.
    if known is not None and not cache.add(LOCK, 1, PATIENCE):
        return dict(known)
    try:
        made = make()
        cache.set(KEY, made, 60)
        return made
    finally:
        cache.delete(LOCK)


def make() -> dict[str, Any]:
    """A snapshot of this moment."""
    workers, others = crew.read()
    processes = counting.read()
    found: dict[str, Any] = {
        "at": timezone.now().isoformat(timespec="seconds"),
        "made_at": time.time(),
        "workers": workers,
        "others": others,
        "servers": crew.servers(),
        "paces": paces.read(),
        "webs": sorted(process.name.partition("@")[2] for process in processes if process.kind == "web"),
        "sockets": {
            "pages": _sockets(processes, "page"),
            "programs": _sockets(processes, "program"),
            "in_rooms": _sockets(processes, "room"),
            "processes": sum(process.kind == "web" for process in processes),
        },
        "rooms": audience.rooms_open(),
    } | lines.read(workers)
    found["alarms"] = alarms.of(found)
    return found


def _sockets(processes: list[counting.Process], kind: str) -> int:
    told = [pair for process in processes for pair in process.figures.get("sockets", [])]
    return round(sum(value for labels, value in told if labels.get("kind") == kind))
