"""Folds the log of a board into its state, and refreshes the drawing that lists, versions and programs see.

Any process may do it, at any time: it happens under the lock of the board's row. docs/rooms.md says when it is done.
"""

from contextlib import suppress
from uuid import UUID

from django.db import transaction

from studio.models import Board, BoardState, BoardUpdate
from studio.rooms import document, log, storing
from studio.rooms.replica import Replica
from studio.words.errors import Refused


def fold(board_id: UUID, replica: Replica | None = None, *, version: bool = False) -> Board:
    """The board with nothing left in its log. `replica` saves reading what it has; with `version` its drawing is kept
    as a version, too, as it is then. Raises Refused("not_found")."""
    with transaction.atomic():
        board = log.lock(board_id)
        folded = BoardState.objects.values_list("seq", flat=True).get(board=board)
        if folded == board.seq:
            if version:
                storing.remember(board, always=True)
            return board
        if replica is None:
            replica = Replica(board_id)
        log.level(replica, board)
        _keep(board, board.seq, replica.state(), storing.as_text(document.drawing_of(replica.doc)))
        if version:
            storing.remember(board, always=True)
        return board


def store(board_id: UUID, seq: int, data: bytes) -> int:
    """Store `data`, the whole document as of change `seq`; what came after it stays in the log. How many bytes the
    owner's boards may still take. Raises Refused("not_found")."""
    text = storing.as_text(document.drawing_of(document.opened([data])))  # the slow part, before the lock
    with transaction.atomic():
        board = log.lock(board_id)
        if BoardState.objects.values_list("seq", flat=True).get(board=board) < seq:
            _keep(board, seq, data, text)
        return storing.spare(board.owner_id)


def _keep(board: Board, seq: int, data: bytes, text: str) -> None:
    """The board is `data` as of change `seq`, which shows `text`; what its drawing was becomes a version, when the last
    one is old enough. The row is locked."""
    BoardState.objects.filter(board=board).update(data=data, seq=seq)
    BoardUpdate.objects.filter(board=board, seq__lte=seq).delete()
    if text != board.document:
        storing.remember(board, always=False)
        board.document, board.revision = text, board.revision + 1
    board.size = len(data) + len(text.encode())
    board.save(update_fields=["document", "revision", "size"])
    with suppress(Refused):  # what was drawn is kept; new changes are refused (studio/rooms/log.py)
        storing.check_bytes(board.owner_id, 0)
