"""The API's list of what was kept from a board's live picture."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router

from studio.api.auth import by, person
from studio.api.paging import Page, Paged, page
from studio.protocol.roomlive import PinView
from studio.rooms import access, pins

router = Router(tags=["boards"])


@router.get("/{board_id}/pins", auth=by("read", "boards"), response=Page[PinView])
def board_pins(request: HttpRequest, board_id: UUID, paged: Query[Paged]) -> Any:
    """The pictures that were kept from a board's live picture, by whomever, the newest first. Their addresses are for
    a browser that is logged in."""
    access.find(person(request), board_id)
    found, after = page(pins.shown(board_id), paged)
    return {"items": pins.views(found), "next": after}
