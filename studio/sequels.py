"""Generations that wait for another one's picture, which then is one of their inputs: first a picture, then its shape.

Both are rows from the start, so that whoever asked has the name of what comes in the end. Whatever the first comes to,
its sequels come to in the same transaction: its picture is handed on here, its failure in studio/lifecycle.py.
"""

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet
from django.db.models.functions import Now

from gallery.models import Lineage, Work
from studio import blobs
from studio.job import Output
from studio.models import Generation, Input, State


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
