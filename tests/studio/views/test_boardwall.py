"""The teacher's wall of boards and the big screen: what they show, to whom, and what a teacher does from there."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from accounts import workshops
from accounts.models import StaffAction, User, Workshop
from gallery.models import Work
from studio.commands import screens
from studio.files import boardfiles
from studio.models import Board, BoardMember, BoardPin, Generation, Model, Spotlight
from studio.rooms import access, crowd, smalls
from studio.words.errors import Refused
from tests.studio.commands.test_boards import drawn, line, webp

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(teacher) -> Client:
    browser = Client()
    browser.force_login(teacher)
    return browser


@pytest.fixture
def others(zoe, bob, mod, alice) -> dict[str, tuple[User, int]]:
    """Everybody else, and what they are answered: `mia` is another teacher."""
    alice.groups.add(Group.objects.get(name="trusted"))
    return {"bob": (bob, 403), "pupil": (zoe, 403), "mod": (mod, 404), "mia": (alice, 404)}


def board_of(owner: User, title: str = "", **more: Any) -> Board:
    document = json.dumps(drawn(line()))
    return Board.objects.create(owner=owner, title=title, document=document, size=len(document), **more)


def wall(desk: Client, workshop: Workshop, query: str = "") -> Any:
    answer = desk.get(f"/workshops/{workshop.pk}/boards/state{query}")
    assert answer.status_code == 200
    return answer.json()


def act(desk: Client, workshop: Workshop, act: str, board: Board | None = None) -> Any:
    return desk.post(f"/workshops/{workshop.pk}/boards/{board.pk if board else 'all'}/", {"act": act})


def acts() -> list[str]:
    return list(StaffAction.objects.order_by("number").values_list("action", flat=True))


def test_the_wall_shows_the_newest_board_of_each_by_name_and_all_of_them_when_asked(desk, workshop, zoe, alice) -> None:
    ben = workshops.join(workshop, "ben", "paper and ink")
    workshops.join(workshop, "mia", "paper and ink")
    old = board_of(zoe, "old", updated_at=timezone.now() - timedelta(hours=1))
    new, first = board_of(zoe, "new"), board_of(ben, "sea")
    board_of(alice, "a stranger's")
    board_of(zoe, kind="world")
    found = wall(desk, workshop)
    assert [(tile["who"], tile["title"], tile["more"]) for tile in found["boards"]] == [
        ("ben", "sea", 0),
        ("zoe", "new", 1),
    ]
    assert found["waiting"] == ["mia"] and found["spotlight"] is None
    everything = wall(desk, workshop, "?all=1")["boards"]
    assert {tile["id"] for tile in everything} == {str(each.pk) for each in (old, new, first)}
    assert "Class 4b" in desk.get(f"/workshops/{workshop.pk}/boards/").content.decode()


def test_thirty_boards_are_a_few_questions_and_nothing_new_is_304(
    desk, workshop, django_assert_max_num_queries
) -> None:
    for n in range(30):
        board_of(workshops.join(workshop, f"p{n}", "paper and ink"))
    with django_assert_max_num_queries(9):
        answer = desk.get(f"/workshops/{workshop.pk}/boards/state")
    assert len(answer.json()["boards"]) == 30
    again = desk.get(f"/workshops/{workshop.pk}/boards/state", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304 and not again.content
    crowd.stay([crowd.Here(Board.objects.first().pk, 5, "p1")])
    changed = desk.get(f"/workshops/{workshop.pk}/boards/state", headers={"If-None-Match": answer["ETag"]})
    assert changed.status_code == 200 and sum(tile["people"] for tile in changed.json()["boards"]) == 1


def test_a_small_picture_is_taken_from_a_page_and_kept_by_the_teachers_browser(desk, workshop, zoe, alice) -> None:
    board = board_of(zoe)
    assert wall(desk, workshop)["boards"][0]["picture"] is None
    smalls.keep(board.pk, uuid4().hex, webp((900, 600)))
    address = wall(desk, workshop)["boards"][0]["picture"]
    answer = desk.get(address)
    assert answer.status_code == 200 and "immutable" in answer["Cache-Control"]
    assert answer["Content-Type"] == "image/webp" and len(answer.content) < 20_000
    replaced = desk.get(f"/boards/{board.pk}/small/{'0' * 64}.webp")
    assert replaced.content == answer.content and "no-store" in replaced["Cache-Control"]
    stranger = Client()
    assert stranger.get(address).status_code == 302
    stranger.force_login(alice)
    assert stranger.get(address).status_code == 404
    assert desk.get(f"/boards/{board_of(zoe).pk}/small/{'0' * 64}.webp").status_code == 404, "none yet"


def test_a_page_sends_small_pictures_at_its_pace_and_nothing_else(workshop, zoe, settings) -> None:
    board, page = board_of(zoe), uuid4().hex
    smalls.keep(board.pk, page, webp())
    for who in (page, uuid4().hex):
        with pytest.raises(Refused, match="rate_limited"):
            smalls.keep(board.pk, who, webp())
    for data, code in (
        (b"GIF89a", "unsupported_image_type"),
        (webp()[:60], "invalid_image"),
        (b"x" * 2**20, "too_large"),
    ):
        with pytest.raises(Refused, match=code):
            smalls.keep(board_of(zoe).pk, uuid4().hex, data)
    with pytest.raises(Refused, match="not_found"):
        smalls.keep(uuid4(), uuid4().hex, webp())
    first = Board.objects.get(pk=board.pk).thumbnail
    smalls.keep(board_of(zoe).pk, uuid4().hex, webp((40, 40)))
    settings.SWEEP_AFTER = 0.0
    Board.objects.filter(pk=board.pk).update(thumbnail="")
    boardfiles.BOARDS.sweep(-1)
    assert first not in {digest for digest, _ in boardfiles.BOARDS.store.digests()}


def test_the_spotlight_is_chosen_shown_and_ended_and_stands_in_the_record(desk, workshop, zoe, teacher) -> None:
    board, other = board_of(zoe, "boat"), board_of(workshops.join(workshop, "ben", "x y z 1 2 3"))
    assert act(desk, workshop, "spotlight", board).json()["spotlight"] == str(board.pk)
    assert [tile["lit"] for tile in wall(desk, workshop)["boards"]] == [False, True]
    screen = desk.get(f"/workshops/{workshop.pk}/screen/state")
    assert (screen.json()["board"]["id"], screen.json()["board"]["title"]) == (str(board.pk), "boat")
    same = desk.get(f"/workshops/{workshop.pk}/screen/state", headers={"If-None-Match": screen["ETag"]})
    assert same.status_code == 304
    act(desk, workshop, "spotlight", other)
    assert desk.get(f"/workshops/{workshop.pk}/screen/state").json()["board"]["id"] == str(other.pk)
    assert act(desk, workshop, "dim").json()["spotlight"] is None
    assert act(desk, workshop, "dim").status_code == 200, "nothing happens"
    assert desk.get(f"/workshops/{workshop.pk}/screen/state").json()["board"] is None
    assert acts() == ["board_spotlight", "board_spotlight", "board_spotlight_end"]
    assert {row.actor_id for row in StaffAction.objects.all()} == {teacher.pk}


def test_a_board_that_was_closed_or_whose_owner_has_left_is_not_on_the_screen(desk, workshop, zoe) -> None:
    board = board_of(zoe, "boat")
    act(desk, workshop, "spotlight", board)
    Board.objects.update(closed_at=timezone.now(), thumbnail="a" * 64)
    tile = wall(desk, workshop)["boards"][0]
    assert tile["closed"] and not tile["title"] and not tile["picture"]
    assert desk.get(f"/workshops/{workshop.pk}/screen/state").json()["board"] is None
    assert act(desk, workshop, "spotlight", board).status_code == 404
    Board.objects.update(closed_at=None)
    User.objects.filter(pk=zoe.pk).update(workshop=None)
    assert desk.get(f"/workshops/{workshop.pk}/screen/state").json()["board"] is None
    assert not wall(desk, workshop)["boards"] and act(desk, workshop, "spotlight", board).status_code == 404


def test_everything_or_the_drawing_alone_rests_and_goes_on(desk, workshop, zoe, teacher) -> None:
    board = board_of(zoe)
    for on, off, column in (("pause", "go_on", "frozen"), ("freeze", "unfreeze", "drawing_frozen")):
        told = act(desk, workshop, on).json()
        assert told["paused" if on == "pause" else "frozen"]
        assert getattr(Workshop.objects.get(), column)
        assert not access.rights_of(zoe, board).draw and access.rights_of(zoe, board).watch
        act(desk, workshop, on)
        act(desk, workshop, off)
        assert access.rights_of(zoe, board).draw
    assert acts() == ["workshop_pause", "workshop_go_on", "workshop_freeze", "workshop_unfreeze"], "each change once"


@pytest.mark.parametrize("place", ["boards/", "boards/state", "screen/", "screen/state"])
def test_nobody_else_sees_the_wall_or_the_screen(place, desk, workshop, others, client) -> None:
    address = f"/workshops/{workshop.pk}/{place}"
    assert desk.get(address).status_code == 200
    assert client.get(address).status_code == 302
    for person, status in others.values():
        client.force_login(person)
        assert client.get(address).status_code == status, person
    assert desk.get(f"/workshops/99999/{place}").status_code == 404


def test_nobody_else_does_anything_to_boards_and_nonsense_is_refused(desk, workshop, others, client) -> None:
    board = board_of(others["pupil"][0])
    for person, status in others.values():
        client.force_login(person)
        assert act(client, workshop, "spotlight", board).status_code == status
        assert act(client, workshop, "pause").status_code == status
    assert act(desk, workshop, "explode", board).status_code == 404
    assert act(desk, workshop, "explode").status_code == 404
    strangers = board_of(others["mia"][0])
    for name in ("spotlight", "freeze", "clear"):
        assert act(desk, workshop, name, strangers).status_code == 404
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(workshop.teacher)
    assert act(strict, workshop, "pause").status_code == 403
    assert not Spotlight.objects.exists() and not acts()


def test_a_room_is_counted_by_people_and_forgets_pages_that_are_silent(settings) -> None:
    room, other = uuid4(), uuid4()
    pages = [crowd.Here(room, user, page) for user, page in ((1, "a"), (1, "b"), (2, "c"))]
    crowd.stay(pages)
    crowd.drew(room)
    assert crowd.look([room, other]) == {room: crowd.Crowd(2, True), other: crowd.Crowd(0, False)}
    crowd.leave(pages[2])
    assert crowd.look([room])[room].people == 1
    settings.HEARTBEAT_EVERY = 0.0
    crowd.stay(pages)
    assert crowd.look([room])[room].people == 0
    assert crowd.look([]) == {}


def test_the_wall_goes_on_while_redis_does_not_answer(desk, workshop, zoe, state_away) -> None:
    board_of(zoe)
    crowd.stay([crowd.Here(uuid4(), 1, "a")])
    tile = wall(desk, workshop)["boards"][0]
    assert (tile["people"], tile["drawing"]) == (0, False)


def test_the_screen_of_a_board_is_for_those_who_may_watch_it(desk, workshop, zoe, bob, client) -> None:
    board = board_of(zoe, "boat")
    assert "boat" in desk.get(f"/boards/{board.pk}/screen/").content.decode()
    client.force_login(bob)
    assert client.get(f"/boards/{board.pk}/screen/").status_code == 404
    assert client.post(f"/boards/{board.pk}/screen/link/").status_code == 404
    client.logout()
    assert client.get(f"/boards/{board.pk}/screen/").status_code == 302
    client.force_login(zoe)
    first, second = (client.post(f"/boards/{board.pk}/screen/link/").json() for _ in range(2))
    assert first == second and first["qr"].startswith("data:image/svg+xml") and first["spoken"] in first["address"]


def test_the_screen_shows_the_newest_picture_of_the_board_unless_it_is_veiled(desk, workshop, zoe, models) -> None:
    board = board_of(zoe, "boat")
    told = {"command": "c", "tool": "text_to_image", "model": Model.objects.get(name="fake"), "model_name": "fake"}
    made = Generation.objects.create(owner=zoe, board=board.pk, params={}, state="finished", **told)
    work = Work.objects.create(owner=zoe, generation=made.pk, seed=1, width=8, height=8)
    assert str(work.pk) in screens.of_board(workshop.teacher, board.pk)["picture"], "a pupil's, for the teacher"
    Work.objects.update(veiled=True)
    assert screens.of_board(zoe, board.pk)["picture"] is None
    BoardMember.objects.create(board=board, user=User.objects.create_user("mia"), role="watch")
    Work.objects.update(veiled=False)
    mia = User.objects.get(username="mia")
    assert screens.of_board(mia, board.pk)["picture"] is None, "zoe's own pictures are hers"
    BoardPin.objects.create(board=board, by=zoe, generation=made.pk, command="p")
    assert "/pins/" in screens.of_board(mia, board.pk)["picture"], "what was kept for all is for all"
