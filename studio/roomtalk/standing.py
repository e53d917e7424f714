"""What is known of a board for the people in its room: the board itself, and what each of them may do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts.models import User
from studio.models import Board
from studio.protocol.rooms import RoomBoard, RoomRights
from studio.rooms import access
from studio.rooms.access import Rights


@dataclass(frozen=True, slots=True)
class Standing:
    """`board` is None where there is none; `rights` are in the order of the people who were asked about."""

    board: RoomBoard | None
    rights: list[Rights | None]
    closed: bool = False


def look(board_id: UUID, people: Sequence[User]) -> Standing:
    """Ask the database as it is now."""
    board = Board.objects.select_related("owner__workshop").defer("document").filter(pk=board_id).first()
    if board is None:
        return Standing(None, [access.rights_to_begin(user) for user in people])
    return Standing(told(board), access.rights_of_all(people, board), board.closed_at is not None)


def told(board: Board) -> RoomBoard:
    """A board as its pages are told of it."""
    shared = access.is_shared(board.pk)
    return RoomBoard(
        id=board.pk,
        title=board.title,
        owner=board.owner_id,
        owner_name=board.owner.get_username(),
        payer="each" if board.payer == Board.Payer.EACH else "owner",
        frozen=board.frozen,
        shared=shared,
        followed=shared or board.owner.workshop_id is not None,
    )


def fresh(board_id: UUID, user: User) -> RoomBoard:
    """A board that is not there yet: its first change makes it, and then it is `user`'s."""
    about: dict[str, Any] = {"title": "", "payer": "owner", "frozen": False, "shared": False, "there": False}
    return RoomBoard(id=board_id, owner=user.pk, owner_name=user.get_username(), **about)


def rights_told(rights: Rights) -> RoomRights:
    return RoomRights(**rights.told())
