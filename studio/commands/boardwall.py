"""What the teacher's wall of boards shows: every board of the people of a workshop, small, with who is there.

Asked every two seconds by an open page, so it is three questions to the database and one to Redis, whatever the number
of boards. Looks only; what a teacher does to boards is in steering.py and spotlights.py.
"""

from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber
from django.urls import reverse

from accounts import workshops
from accounts.models import User, Workshop
from studio.commands import spotlights
from studio.files import boardfiles
from studio.models import Board
from studio.rooms import access, crowd
from studio.words.errors import Refused

# Boards on one wall.
SHOWN = 200
_COLUMNS = (
    "id",
    "owner__username",
    "title",
    "thumbnail",
    "updated_at",
    "frozen",
    "frozen_by_teacher",
    "closed_at",
    "of_owner",
)


def look(workshop: Workshop, *, everything: bool = False) -> dict[str, Any]:
    """The wall as plain values, in the order of names; `everything`: all boards of each person, not the newest alone.

    `waiting` are the names of those who have not drawn yet. Nothing in it changes unless a board, a room or a choice
    of the teacher does, so that it can be told by its digest.
    """
    found = _boards(workshop, everything)
    crowds = crowd.look([row["id"] for row in found])
    lit = spotlights.shown(workshop)
    return {
        "boards": [_tile(row, crowds[row["id"]], lit.pk if lit else None) for row in found],
        "waiting": _waiting(workshop),
        "paused": workshop.frozen,
        "frozen": workshop.drawing_frozen,
        "spotlight": str(lit.pk) if lit else None,
    }


def _boards(workshop: Workshop, everything: bool) -> list[dict[str, Any]]:
    own = [F("owner_id")]
    place = Window(RowNumber(), partition_by=own, order_by=[F("updated_at").desc(), F("pk").desc()])
    rows = Board.objects.filter(access.welcome("owner"), owner__workshop=workshop, kind=Board.Kind.DRAWING)
    rows = rows.annotate(place=place, of_owner=Window(Count("pk"), partition_by=own))
    if not everything:
        rows = rows.filter(place=1)
    return list(rows.order_by("owner__username", "created_at", "pk").values(*_COLUMNS)[:SHOWN])


def _tile(row: dict[str, Any], here: crowd.Crowd, lit: UUID | None) -> dict[str, Any]:
    tile = {
        "id": str(row["id"]),
        "who": row["owner__username"],
        "title": row["title"],
        "changed": row["updated_at"].isoformat(),
        "more": row["of_owner"] - 1,
        "closed": row["closed_at"] is not None,
    }
    if tile["closed"]:  # by a moderator: not even its teacher sees what is on it
        return tile | {"title": "", "picture": None, "people": 0, "drawing": False, "frozen": False, "lit": False}
    small = row["thumbnail"]
    return tile | {
        "picture": reverse("studio:board_small", args=[row["id"], small]) if small else None,
        "people": here.people,
        "drawing": here.drawing,
        "frozen": row["frozen"] and row["frozen_by_teacher"],
        "lit": row["id"] == lit,
    }


def _waiting(workshop: Workshop) -> list[str]:
    drawn = Board.objects.filter(owner__workshop=workshop, kind=Board.Kind.DRAWING).values("owner")
    nobody = workshops.people(workshop).filter(~Q(pk__in=drawn), access.welcome(""))
    return list(nobody.values_list("username", flat=True)[:SHOWN])


def has(workshop: Workshop, board_id: UUID) -> bool:
    """Whether this board belongs on the wall."""
    return Board.objects.filter(pk=board_id, owner__workshop=workshop, kind=Board.Kind.DRAWING).exists()


def small(user: User, board_id: UUID) -> tuple[str, bytes]:
    """(digest, WebP) of the small picture of a board that `user` may watch. Raises Refused("not_found")."""
    digest = access.find(user, board_id).thumbnail
    if not digest:
        raise Refused("not_found")
    return digest, boardfiles.BOARDS.store.read(digest)
