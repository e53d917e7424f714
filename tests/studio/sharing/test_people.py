"""Letting people in on a board by name, changing what they may, and putting them out."""

from typing import Any
from uuid import uuid4

import pytest

from accounts.models import Notice, StaffAction, User, Workshop
from studio.commands import boardlinks, shared, sharing
from studio.models import Board, BoardInvitation
from tests.studio.sharing.people import DRAWING, browser, code_of, pupil, rights

pytestmark = pytest.mark.django_db


def test_adding_changing_and_removing_is_recorded_told_and_heard_by_the_room(
    alice: User, bob: User, board: Board, told: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        sharing.add(alice, board.pk, " BOB ", "watch")
        sharing.change_role(alice, board.pk, bob.pk, "draw")
        sharing.change_role(alice, board.pk, bob.pk, "draw")  # no change, no news
        sharing.remove(alice, board.pk, bob.pk)
    assert told == [(board.pk, "access")] * 3
    assert list(StaffAction.objects.order_by("number").values_list("action", flat=True)) == [
        "board_add", "board_role", "board_remove"
    ]  # fmt: skip
    assert [notice.code for notice in Notice.objects.filter(user=bob).order_by("id")] == [
        "board_added",
        "board_removed",
    ]
    assert rights(bob, board) is None


def test_whoever_was_removed_comes_in_by_no_link_and_no_workshop_until_added_by_name(
    alice: User, bob: User, board: Board, workshop: Workshop
) -> None:
    token = boardlinks.token(boardlinks.make(alice, board.pk, "draw", "always"))
    boardlinks.accept(bob, token)
    sharing.remove(alice, board.pk, bob.pk)
    assert code_of(boardlinks.accept, bob, token) == "link_gone"
    sharing.add(alice, board.pk, "bob", "watch")
    boardlinks.accept(bob, token)
    assert rights(bob, board)["role"] == "draw"  # type: ignore[index]
    zoe, max_ = pupil(workshop, "zoe"), pupil(workshop, "max")
    hers = Board.objects.create(owner=zoe, document=DRAWING, size=1)
    sharing.share_with(zoe, hers.pk, workshop.pk, "draw")
    sharing.remove(zoe, hers.pk, max_.pk)
    assert rights(max_, hers) is None and not list(shared.shared_with(max_))
    assert code_of(sharing.remove, zoe, hers.pk, workshop.teacher_id) == "forbidden"


def test_leaving_is_ones_own_and_a_link_lets_one_in_again(alice: User, bob: User, board: Board) -> None:
    token = boardlinks.token(boardlinks.make(alice, board.pk, "comment", "week"))
    boardlinks.accept(bob, token)
    assert browser(bob).post(f"/boards/{board.pk}/leave/").status_code == 302
    assert rights(bob, board) is None
    boardlinks.accept(bob, token)
    assert rights(bob, board)
    assert code_of(sharing.leave, alice, board.pk) == "forbidden"
    assert BoardInvitation.objects.get().used == 2


def test_members_without_the_right_and_strangers_change_nothing(alice: User, bob: User, board: Board) -> None:
    carl = User.objects.create_user("carl")
    acts = [
        (sharing.add, "carl", "watch"), (sharing.change_role, carl.pk, "watch"), (sharing.remove, carl.pk),
        (sharing.stop,), (sharing.set_payer, "each"), (sharing.freeze, True), (boardlinks.living,),
        (boardlinks.make, "watch", "day"), (boardlinks.revoke, uuid4()), (boardlinks.standing,),
    ]  # fmt: skip
    for act, *args in acts:
        assert code_of(act, bob, board.pk, *args) == "not_found"
    sharing.add(alice, board.pk, "bob", "draw")
    for act, *args in acts:
        assert code_of(act, bob, board.pk, *args) == "forbidden"
    sharing.change_role(alice, board.pk, bob.pk, "owner")
    sharing.add(bob, board.pk, "carl", "watch")
    assert code_of(sharing.set_payer, bob, board.pk, "each") == "forbidden", "it is alice's quota"
    assert code_of(sharing.remove, bob, board.pk, alice.pk) == "forbidden"
    assert code_of(sharing.stop, bob, board.pk) == "forbidden"


def test_names_that_cannot_be_added_all_get_the_same_answer(
    alice: User, bob: User, board: Board, workshop: Workshop
) -> None:
    pupil(workshop, "zoe")
    User.objects.create_user("gone", is_active=False)
    for name in ("nosuch", "gone", "zoe", "alice", "", "x" * 300):
        assert code_of(sharing.add, alice, board.pk, name, "watch") == "person_unknown"
    assert code_of(sharing.add, alice, board.pk, "bob", "king") == "invalid"
    world = Board.objects.create(owner=alice, document="{}", size=2, kind="world")
    assert code_of(sharing.add, alice, world.pk, "bob", "watch") == "not_found"


def test_there_is_an_end_to_people_and_to_links(alice: User, bob: User, board: Board, settings: Any) -> None:
    settings.BOARD_PEOPLE, settings.BOARD_LINKS = 1, 1
    token = boardlinks.token(boardlinks.make(alice, board.pk, "draw", "day"))
    assert code_of(boardlinks.make, alice, board.pk, "draw", "day") == "board_links_full"
    sharing.add(alice, board.pk, "bob", "watch")
    carl = User.objects.create_user("carl")
    assert code_of(sharing.add, alice, board.pk, "carl", "watch") == "board_people_full"
    page = browser(carl).post(f"/join/{token}/")
    assert page.status_code == 409 and "full" in page.content.decode()
    boardlinks.accept(bob, token)
    assert rights(bob, board)["role"] == "draw", "who is in already needs no new place"  # type: ignore[index]
