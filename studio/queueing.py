"""Who is next. Fair in its plain form: whoever has least running and used the device least lately goes first.

The weight of a person's role makes both count for less; nobody has more running than their role allows.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Count, F, Sum
from django.db.models.functions import Now
from django.utils import timezone

from accounts import workshops
from accounts.limits import limits_of_all
from accounts.models import User
from studio import events
from studio.models import Generation, LiveDay, LiveUse, State
from studio.protocol import StageEvent

# More rows than this are not ranked: behind them the exact place says nothing any more.
RANKED = 1000
# Waiting rows beyond this many are not told each change of their place.
TOLD_PLACES = 50
# For how many days the daily sums of live drawing are kept: what "My use" shows.
DAYS_KEPT = 31


@dataclass(frozen=True, slots=True)
class Share:
    """A person's part of the device: their weight (above 0), and how many generations may run at once."""

    weight: float
    most: int


EVEN = Share(1.0, RANKED)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A queued row, as far as order is concerned."""

    id: UUID
    owner_id: int
    created_at: datetime


def fair_order(
    waiting: Iterable[Waiting],
    running: Mapping[int, int],
    used: Mapping[int, float],
    now: datetime,
    shares: Mapping[int, Share] | None = None,
) -> list[Waiting]:
    """All of `waiting` in the order they will start.

    `running` counts what each owner has running, `used` their device seconds within FAIR_WINDOW. Repeatedly takes the
    owner with least running, then least used (both by the weight of their share), then longest waiting, and counts the
    taken one as running. Who would have more running than their share allows comes after all who would not. Rows older
    than FAIR_MAX_WAIT seconds come first, by age: nobody waits for ever.
    """
    theirs = shares or {}
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
        owner = min(lines, key=lambda o: _turn(lines[o][-1], busy[o], used.get(o, 0.0), theirs.get(o, EVEN)))
        ordered.append(lines[owner].pop())
        busy[owner] += 1
        if not lines[owner]:
            del lines[owner]
    return ordered


def _turn(first: Waiting, busy: int, used: float, share: Share) -> tuple[bool, float, float, datetime, int]:
    return busy >= share.most, busy / share.weight, used / share.weight, first.created_at, first.id.int


def next_up(queue: str) -> Waiting | None:
    """The row of `queue` that starts next: the first whose owner has less running than their role allows."""
    running = _running()
    allowed = limits_of_all(running)
    full = [owner for owner, busy in running.items() if busy >= allowed[owner].running]
    order = in_order(queue, leave_out=full, to_start=True)
    return order[0] if order else None


def may_start(waiting: Waiting) -> bool:
    """Whether its owner has less running than allowed, asked with the person's row locked until the transaction ends:
    two workers that choose at the same moment do not start one too many. SQLite lets one write at a time anyway."""
    if not connection.features.has_select_for_update:
        return True
    User.objects.select_for_update(no_key=True).filter(pk=waiting.owner_id).first()
    owner_id = waiting.owner_id
    return _running(owner=owner_id).get(owner_id, 0) < limits_of_all([owner_id])[owner_id].running


def in_order(queue: str, leave_out: Collection[int] = (), *, to_start: bool = False) -> list[Waiting]:
    """The waiting rows of `queue` in the order they will start (the oldest RANKED of them).

    `to_start`: without those of `leave_out`, and of people whose workshop is frozen or over.
    """
    queued = Generation.objects.filter(queue=queue, state=State.QUEUED).order_by("created_at", "id")
    if to_start:
        queued = queued.exclude(owner__in=leave_out).exclude(owner__in=workshops.stopped_people())
    waiting = [Waiting(*row) for row in queued.values_list("id", "owner_id", "created_at")[:RANKED]]
    owners = {row.owner_id for row in waiting}
    if len(owners) < 2:  # among one person's own rows age alone decides: some questions less, where it is quiet
        return fair_order(waiting, {}, {}, timezone.now())
    shares = {pk: Share(limits.weight, limits.running) for pk, limits in limits_of_all(owners).items()}
    return fair_order(waiting, _running(owner__in=owners), used_lately(owners), timezone.now(), shares)


def _running(**of: Any) -> dict[int, int]:
    """How many generations each person has running."""
    rows = Generation.objects.filter(state=State.RUNNING, **of).order_by().values("owner_id")
    return dict(rows.annotate(n=Count("id")).values_list("owner_id", "n"))


def waits_in(owner_id: int) -> set[str]:
    """The queues in which something of this person waits."""
    rows = Generation.objects.filter(owner=owner_id, state=State.QUEUED).order_by()
    return set(rows.values_list("queue", flat=True))


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
    today = timezone.localdate()
    for pk, seconds in used.items():
        if pk in people:
            day, _ = LiveDay.objects.get_or_create(owner_id=pk, day=today)
            LiveDay.objects.filter(pk=day.pk).update(seconds=F("seconds") + seconds)
    LiveDay.objects.filter(day__lt=today - timedelta(days=DAYS_KEPT)).delete()
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
