"""Who may do what on a board: one function says it, `rights_of`, and everything else asks it. Nothing is changed here.

Asked at every message of a room, so it is one query, always of the database as it is now: neither the person nor the
board that is handed in need be fresh.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from accounts.models import User, Workshop
from studio.models import Board, BoardGroup, BoardInvitation, BoardKeptOut, BoardMember, BoardRole
from studio.news import events
from studio.words.errors import Refused

# The names of the rights, as `find` takes them.
RIGHTS = ("watch", "comment", "draw", "pin", "share", "steer", "own")


@dataclass(frozen=True, slots=True)
class Rights:
    """What a person may do on a board now. `role` is one of BoardRole's; "owner" is the owner and every co-owner.

    `draw` and `pin` are off while the board is `frozen` for this person. `share`: people, links, freezing. `steer`:
    freezing, clearing, the big screen; a teacher has it on the boards of their people. `own`: the true owner.
    """

    role: str
    teacher: bool = False
    frozen: bool = False
    own: bool = False

    @property
    def watch(self) -> bool:
        return True

    @property
    def comment(self) -> bool:
        return self.role != BoardRole.WATCH

    @property
    def draw(self) -> bool:
        return self.role in (BoardRole.DRAW, BoardRole.OWNER) and not self.frozen

    @property
    def pin(self) -> bool:
        return self.draw

    @property
    def share(self) -> bool:
        return self.role == BoardRole.OWNER

    @property
    def steer(self) -> bool:
        return self.teacher or self.share

    def told(self) -> dict[str, Any]:
        """As a page is told of it."""
        told: dict[str, Any] = {name: getattr(self, name) for name in RIGHTS}
        return told | {"role": str(self.role), "teacher": self.teacher, "frozen": self.frozen}


def rights_of(user: User, board: Board | UUID) -> Rights | None:
    """What `user` may do on the board; None where it does not exist for them. One query."""
    board_id = board.pk if isinstance(board, Board) else board
    found = _asked(user, Board.objects.filter(pk=board_id)).values(*_COLUMNS).first()
    return _judge(user, found) if found else None


def rights_of_all(people: Sequence[User], board: Board | UUID) -> list[Rights | None]:
    """The same of many people at once, in their order: five small queries however many they are. For a room that asks
    again what everybody in it may do."""
    board_id = board.pk if isinstance(board, Board) else board
    about = Board.objects.filter(pk=board_id).values(*_OF_THE_BOARD).first()
    if about is None:
        return [None] * len(people)
    ids = {user.pk for user in people}
    here = User.objects.filter(welcome(""), pk__in=[*ids, about["owner_id"]])
    welcomed = dict(here.values_list("pk", "workshop_id"))
    members = dict(BoardMember.objects.filter(board=board_id, user__in=ids).values_list("user_id", "role"))
    groups = BoardGroup.objects.filter(board=board_id).values_list("workshop_id", "workshop__teacher_id", "role")
    shared = list(groups)
    out = set(BoardKeptOut.objects.filter(board=board_id, user__in=ids).values_list("user_id", flat=True))

    def judged(user: User) -> Rights | None:
        mine = [
            BoardRole(role)
            for workshop, teacher, role in shared
            if user.pk not in out and (teacher == user.pk or workshop == welcomed.get(user.pk))
        ]
        best = max(mine, key=lambda role: role.rank, default=None)
        standing = {"owner_welcome": about["owner_id"] in welcomed, "user_welcome": user.pk in welcomed}
        return _judge(user, about | standing | {"member_role": members.get(user.pk), "group_role": best})

    return [judged(user) for user in people]


def find(user: User, board_id: UUID, right: str = "watch") -> Board:
    """The board, for whoever has `right` on it (one of RIGHTS). Two queries.

    Raises Refused: not_found for those who may not even watch, board_frozen where only a freeze is in the way,
    forbidden.
    """
    return find_with_rights(user, board_id, right)[0]


def find_with_rights(user: User, board_id: UUID, right: str = "watch") -> tuple[Board, Rights]:
    """As `find`, with what else the person may do."""
    rights = rights_of(user, board_id)
    board = Board.objects.select_related("owner").filter(pk=board_id).first() if rights else None
    if rights is None or board is None:
        raise Refused("not_found")
    check(rights, right)
    return board, rights


def check(rights: Rights, right: str) -> None:
    """Raises Refused: board_frozen, forbidden."""
    assert right in RIGHTS, right
    if getattr(rights, right):
        return
    may_draw = rights.role in (BoardRole.DRAW, BoardRole.OWNER)
    raise Refused("board_frozen" if right in ("draw", "pin") and may_draw else "forbidden")


def shared_with(user: User) -> QuerySet[Board]:
    """The boards of others that were shared with `user`, by name, by link or with a workshop, and are open to them;
    `best_role` says what for."""
    theirs = _with_roles(user, Board.objects.filter(welcome("owner"), kind=Board.Kind.DRAWING, closed_at=None))
    shared = Q(member_role__isnull=False) | Q(group_role__isnull=False)
    return theirs.filter(shared).exclude(owner=user)


def best_role(board: Board) -> BoardRole:
    """The role of the person in a board of `shared_with`."""
    roles = (getattr(board, "member_role", None), getattr(board, "group_role", None))
    return max((BoardRole(role) for role in roles if role), key=lambda role: role.rank)


def is_shared(board_id: UUID) -> bool:
    """Whether anybody but the owner was let in, or could come in by a link: the teacher does not count."""
    lists: list[QuerySet[Any]] = [
        BoardMember.objects.all(),
        BoardGroup.objects.all(),
        BoardInvitation.objects.lasting(),
    ]
    here = [Q(Exists(each.filter(board=OuterRef("pk")))) for each in lists]
    return Board.objects.filter(here[0] | here[1] | here[2], pk=board_id).exists()


def welcome(person: str) -> Q:
    """Whether the account at this path is open, not closed by a workshop's end, and not suspended."""
    now, path = timezone.now(), f"{person}__" if person else ""
    still = Q((f"{path}closes_at", None)) | Q((f"{path}closes_at__gt", now))
    free = Q((f"{path}suspended_at", None)) | Q((f"{path}suspended_until__lte", now))
    return Q((f"{path}is_active", True)) & still & free


def announce(board_id: UUID, kind: str, **facts: Any) -> None:
    """Tell every page in the room, in all processes, once the transaction is committed. `kind` "access": ask for your
    rights again."""
    transaction.on_commit(partial(events.tell_room, board_id, {"kind": kind, **facts}))


_OF_THE_BOARD = (
    "owner_id",
    "kind",
    "frozen",
    "frozen_by_teacher",
    "closed_at",
    "owner__workshop__frozen",
    "owner__workshop__drawing_frozen",
    "owner__workshop__teacher_id",
)
_COLUMNS = (*_OF_THE_BOARD, "member_role", "group_role", "owner_welcome", "user_welcome")
_RANKS = Case(*(When(role=role, then=Value(role.rank)) for role in BoardRole), output_field=IntegerField())


def _asked(user: User, boards: QuerySet[Board]) -> QuerySet[Board]:
    """The boards, each with what has to be known of `user` there."""
    return _with_roles(user, boards).annotate(
        owner_welcome=Exists(User.objects.filter(welcome(""), pk=OuterRef("owner_id"))),
        user_welcome=Exists(User.objects.filter(welcome(""), pk=user.pk)),
    )


def _with_roles(user: User, boards: QuerySet[Board]) -> QuerySet[Board]:
    here = OuterRef("pk")
    group = _groups(user).filter(board=here).order_by(_RANKS.desc())
    member = BoardMember.objects.filter(board=here, user=user).order_by()
    return boards.annotate(member_role=member.values("role")[:1], group_role=group.values("role")[:1])


def _groups(user: User) -> QuerySet[BoardGroup]:
    """What is shared with a workshop of the person, as one of its people or as its teacher, on the board of the query
    around it; nothing where the person was removed from that board."""
    own = User.objects.filter(pk=user.pk).values("workshop_id")
    theirs = Workshop.objects.filter(Q(pk__in=own) | Q(teacher_id=user.pk)).values("pk")
    kept_out = BoardKeptOut.objects.filter(user=user, board=OuterRef("board_id"))
    return BoardGroup.objects.filter(~Exists(kept_out), workshop__in=theirs)


def rights_to_begin(user: User) -> Rights | None:
    """What `user` may do on a board that is not there yet, and would be theirs. One query."""
    rests = Q(workshop__frozen=True) | Q(workshop__drawing_frozen=True)
    asked = User.objects.filter(welcome(""), pk=user.pk).annotate(rests=Exists(User.objects.filter(rests, pk=user.pk)))
    found = asked.values_list("rests", flat=True).first()
    return None if found is None else Rights(BoardRole.OWNER, frozen=found, own=True)


def _judge(user: User, told: dict[str, Any]) -> Rights | None:
    drawing = told["kind"] == Board.Kind.DRAWING
    resting = told["owner__workshop__frozen"] or told["owner__workshop__drawing_frozen"]
    stopped = drawing and bool(resting or (told["frozen"] and told["frozen_by_teacher"]))
    if not told["user_welcome"]:
        return None
    if told["owner_id"] == user.pk:
        return Rights(BoardRole.OWNER, frozen=stopped, own=True)
    if not drawing or told["closed_at"] or not told["owner_welcome"]:
        return None
    teacher = told["owner__workshop__teacher_id"] == user.pk
    roles = [BoardRole(role) for role in (told["member_role"], told["group_role"]) if role]
    if teacher:
        roles.append(BoardRole.COMMENT)
    if not roles:
        return None
    best = max(roles, key=lambda role: role.rank)
    frozen = not teacher and (stopped or (told["frozen"] and best != BoardRole.OWNER))
    return Rights(best, teacher=teacher, frozen=frozen)
