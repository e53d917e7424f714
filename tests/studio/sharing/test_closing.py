"""Moderators close shared boards and open them again, without a look inside."""

from uuid import uuid4

import pytest

from accounts.models import Notice, StaffAction, User
from studio.commands import closing, sharing
from studio.models import Board
from tests.conftest import make_moderator
from tests.studio.sharing.people import DRAWING, browser, code_of, rights

pytestmark = pytest.mark.django_db


def test_a_moderator_closes_a_board_to_all_but_its_owner_and_opens_it_again(
    alice: User, bob: User, mod: User, board: Board
) -> None:
    sharing.add(alice, board.pk, "bob", "owner")
    moderator = make_moderator(mod)
    assert code_of(closing.close, bob, board.pk, "x") == "forbidden"
    assert code_of(closing.close, moderator, board.pk, "  ") == "reason_required"
    assert code_of(closing.close, moderator, uuid4(), "x") == "not_found"
    closing.close(moderator, board.pk, "insults")
    assert code_of(closing.close, moderator, board.pk, "again") == "not_possible"
    assert rights(bob, board) is None and rights(alice, board) and rights(moderator, board) is None
    assert Notice.objects.get(user=alice).code == "board_closed"
    assert browser(alice).get(f"/api/v1/boards/{board.pk}/people").json()["closed"] == "insults"
    closing.reopen(moderator, board.pk)
    assert rights(bob, board)
    acts = StaffAction.objects.filter(actor="mod").order_by("number").values_list("action", "why")
    assert list(acts) == [("board_close", "insults"), ("board_reopen", "")]


def test_the_admin_lists_shared_boards_without_their_titles_and_closes_them(
    alice: User, bob: User, mod: User, board: Board
) -> None:
    alone = Board.objects.create(owner=alice, document=DRAWING, size=1)
    sharing.add(alice, board.pk, "bob", "draw")
    client = browser(make_moderator(mod))
    page = client.get("/admin/studio/board/").content.decode()
    assert str(board.pk)[:8] in page and str(alone.pk)[:8] not in page and "Harbour" not in page
    inside = client.get(f"/admin/studio/board/{board.pk}/change/").content.decode()
    assert "Harbour" not in inside and "layers" not in inside
    form = {"action": "close", "_selected_action": [str(board.pk)], "why": ""}
    client.post("/admin/studio/board/", form)
    assert Board.objects.get(pk=board.pk).closed_at is None
    client.post("/admin/studio/board/", form | {"why": "insults"})
    assert Board.objects.get(pk=board.pk).closed_reason == "insults"
    client.post("/admin/studio/board/", form | {"action": "reopen"})
    assert Board.objects.get(pk=board.pk).closed_at is None
    assert browser(bob).get("/admin/studio/board/").status_code == 302
