"""What a teacher does while boards are drawn on: boards of a whole workshop rest, one is frozen or cleared.

Two buttons for all, because they mean two things. "Pause everything": nobody makes pictures or draws, eyes to the
front. "Freeze drawing": the boards rest as they are, to be looked at together, and what was asked for is still made.
Both are columns of the workshop, never copied to its boards: a board that is begun meanwhile rests as well.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from pycrdt import Doc, Map

from accounts import records, workshops
from accounts.models import User, Workshop
from studio.commands import sharing
from studio.rooms import access, folding, log, storing
from studio.rooms.document import Shown
from studio.words.errors import Refused

# How the names of clearings in a document begin; what follows is the time, so that the last is the newest.
CLEARED = "clear-"


def clear(user: User, board_id: UUID) -> None:
    """Take everything off the board, for everybody at once; what it was is kept as a version. Nothing happens to one
    that is empty. Raises Refused: not_found, forbidden, boards_too_large."""
    access.find(user, board_id, "steer")
    with transaction.atomic():
        board = folding.fold(board_id)
        before = board.revision
        storing.remember(board, always=True)
        if not log.act(board_id, _wipe, user):
            transaction.set_rollback(True)  # it was empty: no version of that
            return
        records.record(user, "board_clear", board, after={"revision": before})


def bring_back(user: User, board_id: UUID) -> None:
    """Take back the last clearing; what was drawn since stays. Raises Refused: not_found, forbidden, not_possible where
    nothing was cleared."""
    board = access.find(user, board_id, "steer")
    with transaction.atomic():
        if not log.act(board_id, _unwipe, user):
            raise Refused("not_possible")
        records.record(user, "board_bring_back", board)


# What is done to all boards of a workshop, by the names of the teacher's buttons. "pause" and "go_on" are about making
# pictures as well.
FOR_ALL: dict[str, Callable[[User, Workshop], None]] = {
    "pause": lambda teacher, workshop: workshops.freeze(workshop, True, teacher),
    "go_on": lambda teacher, workshop: workshops.freeze(workshop, False, teacher),
    "freeze": lambda teacher, workshop: workshops.freeze_drawing(workshop, True, teacher),
    "unfreeze": lambda teacher, workshop: workshops.freeze_drawing(workshop, False, teacher),
}
# What is done to one board; each raises Refused as `clear` and `sharing.freeze` do.
ACTS: dict[str, Callable[[User, UUID], object]] = {
    "freeze": partial(sharing.freeze, frozen=True),
    "unfreeze": partial(sharing.freeze, frozen=False),
    "clear": clear,
    "bring_back": bring_back,
}


def _wipe(doc: "Doc[Any]") -> None:
    shown = Shown(doc)
    marks = [mark["id"] for key in shown.living for mark in shown.own(key)]
    if marks:
        doc.get("gone", type=Map)[f"{CLEARED}{time.time_ns() // 1_000_000:x}"] = marks


def _unwipe(doc: "Doc[Any]") -> None:
    gone = doc.get("gone", type=Map)
    cleared = sorted(name for name in dict(gone.items()) if name.startswith(CLEARED) and gone[name])
    if cleared:
        gone[cleared[-1]] = []
