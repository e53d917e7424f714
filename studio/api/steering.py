"""The API's way to steer a board: what its owner and its teacher may do while others draw."""

from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema

from studio.api.auth import by, person
from studio.api.bodies import Body
from studio.commands import steering

router = Router(tags=["boards"], auth=by("boards"))


class SteerForm(Body):
    act: Literal["freeze", "unfreeze", "clear", "bring_back"]


class Steered(Schema):
    """`act` is done, and everybody in the room has been told."""

    act: str


@router.post("/{board_id}/steer", response=Steered)
def steer(request: HttpRequest, board_id: UUID, body: SteerForm) -> Any:
    """Freeze a board, let it be drawn on again, clear it (a version is kept), or bring back what it was cleared of."""
    steering.ACTS[body.act](person(request), board_id)
    return {"act": body.act}
