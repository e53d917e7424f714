"""Who is next: reads what the fair order (fairness.py) goes by. Live frames go past it all (studio/worker/live.py)."""

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Count, F, Max, Q, QuerySet, Sum, Window
from django.db.models.functions import Now, RowNumber
from django.utils import timezone

from accounts import workshops
from accounts.limits import limits_of_all
from accounts.models import User
from studio.models import Generation, LiveDay, PausedQueue, State
from studio.queue import shares
from studio.queue.fairness import Busy, InMemory, Known, Share, Waiting, fair_order, look_ahead

# More rows than this are not ranked: behind them the exact place says nothing any more. Everybody's first ones are.
RANKED = 1000
# For how many days the daily sums of live drawing are kept: what "My use" shows.
DAYS_KEPT = 31
COLUMNS = ("id", "owner_id", "created_at", "lane", "cost", "model_name", "model__engine", "passed", "passed_at")
BEGUN_FIRST = F("started_at").asc(nulls_last=True)


def anything(queue: str) -> bool:
    """Whether something waits in `queue` for nothing but its turn: a tenth of what asking for its order costs. It may
    be that none of it can start."""
    return Generation.objects.filter(queue=queue, state=State.QUEUED, after=None).exists()


def next_up(
    queue: str, memory: InMemory | None = None, full: Collection[str] = ()
) -> tuple[Waiting, list[Waiting]] | None:
    """The row of `queue` that starts next, and those that would have come first but for their models; None for none.

    Nobody of whom as much runs as their role allows is considered, nor whose workshop is frozen or over; of a paused
    queue there is none. `memory` names the models that the worker's engines hold; those in `full` wait until their
    servers have room.
    """
    busy = running()
    allowed = limits_of_all(busy)
    sated = [owner for owner, theirs in busy.items() if theirs.count >= allowed[owner].running]
    startable = _startable(queue).exclude(owner__in=sated).exclude(queue__in=PausedQueue.objects.values("name"))
    # Of each person as many rows as a look ahead may see: who has hundreds costs no more than that.
    rows = _first(startable.exclude(model_name__in=full) if full else startable, settings.LOOK_AHEAD_ROWS)
    order = fair_order(rows, timezone.now(), _known(rows, busy))
    return look_ahead(islice(order, settings.LOOK_AHEAD_ROWS), memory or {}, timezone.now())


def may_start(waiting: Waiting) -> bool:
    """Whether its owner has less running than allowed, asked with the person's row locked until the transaction ends:
    two workers that choose at the same moment do not start one too many. SQLite lets one write at a time anyway."""
    if not connection.features.has_select_for_update:
        return True
    User.objects.select_for_update(no_key=True).filter(pk=waiting.owner_id).first()
    owner_id = waiting.owner_id
    return running(owner=owner_id).get(owner_id, Busy()).count < limits_of_all([owner_id])[owner_id].running


def note_passed(rows: Collection[Waiting]) -> None:
    """One more has gone before each of `rows`, because its model was in memory."""
    mine = Generation.objects.filter(pk__in=[row.id for row in rows])
    mine.filter(passed_at=None).update(passed_at=Now())
    mine.update(passed=F("passed") + 1)


def in_order(queue: str, most: int | None = None) -> tuple[list[Waiting], Known]:
    """The first `most` (else RANKED) waiting rows of `queue` in the order they will start, without those of people
    whose workshop is frozen or over; and what that order goes by."""
    rows = _first(_startable(queue), most or RANKED)
    known = _known(rows, running())
    return list(islice(fair_order(rows, timezone.now(), known), most or RANKED)), known


def is_paused(queue: str) -> bool:
    """Whether staff paused it: nothing more of it is begun."""
    return PausedQueue.objects.filter(name=queue).exists()


def kept_back(queue: str) -> QuerySet[Generation]:
    """The waiting rows that have no place in the line: another one has to be made for them first, or their people's
    workshop is frozen or over."""
    queued = Generation.objects.filter(queue=queue, state=State.QUEUED).order_by()
    return queued.filter(Q(after__isnull=False) | Q(owner__in=workshops.stopped_people()))


def running(**of: Any) -> dict[int, Busy]:
    """What each person has running."""
    rows = Generation.objects.filter(state=State.RUNNING, **of).order_by().values("owner_id")
    told = rows.annotate(n=Count("id"), seconds=Sum("cost")).values_list("owner_id", "n", "seconds")
    return {owner_id: Busy(count, seconds) for owner_id, count, seconds in told}


def waits_in(owner_id: int) -> set[str]:
    """The queues in which something of this person waits."""
    return set(waiting_of(owner_id))


def waiting_of(owner_id: int) -> dict[str, list[UUID]]:
    """What of this person waits, by queue."""
    found: dict[str, list[UUID]] = {}
    rows = Generation.objects.filter(owner=owner_id, state=State.QUEUED).order_by()
    for queue, pk in rows.values_list("queue", "pk"):
        found.setdefault(queue, []).append(pk)
    return found


def unheard(after: float) -> Iterable[str]:
    """The queues with a waiting row that nobody was rung for in the last `after` seconds; marks them as rung."""
    old = Generation.objects.filter(state=State.QUEUED, after=None, rung_at__lt=Now() - timedelta(seconds=after))
    queues = sorted(set(old.values_list("queue", flat=True)))
    old.update(rung_at=Now())
    return queues


def charge_live(used: Mapping[int, float]) -> None:
    """Let the device seconds of live frames, by person, count in the fair share and in the day's limit."""
    people = set(User.objects.filter(pk__in=used).values_list("pk", flat=True))
    today = timezone.localdate()
    for pk, seconds in used.items():
        if pk in people:
            shares.charge(pk, seconds)
            day, _ = LiveDay.objects.get_or_create(owner_id=pk, day=today)
            LiveDay.objects.filter(pk=day.pk).update(seconds=F("seconds") + seconds)
    LiveDay.objects.filter(day__lt=today - timedelta(days=DAYS_KEPT)).delete()


def _startable(queue: str) -> QuerySet[Generation]:
    queued = Generation.objects.filter(queue=queue, state=State.QUEUED, after=None)
    return queued.exclude(owner__in=workshops.stopped_people())


def _first(queued: QuerySet[Generation], each: int) -> list[Waiting]:
    """The first `each` rows of every person and lane, RANKED in all: everybody's first before anybody's second."""
    # Most lines are short. Who is whose first needs to be asked of a long one only, and costs as much as all the rest.
    few = list(queued.order_by().values_list(*COLUMNS, "started_at")[: each + 1])
    if len(few) <= each:
        return [Waiting(*row) for row in few]
    nth = Window(RowNumber(), partition_by=[F("owner"), F("lane")], order_by=[BEGUN_FIRST, F("created_at"), F("id")])
    rows = queued.annotate(nth=nth).filter(nth__lte=each).order_by("nth", "created_at", "id")
    return [Waiting(*row) for row in rows.values_list(*COLUMNS, "started_at")[:RANKED]]


def _known(rows: Iterable[Waiting], busy: Mapping[int, Busy]) -> Known:
    owners = {row.owner_id for row in rows}
    if not owners:
        return Known()
    limits = limits_of_all({*owners, *busy})
    theirs = {pk: shares.share_of(each) for pk, each in limits.items()}
    if len(owners) < 2:  # among one person's own rows nothing else counts: some questions less, where it is quiet
        return Known(theirs, busy)
    return Known(theirs, busy, shares.used(owners, theirs), _started(rows, owners, theirs))


def _started(rows: Iterable[Waiting], owners: set[int], theirs: Mapping[int, Share]) -> dict[Any, Any]:
    """When something of each party and lane started last: asked only where somebody has waited very long."""
    since = timezone.now() - timedelta(seconds=settings.FAIR_MAX_WAIT)
    if all(row.created_at >= since for row in rows):
        return {}
    groups = {int(share.party[1:]) for share in theirs.values() if share.party}
    lately = Generation.objects.filter(Q(finished_at__gte=since) | Q(state=State.RUNNING), started_at__gte=since)
    lately = lately.filter(Q(owner__in=owners) | Q(owner__workshop__in=groups)).order_by()
    found: dict[Any, Any] = {}
    columns = lately.values_list("owner_id", "owner__workshop_id", "lane").annotate(Max("started_at"))
    for owner_id, group, lane, at in columns:
        party = theirs[owner_id].party if owner_id in theirs else shares.workshop(group)
        key = party or shares.person(owner_id), lane
        found[key] = max(at, found.get(key, at))
    return found
