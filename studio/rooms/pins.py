"""What was kept from a room's live picture, as its people see it: in the making, there, or come to nothing.

Who may look is asked elsewhere (studio/rooms/access.py). The works belong to whoever paid for them; the people of the
board see them by addresses of the board, as long as their owner keeps them and no moderator holds them.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from gallery.models import Moderation, Work
from studio.models import BoardPin, Generation, State
from studio.news import events
from studio.protocol.roomlive import Pinned, PinnedWork, PinView

ENDS = {"finished", "failed", "cancelled", "expired"}
UNDER_WAY = (State.QUEUED, State.RUNNING)


def works_of(board_id: UUID) -> QuerySet[Work]:
    """The works that were kept from this board and may be shown to its people."""
    kept = BoardPin.objects.filter(board_id=board_id).values("generation")
    return Work.objects.filter(generation__in=kept, deleted_at=None, moderation=Moderation.CLEAR)


def views(pins: Sequence[BoardPin]) -> list[PinView]:
    """Each of them, with what there is to see."""
    ids = [pin.generation for pin in pins]
    states = dict(Generation.objects.filter(pk__in=ids).values_list("pk", "state"))
    works: dict[UUID, list[Work]] = defaultdict(list)
    there = Work.objects.filter(generation__in=ids, deleted_at=None, moderation=Moderation.CLEAR)
    for work in there.order_by("index"):
        works[work.generation].append(work)
    return [_view(pin, states.get(pin.generation), works[pin.generation]) for pin in pins]


def shown(board_id: UUID) -> QuerySet[BoardPin]:
    """The pins of a board, the newest first, of which there is something to see or will be."""
    of_board = BoardPin.objects.filter(board_id=board_id).select_related("by")
    works = works_of(board_id).values("generation")
    making = Generation.objects.filter(board=board_id, state__in=UNDER_WAY).values("pk")
    return of_board.filter(generation__in=works) | of_board.filter(generation__in=making)


def tell(pin: BoardPin) -> PinView:
    """Let everybody in the room see how it stands with this pin."""
    view = views([pin])[0]
    message = Pinned(command=pin.command, pin=view).model_dump(mode="json")
    events.tell_room(pin.board_id, {"kind": "tell", "message": message})
    return view


def on_recorded(sender: object, payload: dict[str, Any], **rest: Any) -> None:
    """An event was recorded: if a pin has ended, its room hears of it."""
    if payload["type"] in ENDS:
        transaction.on_commit(partial(_ended, UUID(str(payload["generation"]))), robust=True)


def _ended(generation: UUID) -> None:
    # Looked for after the commit: whoever writes the pin's row looks in turn whether its generation has ended.
    pin = BoardPin.objects.filter(generation=generation).select_related("by").first()
    if pin is not None:
        tell(pin)


def _view(pin: BoardPin, state: str | None, works: list[Work]) -> PinView:
    made = [_work(pin.board_id, work) for work in works]
    return PinView(
        id=pin.generation,
        by=pin.by_id,
        name=pin.by.get_username() if pin.by else "",
        state="making" if state in UNDER_WAY else "kept" if made else "failed",
        at=pin.created_at.isoformat(),
        works=made,
    )


def _work(board_id: UUID, work: Work) -> PinnedWork:
    place = {"board": board_id, "work": work.pk}
    return PinnedWork(
        id=work.pk,
        width=work.width,
        height=work.height,
        image=reverse("studio:pin_file", kwargs={**place, "role": "image"}),
        thumbnail=reverse("studio:pin_file", kwargs={**place, "role": "thumb-320"}),
        veiled=work.veiled,
    )
