"""Earlier versions in the page: their small pictures, for whoever may watch the board."""

from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from studio.models import Board, BoardMember, BoardVersion
from tests.studio.commands.test_boards import drawn, line, save, webp
from tests.studio.commenting import as_

pytestmark = pytest.mark.django_db


def test_whoever_may_watch_sees_a_versions_small_picture(alice: User, bob: User) -> None:
    browser, board = as_(alice), uuid4()
    save(browser, board, 0, small=webp())
    row = Board.objects.get(pk=board)
    row.versions.create(document=row.document, revision=1, size=row.size, thumbnail=row.thumbnail)
    bare = row.versions.create(document=row.document, revision=1, size=row.size)
    here = f"/api/v1/boards/{board}/versions"
    told = {each["id"]: each["thumbnail"] for each in browser.get(here).json()["items"]}
    assert told.pop(bare.pk) is None
    (address,) = told.values()
    assert browser.get(address)["Content-Type"] == "image/webp"
    assert browser.get(f"{here}/{bare.pk}/thumbnail").status_code == 404
    assert as_(bob).get(address).status_code == 404
    assert Client().get(address).status_code == 401
    BoardMember.objects.create(board=row, user=bob, role="watch")
    assert as_(bob).get(address).status_code == 200
    other = uuid4()
    save(browser, other, 0, drawn(line()))
    foreign = BoardVersion.objects.get(pk=address.rsplit("/", 2)[-2])
    assert browser.get(f"/api/v1/boards/{other}/versions/{foreign.pk}/thumbnail").status_code == 404
