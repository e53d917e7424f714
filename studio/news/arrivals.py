"""When the end of a generation was first sent to a page or a program: noted there, written down a little later.

Whoever sends must not wait for the database. Every few seconds (studio/process/rounds.py) all that was noted is written
by one query. What a killed process had noted is lost; then nobody knows how long that delivery took.
"""

import threading
import time
from datetime import timedelta
from uuid import UUID

from django.db.models import Case, DateTimeField, When
from django.db.models.functions import Now

from studio.models import Generation
from studio.process import tracing
from studio.process.rounds import every_round

# So many are noted at most until they are written: more come only while the database is away.
MOST = 500

_noted: dict[str, float] = {}
_lock = threading.Lock()


def note(generation: UUID | str) -> None:
    """Its end is on its way to somebody. Never waits."""
    with _lock:
        if len(_noted) < MOST:
            _noted.setdefault(str(generation), time.monotonic())


@every_round
def write_down() -> int:
    """Write what was noted, by the database's clock; how many rows it was news for. Raises django.db.Error."""
    with _lock:
        noted = dict(_noted)
        _noted.clear()
    if not noted:
        return 0
    now = time.monotonic()
    for pk, when in noted.items():
        tracing.delivered(UUID(pk), time.time() - now + when)
    at = [When(pk=pk, then=Now() - timedelta(seconds=now - when)) for pk, when in noted.items()]
    undelivered = Generation.objects.filter(pk__in=noted, delivered_at=None)
    return undelivered.update(delivered_at=Case(*at, output_field=DateTimeField()))
