"""Who is next. Fair in its plain form: whoever has least running and used the device least lately goes first."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Sum
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from studio import events
from studio.models import Generation, LiveUse, State
from studio.protocol import StageEvent

# More rows than this are not ranked: behind them the exact place says nothing any more.
RANKED = 1000
# Waiting rows beyond this many are not told each change of their place.
TOLD_PLACES = 50


@dataclass(frozen=True, slots=True)
class Waiting:
    """A queued row, as far as order is concerned."""

    id: UUID
    owner_id: int
    created_at: datetime


def fair_order(
    waiting: Iterable[Waiting], running: Mapping[int, int], used: Mapping[int, float], now: datetime
) -> list[Waiting]:
    """All of `waiting` in the order they will start.

    `running` counts what each owner has running, `used` their device seconds within FAIR_WINDOW. Repeatedly takes the
    owner with least running, then least used, then longest waiting, and counts the taken one as running. Rows older
    than FAIR_MAX_WAIT seconds come first, by age: nobody waits for ever.
    """
    rows = sorted(waiting, key=lambda row: (row.created_at, row.id.int))
    overdue_before = now - timedelta(seconds=settings.FAIR_MAX_WAIT)
    ordered = [row for row in rows if row.created_at < overdue_before]
    busy = Counter(running)
    busy.update(row.owner_id for row in ordered)
    lines: dict[int, list[Waiting]] = {}
    for row in reversed(rows):
        if row.created_at >= overdue_before:
            lines.setdefault(row.owner_id, []).append(row)
    while lines:
        owner = min(lines, key=lambda o: (busy[o], used.get(o, 0.0), lines[o][-1].created_at, lines[o][-1].id.int))
        ordered.append(lines[owner].pop())
        busy[owner] += 1
        if not lines[owner]:
            del lines[owner]
    return ordered


def in_order(queue: str) -> list[Waiting]:
    """The waiting rows of `queue` in the order they will start (the oldest RANKED of them)."""
    queued = Generation.objects.filter(queue=queue, state=State.QUEUED).order_by("created_at", "id")
    waiting = [Waiting(*row) for row in queued.values_list("id", "owner_id", "created_at")[:RANKED]]
    owners = {row.owner_id for row in waiting}
    if len(owners) < 2:  # among one person's own rows age alone decides: three questions less, where it is quiet
        return fair_order(waiting, {}, {}, timezone.now())
    theirs = Generation.objects.filter(owner__in=owners).order_by().values("owner_id")
    running = theirs.filter(state=State.RUNNING).annotate(n=Count("id")).values_list("owner_id", "n")
    return fair_order(waiting, dict(running), used_lately(owners), timezone.now())


def used_lately(owners: Iterable[int]) -> dict[int, float]:
    """The device seconds of each of `owners` within FAIR_WINDOW, generations and live frames together."""
    since = Now() - timedelta(seconds=settings.FAIR_WINDOW)
    ended = Generation.objects.filter(owner__in=owners, finished_at__gt=since).order_by().values_list("owner_id")
    live = LiveUse.objects.filter(owner__in=owners, at__gt=since).values_list("owner_id")
    used = dict(ended.annotate(Sum("device_seconds")))
    for owner_id, seconds in live.annotate(Sum("seconds")):
        used[owner_id] = used.get(owner_id, 0.0) + seconds
    return used


def charge_live(used: Mapping[int, float]) -> None:
    """Let the device seconds of live frames, by person, count in the fair share. Forgets what no longer counts."""
    people = set(User.objects.filter(pk__in=used).values_list("pk", flat=True))
    LiveUse.objects.bulk_create([LiveUse(owner_id=pk, seconds=seconds) for pk, seconds in used.items() if pk in people])
    LiveUse.objects.filter(at__lt=Now() - timedelta(seconds=settings.FAIR_WINDOW)).delete()


def positions(queue: str) -> dict[UUID, int]:
    """The place in `queue` of every ranked row, 1 being next."""
    return {row.id: place for place, row in enumerate(in_order(queue), start=1)}


def tell_places(queue: str) -> int:
    """Tell those who wait in `queue` their place, changed by a claim, a submit or a cancel; how many wait."""
    order = in_order(queue)
    for place, waiting in enumerate(order[:TOLD_PLACES], start=1):
        told = StageEvent(generation=waiting.id, stage="waiting", position=place)
        events.publish(waiting.owner_id, told.model_dump(mode="json"))
    return len(order)
