"""Who may do what on a board: roles, workshops, teachers, freezes, and accounts that are kept out."""

from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts import standing, workshops
from accounts.models import Notice, User, Workshop
from studio.commands import boardlinks, shared, sharing
from studio.models import Board
from studio.rooms import access
from tests.studio.sharing.people import DRAWING, code_of, pupil, rights

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "can"),
    [
        ("watch", {"watch"}),
        ("comment", {"watch", "comment"}),
        ("draw", {"watch", "comment", "draw", "pin"}),
        ("owner", {"watch", "comment", "draw", "pin", "share", "steer"}),
    ],
)
def test_a_role_allows_what_it_says_and_no_more(alice: User, bob: User, board: Board, role: str, can: set[str]) -> None:
    assert rights(bob, board) is None
    assert code_of(access.find, bob, board.pk) == "not_found"
    sharing.add(alice, board.pk, "bob", role)
    found = rights(bob, board)
    assert found and {name for name in access.RIGHTS if found[name]} == can
    for right in access.RIGHTS:
        if right in can:
            assert access.find(bob, board.pk, right) == board
        else:
            assert code_of(access.find, bob, board.pk, right) == "forbidden"
    mine = rights(alice, board)
    assert mine and all(mine[name] for name in access.RIGHTS)


def test_asking_for_rights_is_one_query_and_finding_two(
    alice: User, bob: User, board: Board, django_assert_num_queries: Any
) -> None:
    sharing.add(alice, board.pk, "bob", "draw")
    with django_assert_num_queries(1):
        access.rights_of(bob, board.pk)
    with django_assert_num_queries(2):
        access.find(bob, board.pk, "draw")


def test_the_highest_role_counts_and_a_workshop_lets_its_people_and_its_teacher_in(
    alice: User, workshop: Workshop
) -> None:
    zoe, max_ = pupil(workshop, "zoe"), pupil(workshop, "max")
    hers = Board.objects.create(owner=zoe, document=DRAWING, size=1)
    sharing.share_with(zoe, hers.pk, workshop.pk, "watch")
    assert rights(max_, hers)["role"] == "watch"  # type: ignore[index]
    sharing.add(zoe, hers.pk, "max", "draw")
    assert rights(max_, hers)["role"] == "draw"  # type: ignore[index]
    teacher = rights(workshop.teacher, hers)  # type: ignore[arg-type]
    assert teacher and teacher["role"] == "comment" and teacher["teacher"] and teacher["steer"]
    assert rights(alice, hers) is None
    sharing.unshare_with(zoe, hers.pk, workshop.pk)
    assert rights(max_, hers)["role"] == "draw"  # type: ignore[index]
    assert {notice.user.username for notice in Notice.objects.filter(code="board_added")} == {"max", "teacher"}


def test_a_teacher_is_on_every_drawing_of_their_people_and_on_no_other(workshop: Workshop, board: Board) -> None:
    zoe = pupil(workshop, "zoe")
    hers = Board.objects.create(owner=zoe, document=DRAWING, size=1)
    world = Board.objects.create(owner=zoe, document="{}", size=2, kind="world")
    teacher = workshop.teacher
    assert teacher
    assert rights(teacher, hers) and rights(teacher, world) is None and rights(teacher, board) is None
    assert not list(shared.shared_with(teacher)), "it is no board that somebody shared with the teacher"
    zoe.workshop = None
    zoe.save()
    assert rights(teacher, hers) is None


def test_a_freeze_stops_those_below_and_a_teachers_freeze_the_owner_too(
    alice: User, bob: User, board: Board, workshop: Workshop
) -> None:
    sharing.add(alice, board.pk, "bob", "draw")
    sharing.freeze(alice, board.pk, True)
    assert code_of(access.find, bob, board.pk, "draw") == "board_frozen"
    assert access.find(bob, board.pk, "comment") and access.find(alice, board.pk, "draw")
    assert code_of(sharing.freeze, bob, board.pk, False) == "forbidden"
    sharing.freeze(alice, board.pk, False)
    assert access.find(bob, board.pk, "pin")
    zoe, teacher = pupil(workshop, "zoe"), workshop.teacher
    hers = Board.objects.create(owner=zoe, document=DRAWING, size=1)
    assert teacher
    sharing.freeze(teacher, hers.pk, True)
    assert code_of(access.find, zoe, hers.pk, "draw") == "board_frozen"
    assert code_of(sharing.freeze, zoe, hers.pk, False) == "forbidden"
    sharing.freeze(teacher, hers.pk, False)
    assert access.find(zoe, hers.pk, "draw")
    workshops.freeze(workshop, True)
    assert rights(zoe, hers)["frozen"] and not rights(teacher, hers)["frozen"]  # type: ignore[index]


def test_nobody_else_comes_in_while_the_owner_is_kept_out_and_no_one_who_is_themselves(
    alice: User, bob: User, board: Board
) -> None:
    sharing.add(alice, board.pk, "bob", "owner")
    token = boardlinks.token(boardlinks.make(alice, board.pk, "watch", "day"))
    standing.suspend(alice, None, "spam")
    assert rights(bob, board) is None and not list(shared.shared_with(bob))
    assert code_of(boardlinks.accept, bob, token) == "link_gone"
    standing.lift(alice)
    assert rights(bob, board)
    standing.suspend(bob, None, "spam")
    assert rights(bob, board) is None, "also where a page has him as he was"
    standing.lift(bob)
    alice.is_active = False
    alice.save()
    assert rights(bob, board) is None


def test_everybody_in_a_room_is_asked_about_in_five_queries_with_the_same_answers(
    bob: User, workshop: Workshop, django_assert_num_queries: Any
) -> None:
    zoe, max_, out, gone = [pupil(workshop, name) for name in ("zoe", "max", "out", "gone")]
    teacher = workshop.teacher
    assert teacher
    hers = Board.objects.create(owner=zoe, document=DRAWING, size=1)
    sharing.share_with(zoe, hers.pk, workshop.pk, "draw")
    sharing.add(zoe, hers.pk, "max", "owner")
    sharing.remove(zoe, hers.pk, out.pk)
    standing.suspend(gone, None, "spam")
    boardlinks.accept(bob, boardlinks.token(boardlinks.make(zoe, hers.pk, "comment", "day")))
    stranger = User.objects.create_user("stranger")
    people = [zoe, max_, out, gone, teacher, bob, stranger, bob]
    states: list[dict[str, Any]] = [
        {},
        {"frozen": True},
        {"frozen": True, "frozen_by_teacher": True},
        {"frozen": False, "frozen_by_teacher": False, "closed_at": timezone.now()},
    ]
    seen = set()
    for state in states:
        Board.objects.filter(pk=hers.pk).update(**state)
        with django_assert_num_queries(5):
            found = access.rights_of_all(people, hers.pk)
        assert found == [access.rights_of(user, hers) for user in people]
        seen |= {told and (told.role, told.frozen, told.teacher, told.own) for told in found}
    assert len(seen) >= 8, "many different answers were compared"
    assert access.rights_of_all(people, uuid4()) == [None] * 8
