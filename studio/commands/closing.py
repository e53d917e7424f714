"""Commands of moderators about rooms: close one to everybody but its owner, and open it again. No look inside."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts import notices, records
from accounts.models import User
from studio.models import Board
from studio.rooms import access
from studio.words.errors import Refused

PERMISSION = "studio.close_board"
REASON_MOST = 300


def close(user: User, board_id: UUID, reason: str) -> None:
    """Everybody but the owner is out at once, members and links rest. The owner is told why. Raises Refused: forbidden,
    reason_required, not_found, not_possible (closed already)."""
    why = " ".join(reason.split())[:REASON_MOST]
    _check(user)
    if not why:
        raise Refused("reason_required")
    with transaction.atomic():
        board = _held(board_id)
        if board.closed_at:
            raise Refused("not_possible")
        board.closed_at, board.closed_reason = timezone.now(), why
        board.save(update_fields=["closed_at", "closed_reason"])
        records.record(user, "board_close", board, why=why)
        notices.tell(board.owner_id, "board_closed", title=board.title, why=why)
        access.announce(board.pk, "access")


def reopen(user: User, board_id: UUID) -> None:
    """Members and links count again; the owner is told. Raises Refused: forbidden, not_found, not_possible."""
    _check(user)
    with transaction.atomic():
        board = _held(board_id)
        if not board.closed_at:
            raise Refused("not_possible")
        why, board.closed_at, board.closed_reason = board.closed_reason, None, ""
        board.save(update_fields=["closed_at", "closed_reason"])
        records.record(user, "board_reopen", board, before={"closed_reason": why})
        notices.tell(board.owner_id, "board_reopened", title=board.title)
        access.announce(board.pk, "access")


def _check(user: User) -> None:
    if not user.has_perm(PERMISSION):
        raise Refused("forbidden")


def _held(board_id: UUID) -> Board:
    board = Board.objects.select_for_update().defer("document").filter(pk=board_id).first()
    if board is None:
        raise Refused("not_found")
    return board
