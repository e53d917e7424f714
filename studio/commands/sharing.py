"""Commands about whom a board is shared with: people by name, workshops, roles, leaving, who pays, freezing.

Links are in studio/commands/boardlinks.py, what moderators may do in studio/commands/closing.py. Every act stands in
the record, and every open page of the room asks for its rights again once it is committed.
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts import notices, records
from accounts.models import User, Workshop
from studio.commands import shared
from studio.gates import rates
from studio.models import Board, BoardGroup, BoardInvitation, BoardKeptOut, BoardMember, BoardRole
from studio.rooms import access
from studio.words.errors import Refused

# What telling a whole workshop takes from the bucket of invitations.
SHARE_COSTS = 5.0


def add(user: User, board_id: UUID, name: str, role: str) -> BoardMember:
    """Let the person with this user name in; whoever is in already gets the role. They are told.

    Raises Refused: not_found, forbidden, invalid, rate_limited, person_unknown (also for people of a workshop, whom
    only their own workshop may add), board_people_full.
    """
    chosen, board = _role(role), find_to_share(user, board_id)
    rates.check("invite", user.pk)
    person = _reachable(user, name)
    if person.pk in (board.owner_id, user.pk):
        raise Refused("person_unknown")
    with transaction.atomic():
        held = lock(board)
        BoardKeptOut.objects.filter(board=held, user=person).delete()
        member = BoardMember.objects.filter(board=held, user=person).first()
        if member is not None:
            return _set_role(user, member, chosen)
        check_room(held)
        member = BoardMember.objects.create(board=held, user=person, role=chosen, added_by=user)
        _told(user, "board_add", held, {"person": person.pk, "role": role})
        tell(person.pk, "board_added", held, user, role=role)
    return member


def share_with(user: User, board_id: UUID, workshop_id: int, role: str) -> BoardGroup:
    """Let everybody of a workshop of one's own in, or give those that are in already another role. They are told.

    Raises Refused: not_found (also for a workshop of others), forbidden, invalid, rate_limited.
    """
    chosen, board = _role(role), find_to_share(user, board_id)
    rates.check("invite", user.pk, SHARE_COSTS)
    workshop = shared.workshops_of(user).filter(pk=workshop_id).first()
    if workshop is None:
        raise Refused("not_found")
    with transaction.atomic():
        lock(board)
        group, made = BoardGroup.objects.update_or_create(
            board=board,
            workshop=workshop,
            defaults={"role": chosen},
            create_defaults={"role": chosen, "added_by": user},
        )
        _told(user, "board_share_workshop", board, {"workshop": workshop.pk, "role": role})
        for person in _of_workshop(workshop).exclude(pk__in=(user.pk, board.owner_id)) if made else ():
            tell(person.pk, "board_added", board, user, role=role)
    return group


def unshare_with(user: User, board_id: UUID, workshop_id: int) -> None:
    """A workshop is let in no more; those of it who were added by name stay. Raises Refused: not_found, forbidden."""
    board = find_to_share(user, board_id)
    with transaction.atomic():
        if not BoardGroup.objects.filter(board=board, workshop_id=workshop_id).delete()[0]:
            raise Refused("not_found")
        _told(user, "board_unshare_workshop", board, {"workshop": workshop_id})


def change_role(user: User, board_id: UUID, person_id: int, role: str) -> BoardMember:
    """Give a member another role. Raises Refused: not_found, forbidden, invalid."""
    chosen, board = _role(role), find_to_share(user, board_id)
    with transaction.atomic():
        member = BoardMember.objects.select_for_update().filter(board=board, user_id=person_id).first()
        if member is None:
            raise Refused("not_found")
        return _set_role(user, member, chosen)


def remove(user: User, board_id: UUID, person_id: int) -> None:
    """Put somebody out, whichever way they came in: neither a link nor their workshop lets them in again. They are
    told. Oneself: `leave`. Raises Refused: not_found, forbidden (also for the owner, and for their teacher)."""
    if person_id == user.pk:
        leave(user, board_id)
        return
    board = find_to_share(user, board_id)
    person = User.objects.filter(pk=person_id).first()
    rights = access.rights_of(person, board) if person else None
    member = BoardMember.objects.filter(board=board, user_id=person_id)
    if person is None or (rights is None and not member.exists()):
        raise Refused("not_found")
    if person.pk == board.owner_id or (rights and rights.teacher):
        raise Refused("forbidden")
    with transaction.atomic():
        lock(board)
        member.delete()
        BoardKeptOut.objects.update_or_create(board=board, user=person, defaults={"left": False})
        _told(user, "board_remove", board, {"person": person.pk})
        tell(person.pk, "board_removed", board, user, link=False)


def leave(user: User, board_id: UUID) -> None:
    """Be in it no more. A link, or somebody who adds one by name, lets one in again; a workshop does not. Raises
    Refused: not_found, forbidden for the owner and for their teacher, who are in it by what they are."""
    board, rights = access.find_with_rights(user, board_id)
    if rights.own or rights.teacher:
        raise Refused("forbidden")
    with transaction.atomic():
        BoardMember.objects.filter(board=board, user=user).delete()
        if access.rights_of(user, board) is not None:  # by a workshop
            BoardKeptOut.objects.get_or_create(board=board, user=user, defaults={"left": True})
        _told(user, "board_leave", board, {})


def stop(user: User, board_id: UUID) -> None:
    """Nobody but the owner is in it any more, and no link leads to it. Those who were members are told. Raises Refused:
    not_found, forbidden."""
    board = access.find(user, board_id, "own")
    with transaction.atomic():
        lock(board)
        gone = list(BoardMember.objects.filter(board=board).values_list("user_id", flat=True))
        BoardMember.objects.filter(board=board).delete()
        BoardGroup.objects.filter(board=board).delete()
        BoardInvitation.objects.filter(board=board, revoked_at=None).update(revoked_at=timezone.now())
        _told(user, "board_unshare", board, {})
        for person_id in gone:
            tell(person_id, "board_removed", board, user, link=False)


def set_payer(user: User, board_id: UUID, payer: str) -> Board:
    """Who pays for what members make: the owner alone decides, it is their quota. Raises Refused: not_found, forbidden,
    invalid."""
    if payer not in Board.Payer.values:
        raise Refused("invalid")
    board = access.find(user, board_id, "own")
    return _change(user, board, "board_payer", payer=payer)


def freeze(user: User, board_id: UUID, frozen: bool) -> Board:
    """Nobody draws on it for now, or everybody again who may. What the teacher has frozen the teacher alone unfreezes.

    Raises Refused: not_found, forbidden.
    """
    board, rights = access.find_with_rights(user, board_id, "steer")
    if board.frozen and board.frozen_by_teacher and not rights.teacher:
        raise Refused("forbidden")
    act = "board_freeze" if frozen else "board_unfreeze"
    return _change(user, board, act, frozen=frozen, frozen_by_teacher=frozen and rights.teacher)


def find_to_share(user: User, board_id: UUID) -> Board:
    """A drawing whose people `user` may choose. Raises Refused: not_found, forbidden."""
    board = access.find(user, board_id, "share")
    if board.kind != Board.Kind.DRAWING:
        raise Refused("not_found")
    return board


def lock(board: Board) -> Board:
    """The board, held until the transaction ends: who comes in and who is put out are decided one after the other.
    Raises Refused("not_found") when it is gone by now."""
    held = Board.objects.select_for_update().defer("document").filter(pk=board.pk).first()
    if held is None:
        raise Refused("not_found")
    return held


def check_room(board: Board) -> None:
    """Refused("board_people_full") when there are as many members as there can be. The board's row is locked."""
    if board.members.count() >= settings.BOARD_PEOPLE:
        raise Refused("board_people_full", limit=settings.BOARD_PEOPLE)


def tell(person_id: int, code: str, board: Board, by: User, *, link: bool = True, **more: Any) -> None:
    """A notice about a board, which leads to it where the person may open it."""
    leads = f"{reverse('studio:studio')}?board={board.pk.hex}" if link else ""
    notices.tell(person_id, code, link=leads, who=by.get_username(), title=board.title, **more)


def _told(user: User, act: str, board: Board, after: dict[str, Any], before: dict[str, Any] | None = None) -> None:
    """Every act ends with this: the record, and the pages in the room."""
    records.record(user, act, board, before=before, after=after)
    access.announce(board.pk, "access")


def _set_role(user: User, member: BoardMember, role: BoardRole) -> BoardMember:
    before, member.role = member.role, role
    if before != role:
        member.save(update_fields=["role"])
        told = {"person": member.user_id, "role": str(role)}
        _told(user, "board_role", member.board, told, {"role": str(before)})
    return member


def _change(user: User, board: Board, act: str, **values: Any) -> Board:
    before = {name: getattr(board, name) for name in values}
    if before == values:
        return board
    with transaction.atomic():
        Board.objects.filter(pk=board.pk).update(**values)
        _told(user, act, board, values, before)
    for name, value in values.items():
        setattr(board, name, value)
    return board


def _role(told: str) -> BoardRole:
    try:
        return BoardRole(told)
    except ValueError:
        raise Refused("invalid") from None


def _reachable(user: User, name: str) -> User:
    """The person with that name, as far as `user` may add them: people of a workshop and those outside of it find one
    another by a link only."""
    found = User.objects.filter(access.welcome(""), username__iexact=name.strip()[:150]).first()
    if found is None or not (found.workshop_id == user.workshop_id or _know_each_other(found, user)):
        raise Refused("person_unknown")
    return found


def _know_each_other(one: User, other: User) -> bool:
    """Whether one leads the workshop of the other."""
    leads = Q(pk=one.workshop_id, teacher_id=other.pk) | Q(pk=other.workshop_id, teacher_id=one.pk)
    return Workshop.objects.filter(leads).exists()


def _of_workshop(workshop: Workshop) -> QuerySet[User]:
    return User.objects.filter(access.welcome("")).filter(Q(workshop=workshop) | Q(pk=workshop.teacher_id))
