"""The line as those in it are told: the place, when it will probably start, and why it does not start yet."""

import threading
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from accounts.limits import limits_of_all
from studio.models import Generation, State
from studio.news import events, pulse
from studio.protocol import StageEvent, WaitView
from studio.queue import estimates, queueing
from studio.queue.describe import NOWHERE, Place
from studio.queue.estimates import Span
from studio.queue.fairness import Busy, Known, Waiting

# Waiting rows beyond this many are not told each change of their place, and their times are not asked for one by one.
TOLD = 50
# How old the places of a long line may be (seconds).
LATELY = 1.0

_lately: dict[str, tuple[float, dict[UUID, Place]]] = {}
_lock = threading.Lock()


def places(queue: str) -> dict[UUID, Place]:
    """The place in `queue` of every ranked row."""
    order, known = queueing.in_order(queue)
    return _ranked(queue, order, known) | _kept_back(queue)


def place_of(generation: Generation) -> Place:
    """Its own place in its queue: what the others' needs is asked, and no more."""
    order, known = queueing.in_order(generation.queue)
    found = _ranked(generation.queue, order, known)
    return found.get(generation.pk) or _kept_back(generation.queue).get(generation.pk, NOWHERE)


def _kept_back(queue: str) -> dict[UUID, Place]:
    rows = list(queueing.kept_back(queue).values_list("pk", "owner_id"))
    limits = limits_of_all(owner for _pk, owner in rows)
    return {pk: Place(None, None, WaitView(code=limits[owner].stopped or "picture_first")) for pk, owner in rows}


def places_lately(queue: str, wanted: Iterable[UUID]) -> dict[UUID, Place]:
    """As `places`, of a moment ago where the line is long: to rank it for each of a thousand pages that come back at
    once took longer than all the rest. Each change is told to the first of the line anyway. All `wanted` are in it, if
    they wait."""
    with _lock:
        made, found = _lately.get(queue, (-LATELY, {}))
        if time.monotonic() - made > LATELY or not set(wanted) <= found.keys():
            found = places(queue)
            if len(found) > TOLD:
                _lately[queue] = (time.monotonic(), found)
            else:
                _lately.pop(queue, None)
        return found


def joined(queue: str, newcomers: Collection[UUID]) -> None:
    """`newcomers` have come into `queue` and know their own places: the others are told theirs, if there are any."""
    if Generation.objects.filter(queue=queue, state=State.QUEUED).exclude(pk__in=newcomers).exists():
        tell(queue)


def tell(queue: str) -> int:
    """Tell the first TOLD in `queue` their place, changed by a claim, a submit or a cancel; how many were told."""
    if not queueing.anything(queue):
        return 0
    order, known = queueing.in_order(queue, TOLD)
    found = _ranked(queue, order, known)
    for waiting in order:
        place = found[waiting.id]
        told = StageEvent(
            generation=waiting.id,
            stage="waiting",
            position=place.position,
            starts_in=place.starts_in,
            wait=place.wait,
        )
        events.publish(waiting.owner_id, told.model_dump(mode="json"))
    return len(order)


def _ranked(queue: str, order: Sequence[Waiting], known: Known) -> dict[UUID, Place]:
    if not order:
        return {}
    halted = ""
    if queueing.is_paused(queue):
        halted = "paused"
    elif not pulse.alive(f"worker:{queue}"):
        halted = "no_worker"
    starts = _starts(queue, order)
    found = {}
    for at, (waiting, start, wait) in enumerate(zip(order, starts, _reasons(order, known), strict=True), start=1):
        why = WaitView(code=halted) if halted else wait
        found[waiting.id] = Place(at, None if halted else start, why)
    return found


def _reasons(order: Iterable[Waiting], known: Known) -> Iterator[WaitView]:
    """Why each of them does not start at once. True for the order as it is: who is said to come first does."""
    before: dict[int, int] = {}
    quick = 0  # interactive ones so far
    for at, row in enumerate(order):
        own = before.get(row.owner_id, 0)
        others = len(before) - (1 if own else 0)
        busy = known.running.get(row.owner_id, Busy()).count
        most = known.share(row.owner_id).most
        if busy >= most:
            yield WaitView(code="running_limit", params={"limit": busy})
        elif row.passed and not own and at < row.passed + 1:
            yield WaitView(code="other_model")
        elif others and row.lane == "bulk" and quick:
            yield WaitView(code="bulk")
        elif others:
            yield WaitView(code="others_and_own" if own else "others", params={"people": others})
        else:
            yield WaitView(code="own" if own else "next")
        before[row.owner_id] = own + 1
        quick += row.lane == "interactive"


def _starts(queue: str, order: Sequence[Waiting]) -> Iterator[Span | None]:
    """When each will probably start: what runs and comes first takes its time, as many at once as run at once now."""
    first = [waiting.id for waiting in order[:TOLD]]
    rows = list(Generation.objects.filter(Q(pk__in=first) | Q(queue=queue, state=State.RUNNING)).order_by())
    now = [row for row in rows if row.state == State.RUNNING]
    spans = estimates.expected_all(rows)
    known = [span for span in spans.values() if span]
    if not known:
        yield from [None] * len(order)
        return
    usual = sum(low for low, _ in known) / len(known), sum(high for _, high in known) / len(known)
    together = max(1, len(now))
    at_most = _rest(now, spans) or (0.0, 0.0)
    low, high = at_most[0] / together, at_most[1]
    for waiting in order:
        yield round(low, 1), round(high, 1)
        span = spans.get(waiting.id) or usual
        low, high = low + span[0] / together, high + span[1] / together


def _rest(now: Iterable[Generation], spans: dict[UUID, Span | None]) -> Span | None:
    """What is left of the first of those that run to end: how long at least and at most."""
    left = []
    for row in now:
        span = spans.get(row.pk)
        if span and row.started_at:
            gone = (timezone.now() - row.started_at).total_seconds()
            left.append((max(0.0, span[0] - gone), max(0.0, span[1] - gone)))
    return (min(low for low, _ in left), min(high for _, high in left)) if left else None
