"""Boards of several people over the API: versions, drawings that programs save, pictures, and boards of before."""

import json
from uuid import uuid4

import pytest
from django.test import Client

from studio.models import Board, BoardMember, BoardState, BoardVersion
from tests.studio.commands.test_boards import bare, drawn, lay, line, save, webp

pytestmark = pytest.mark.django_db


def test_going_back_to_a_version_loses_neither_what_is_there_nor_who_drew_it(browser, alice, bob) -> None:
    board = uuid4()
    save(browser, board, 0, drawn(line(), line(7, 7, 1) | {"id": "s2"}))
    BoardMember.objects.create(board_id=board, user=bob, role="draw")
    other = Client()
    other.force_login(bob)
    was = Board.objects.get().document
    opened = other.get(f"/api/v1/boards/{board}").json()
    opened["document"]["layers"][0]["marks"].append(line(9, 9, 1) | {"id": "his"})
    assert save(other, board, 1, opened["document"], keep="true").json()["revision"] == 2
    marks = json.loads(Board.objects.get().document)["layers"][0]["marks"]
    assert [mark["by"] for mark in marks] == [alice.pk, alice.pk, bob.pk], "what stays, stays by whom it is"
    save(other, board, 2, drawn(line(1, 2, 1)))
    first = BoardVersion.objects.order_by("pk").first()
    restored = other.post(f"/api/v1/boards/{board}/versions/{first.pk}/restore").json()
    assert restored["revision"] == 4 and bare(Board.objects.get().document) == bare(was)
    assert {mark["by"] for mark in json.loads(Board.objects.get().document)["layers"][0]["marks"]} == {alice.pk}
    newest = BoardVersion.objects.first()
    assert bare(newest.document) == bare(drawn(line(1, 2, 1))), "what there was can be gone back to"
    BoardMember.objects.update(role="comment")
    assert other.post(f"/api/v1/boards/{board}/versions/{first.pk}/restore").status_code == 403
    assert other.get(f"/api/v1/boards/{board}/versions").status_code == 200
    BoardMember.objects.all().delete()
    for stranger, status in ((other, 404), (Client(), 401)):
        assert stranger.post(f"/api/v1/boards/{board}/versions/{first.pk}/restore").status_code == status


def test_members_see_pictures_and_only_those_who_draw_lay_some(browser, bob) -> None:
    board = uuid4()
    save(browser, board, 0, small=webp())
    lay(browser, board, "a" * 32, webp())
    BoardMember.objects.create(board_id=board, user=bob, role="watch")
    other = Client()
    other.force_login(bob)
    base = f"/api/v1/boards/{board}"
    assert {other.get(base + path).status_code for path in ("", "/thumbnail", f"/pictures/{'a' * 32}")} == {200}
    assert lay(other, board, "b" * 32, webp()).status_code == 403 == save(other, board, 1, drawn()).status_code
    assert other.delete(base).status_code == 403
    copy = other.post(f"{base}/duplicate").json()
    assert Board.objects.get(pk=copy["id"]).owner == bob
    BoardMember.objects.update(role="draw")
    assert lay(other, board, "b" * 32, webp()).status_code == 201
    assert save(other, board, 1, drawn(line(2, 2, 1))).json()["revision"] == 2


def test_a_board_of_before_becomes_a_document_once_and_shows_the_same(browser, alice) -> None:
    board = Board.objects.create(owner=alice, document=json.dumps(drawn(line(), line(3, 3, 1))), size=9, revision=7)
    assert bare(browser.get(f"/api/v1/boards/{board.pk}").json()["document"]) == bare(drawn(line(), line(3, 3, 1)))
    assert save(browser, board.pk, 7, drawn(line())).json()["revision"] == 8
    assert BoardState.objects.count() == 1
