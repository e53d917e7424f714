"""What is known of sharing, for those who may ask: whom a board is shared with, and what is shared with a person."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User, Workshop
from studio.models import Board, BoardGroup, BoardInvitation, BoardMember
from studio.rooms import access
from studio.rooms.access import Rights
from studio.words.errors import Refused

# How many people of one's workshop are offered by name.
OFFERED = 200
# What lists show of a board: never its document.
SHOWN = ("title", "kind", "thumbnail", "updated_at", "frozen", "closed_at", "closed_reason", "owner")


@dataclass(frozen=True, slots=True)
class Sharing:
    """Whom a board is shared with, as one of its people sees it. `offered`: people who may be added, by name."""

    board: Board
    rights: Rights
    teacher: str
    people: list[BoardMember]
    groups: list[BoardGroup]
    workshops: list[Workshop]
    offered: list[str]


def look(user: User, board_id: UUID) -> Sharing:
    """Whom a board is shared with; for everybody who may open it. Raises Refused("not_found")."""
    board, rights = access.find_with_rights(user, board_id)
    people = list(board.members.select_related("user"))
    groups = list(board.groups.select_related("workshop"))
    workshops = list(workshops_of(user)) if rights.share else []
    here = {board.owner_id, *(member.user_id for member in people)}
    offered = _classmates(user).exclude(pk__in=here) if rights.share else User.objects.none()
    names = list(offered.values_list("username", flat=True)[:OFFERED])
    teacher = User.objects.filter(workshops__people=board.owner_id).exclude(pk=board.owner_id).first()
    return Sharing(board, rights, teacher.get_username() if teacher else "", people, groups, workshops, names)


def shared_with(user: User) -> QuerySet[Board]:
    """Boards of others that are shared with `user`, with their owners, without documents; `access.best_role` says what
    for. The last changed first."""
    return access.shared_with(user).select_related("owner").only(*SHOWN, "owner__username")


def summary(user: User, board_id: UUID) -> dict[str, Any]:
    """What the page of a drawing knows of it from the start: whose it is, what one may do there, with how many people
    it is shared by name, and whether at all. Raises Refused("not_found")."""
    rights = access.rights_of(user, board_id)
    rows: QuerySet[Any] = with_numbers(Board.objects.filter(pk=board_id, kind=Board.Kind.DRAWING))
    found = rows.values("title", "owner__username", "payer", "people", "workshops", "links").first()
    if rights is None or found is None:
        raise Refused("not_found")
    names = {"title": found["title"], "owner": found["owner__username"], "payer": found["payer"]}
    shared = any(found[name] for name in ("people", "workshops", "links"))
    return names | {"rights": rights.told(), "people": found["people"], "shared": shared}


def with_numbers(boards: QuerySet[Board]) -> QuerySet[Board]:
    """Boards with the numbers of those whom they are shared with: `people`, `workshops`, `links`."""
    here = OuterRef("pk")
    lists: dict[str, QuerySet[Any]] = {
        "people": BoardMember.objects.filter(board=here),
        "workshops": BoardGroup.objects.filter(board=here),
        "links": BoardInvitation.objects.lasting().filter(board=here),
    }
    numbers = {name: _count(rows) for name, rows in lists.items()}
    return boards.annotate(**numbers)


def workshops_of(user: User) -> QuerySet[Workshop]:
    """Those that one is in or leads, as long as they are open."""
    return Workshop.objects.filter(Q(pk=user.workshop_id) | Q(teacher_id=user.pk), ends_at__gt=timezone.now())


def _classmates(user: User) -> QuerySet[User]:
    """Everybody else in one's workshops, by name, their teachers too."""
    here = workshops_of(user).values("pk")
    people = User.objects.filter(access.welcome("")).filter(Q(workshop__in=here) | Q(workshops__in=here))
    return people.exclude(pk=user.pk).order_by("username").distinct()


def _count(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.order_by().values("board").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)
