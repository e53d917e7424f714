"""What must always be true, as queries. `manage.py check_invariants` runs them; every chaos test ends with them."""

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.core.files.storage import storages
from django.db.models import Count, F, Max, Min, Q
from django.db.models.functions import Now

from gallery.models import Work, WorkFile
from studio.models import TERMINAL, Board, BoardClient, Event, EventHead, Generation, State

# How long after its lease a running row may stand before the reconciler should have acted, in seconds.
GRACE = 30.0
# The states in which something that was charged may have been given back.
GIVEN_BACK = (State.FAILED, State.EXPIRED, State.CANCELLED)


def problems() -> Iterator[str]:
    """One sentence for each thing that is not as it must be; nothing when all is well."""
    yield from _states()
    yield from _ledger()
    yield from _results()
    yield from _files()
    yield from _event_numbers()
    yield from _boards()


def _states() -> Iterator[str]:
    unfenced = Generation.objects.filter(state=State.RUNNING, token=None)
    yield from (f"generation {g.pk} runs without a token" for g in unfenced)
    overdue = Generation.objects.filter(state=State.RUNNING, lease_until__lt=Now() - timedelta(seconds=GRACE))
    yield from (f"generation {g.pk} runs long after its lease" for g in overdue)
    held = Generation.objects.exclude(state=State.RUNNING).exclude(token=None)
    yield from (f"generation {g.pk} is {g.state} but still held" for g in held)
    unended = Generation.objects.filter(state__in=TERMINAL, finished_at=None)
    yield from (f"generation {g.pk} is {g.state} without an end" for g in unended)
    lonely = Generation.objects.filter(state=State.QUEUED, after__state__in=TERMINAL)
    yield from (f"generation {g.pk} waits for one that has ended" for g in lonely)
    tried = Generation.objects.filter(attempt__gt=settings.MAX_ATTEMPTS)
    yield from (f"generation {g.pk} was tried {g.attempt} times" for g in tried)


def _ledger() -> Iterator[str]:
    """What was charged is either given back or was used: all for what failed, nothing for what is there."""
    for row in Generation.objects.filter(Q(cost__lt=0) | Q(refunded__lt=0) | Q(refunded__gt=F("cost"))):
        yield f"generation {row.pk} was charged {row.cost} and given back {row.refunded}"
    for row in Generation.objects.filter(state__in=(State.FAILED, State.EXPIRED)).exclude(refunded=F("cost")):
        yield f"generation {row.pk} is {row.state}, and not all that was charged was given back"
    for row in Generation.objects.exclude(state__in=GIVEN_BACK).exclude(refunded=0):
        yield f"generation {row.pk} is {row.state}, and {row.refunded} was given back"


def _results() -> Iterator[str]:
    """Works belong to finished generations, never to others, and never twice (a person may have deleted some)."""
    for found in Work.objects.order_by().values("generation").annotate(n=Count("pk"), top=Max("index")):
        generation = Generation.objects.filter(pk=found["generation"]).first()
        if generation is None:
            continue
        if generation.state != State.FINISHED:
            yield f"generation {generation.pk} is {generation.state} but has works"
        if found["n"] > generation.params["count"] or found["top"] >= generation.params["count"]:
            yield f"generation {generation.pk} has more works than were asked for"


def _files() -> Iterator[str]:
    storage = storages["works"]
    for digest in WorkFile.objects.order_by().values_list("sha256", flat=True).distinct():
        if not storage.exists(storage.name_of(digest)):  # type: ignore[attr-defined]
            yield f"file {digest} is named by a work but missing"


def _event_numbers() -> Iterator[str]:
    kept = Event.objects.order_by().values("owner_id").annotate(first=Min("seq"), last=Max("seq"), n=Count("pk"))
    for numbers in kept.exclude(n=F("last") - F("first") + 1):
        yield f"the events of user {numbers['owner_id']} have a gap"
    heads = dict(EventHead.objects.values_list("owner_id", "seq"))
    for numbers in kept:
        if heads.get(numbers["owner_id"]) != numbers["last"]:
            yield f"the event head of user {numbers['owner_id']} is not the last event"


def _boards() -> Iterator[str]:
    """A drawing is its state and the log after it, without a gap: nothing that was acknowledged is missing."""
    log = {"first": Min("updates__seq"), "last": Max("updates__seq"), "n": Count("updates")}
    # One question: a fold between two would look like a gap.
    rows = Board.objects.order_by().values_list("pk", "seq", "state__seq").annotate(**log)
    for board, seq, folded, first, last, n in rows:
        if folded is None and (n or seq):
            yield f"board {board} has changes but no state"
        elif folded is not None and (n != seq - folded or (n and (first != folded + 1 or last != seq))):
            yield f"the changes of board {board} have a gap"
    worlds = BoardClient.objects.filter(board__kind=Board.Kind.WORLD).values_list("board_id", flat=True).distinct()
    yield from (f"board {board} is no drawing, but pages write in it" for board in worlds)
