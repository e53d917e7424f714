"""Folds the log of a board into its state, and refreshes the drawing that lists, versions and programs see.

Any process may do it, at any time: it happens under the lock of the board's row. docs/rooms.md says when it is done.
"""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from studio import drawing
from studio.models import Board, BoardState, BoardUpdate
from studio.rooms import document, log, storing
from studio.rooms.replica import Replica


def fold(board_id: UUID, replica: Replica | None = None) -> Board:
    """The board with nothing left in its log. `replica` saves reading what it has. Raises Refused("not_found")."""
    with transaction.atomic():
        board = log.lock(board_id)
        folded = BoardState.objects.values_list("seq", flat=True).get(board=board)
        if folded == board.seq:
            return board
        if replica is None:
            replica = Replica(board_id)
        log.level(replica, board)
        keep(board, replica)
        return board


def keep(board: Board, replica: Replica, *, version: bool = False) -> None:
    """Store what the replica holds as the board's state and drawing; with `version` what the drawing was becomes a
    version whatever its age. The row is locked."""
    text, data = storing.as_text(document.drawing_of(replica.doc)), replica.state()
    BoardState.objects.filter(board=board).update(data=data, seq=board.seq)
    BoardUpdate.objects.filter(board=board, seq__lte=board.seq).delete()
    if text != board.document:
        storing.remember(board, always=version)
        board.document, board.revision = text, board.revision + 1
    board.size = len(data) + len(text.encode())
    board.updated_at = board.updated_at or timezone.now()
    board.save(update_fields=["document", "revision", "size"])


def pictures(board: Board) -> set[str]:
    """The ids of the pictures that the drawing shows."""
    return drawing.pictures(drawing.check(board.document.encode()))
