"""Shared boards on our pages and over the API."""

from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext

from accounts import standing, workshops
from accounts.models import User, Workshop
from studio.commands import shared, sharing
from studio.models import Board, BoardInvitation, BoardKeptOut, BoardMember
from tests.studio.commands.test_boards import webp
from tests.studio.sharing.people import DRAWING, browser, pupil, send

pytestmark = pytest.mark.django_db


def test_members_open_the_studio_page_and_see_the_pictures_of_the_board(alice: User, bob: User, board: Board) -> None:
    from studio.files import boardfiles

    Board.objects.update(thumbnail=boardfiles.BOARDS.store.keep(webp()))
    client, key = browser(bob), "a" * 32
    assert client.get(f"/studio/?board={board.pk}").status_code == 404
    assert client.get(f"/api/v1/boards/{board.pk}/thumbnail").status_code == 404
    sharing.add(alice, board.pk, "bob", "watch")
    page = client.get(f"/studio/?board={board.pk}")
    told = page.context["config"]["sharing"]
    assert page.status_code == 200 and page.context["config"]["board"] == board.pk.hex
    assert (told["owner"], told["title"], told["people"], told["rights"]["draw"]) == ("alice", "Harbour", 1, False)
    assert client.get(f"/api/v1/boards/{board.pk}/thumbnail").status_code == 200
    from django.core.files.uploadedfile import SimpleUploadedFile

    def lay() -> int:
        file = SimpleUploadedFile("p.webp", webp())
        return client.post(f"/api/v1/boards/{board.pk}/pictures/{key}", {"file": file}).status_code

    assert lay() == 403
    sharing.change_role(alice, board.pk, bob.pk, "draw")
    assert lay() == 201 and client.get(f"/api/v1/boards/{board.pk}/pictures/{key}").status_code == 200
    sharing.remove(alice, board.pk, bob.pk)
    assert client.get(f"/api/v1/boards/{board.pk}/pictures/{key}").status_code == 404
    assert client.get("/studio/").context["config"]["board"] is None, "the last board of one's own, not of others"


def test_lists_of_boards_ask_no_more_for_many_than_for_one(alice: User, bob: User, board: Board) -> None:
    from django.db import connection

    def queries() -> list[int]:
        counted = []
        for person, address in ((bob, "/boards/"), (bob, "/api/v1/boards/shared"), (alice, "/boards/")):
            with CaptureQueriesContext(connection) as asked:
                page = browser(person).get(address)
            assert page.status_code == 200
            counted.append(len(asked))
        return counted

    sharing.add(alice, board.pk, "bob", "draw")
    one = queries()
    for n in range(5):
        more = Board.objects.create(owner=alice, document=DRAWING, size=1, title=f"n{n}")
        sharing.add(alice, more.pk, "bob", "watch")
    assert queries() == one
    page = browser(bob).get("/boards/").content.decode()
    assert page.count("Leave this board of alice") == 6 and 'href="?kind=shared"' in page
    assert "with 1 person" in browser(alice).get("/boards/").content.decode()
    found = browser(bob).get("/api/v1/boards/shared").json()["items"]
    assert {item["role"] for item in found} == {"draw", "watch"} and found[0]["owner"] == "alice"


def test_the_api_does_all_of_it(alice: User, bob: User, board: Board, workshop: Workshop) -> None:
    client, place = browser(alice), f"/{board.pk}"
    assert send(client, "POST", f"{place}/people", name="bob", role="watch").status_code == 201
    assert send(client, "POST", f"{place}/people", name="nosuch", role="watch").json()["code"] == "person_unknown"
    assert send(client, "POST", f"{place}/people", name="bob", role="king").status_code == 422
    assert send(client, "PATCH", f"{place}/people/{bob.pk}", role="draw").json()["role"] == "draw"
    assert send(client, "PUT", f"{place}/workshops/{workshop.pk}", role="draw").status_code == 404
    link = send(client, "POST", f"{place}/links", role="watch", lasting="day").json()
    assert send(client, "POST", f"{place}/links", role="watch", lasting="ever").status_code == 422
    assert link["address"].endswith("/") and "/join/" in link["address"]
    qr = client.get(link["qr"])
    assert qr["Content-Type"] == "image/svg+xml" and qr.content.startswith(b"<?xml")
    assert [each["id"] for each in client.get(f"/api/v1/boards{place}/links").json()["items"]] == [link["id"]]
    changed = send(client, "PATCH", f"{place}/sharing", payer="each", frozen=True).json()
    assert (changed["payer"], changed["frozen"], changed["rights"]["own"]) == ("each", True, True)
    assert [person["name"] for person in changed["people"]] == ["bob"]
    seen = browser(bob).get(f"/api/v1/boards{place}/people").json()
    assert seen["rights"]["frozen"] and seen["offered"] == [] and seen["rights"]["role"] == "draw"
    token = link["address"].rstrip("/").rsplit("/", 1)[1]
    carl = browser(User.objects.create_user("carl"))
    assert send(carl, "POST", "/join", token=token).json() == {"id": str(board.pk), "role": "watch"}
    assert send(carl, "POST", "/join", token="nonsense").json()["code"] == "link_gone"
    assert client.delete(f"/api/v1/boards{place}/sharing").status_code == 204
    assert not BoardMember.objects.exists() and not BoardInvitation.objects.lasting().exists()
    assert carl.get(f"/api/v1/boards{place}/people").status_code == 404
    assert browser(None).get(f"/api/v1/boards{place}/people").status_code == 401


def test_people_of_ones_workshop_are_offered_by_name(workshop: Workshop) -> None:
    zoe = pupil(workshop, "zoe")
    pupil(workshop, "max")
    hers = Board.objects.create(owner=zoe, document=DRAWING, size=1)
    assert shared.look(zoe, hers.pk).offered == ["max", "teacher"]
    sharing.add(zoe, hers.pk, "max", "draw")
    found = shared.look(zoe, hers.pk)
    assert found.offered == ["teacher"] and found.teacher == "teacher" and found.workshops == [workshop]


def test_rooms_hear_when_their_people_are_suspended_closed_or_frozen(
    bob: User, board: Board, workshop: Workshop, told: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    sharing.add(board.owner, board.pk, "bob", "draw")
    zoe = pupil(workshop, "zoe")
    hers = Board.objects.create(owner=zoe, document=DRAWING, size=1)
    told.clear()
    with django_capture_on_commit_callbacks(execute=True):
        standing.suspend(bob, None, "spam")
    assert set(told) == {(board.pk, "access")}
    told.clear()
    with django_capture_on_commit_callbacks(execute=True):
        workshops.freeze(workshop, True)
    assert (hers.pk, "access") in told
    told.clear()
    with django_capture_on_commit_callbacks(execute=True):
        workshops.remove(zoe)
    assert (hers.pk, "access") in told
    assert not BoardKeptOut.objects.exists()
