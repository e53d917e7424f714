"""Generations that wait for another one's picture, which then is one of their inputs: first a picture, then its shape.

Both are rows from the start, so that whoever asked has the name of what comes in the end. Whatever the first comes to,
its sequels come to in the same transaction (studio/queue/lifecycle.py): its picture is handed on, or its end.
"""

from collections.abc import Callable, Iterable, Sequence

from django.db.models import F, QuerySet
from django.db.models.functions import Now

from gallery.models import Lineage, Work
from studio.files import blobs
from studio.job import Output
from studio.models import Generation, Input, State
from studio.news import events
from studio.protocol import Cancelled, ErrorView, Failed


def waiting(firsts: Iterable[Generation] | Iterable[object]) -> QuerySet[Generation]:
    """What waits for one of `firsts` (rows or their keys)."""
    return Generation.objects.filter(after__in=list(firsts), state=State.QUEUED)


def prepare(generation: Generation, outputs: Sequence[Output]) -> Input | None:
    """The picture that `generation` made, as an input for what waits for it; None where nothing does.

    Call it before the transaction: it decodes. Where that never ends, the input is forgotten like any other.
    """
    if not outputs or not waiting([generation]).exists():
        return None
    return blobs.put(generation.owner_id, outputs[0].data)


def end(firsts: Iterable[object], state: State, end_row: Callable[..., bool]) -> None:
    """In the transaction in which `firsts` (keys) end as `state`, without a picture: what waits for them ends, too.

    `end_row` is the guarded update of studio/queue/lifecycle.py.
    """
    for row in waiting(firsts):
        held = Generation.objects.filter(pk=row.pk, state=State.QUEUED)
        if state == State.CANCELLED:
            if end_row(held, state, refunded=F("cost")):
                events.record(row.owner_id, Cancelled(generation=row.pk))
        elif end_row(held, State.FAILED, error_code="first_failed", refunded=F("cost")):
            events.record(row.owner_id, Failed(generation=row.pk, error=ErrorView(code="first_failed")))


def release(generation: Generation, work: Work, picture: Input) -> None:
    """In the transaction in which `generation` finishes: what waits for it gets its `picture`, and `work` as its
    origin, and stands in line from now on."""
    for row in waiting([generation]):
        given = {
            "inputs": row.inputs | {row.wanted: str(picture.pk)},
            "parents": row.parents | {str(work.pk): Lineage.Kind.INPUT.value},
        }
        held = Generation.objects.filter(pk=row.pk, state=State.QUEUED, after=generation)
        held.update(after=None, wanted="", rung_at=Now(), **given)
