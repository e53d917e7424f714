"""Links to boards: made, followed, ended; whatever leads nowhere looks alike."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from studio.commands import boardlinks, closing, sharing
from studio.models import Board, BoardInvitation, BoardMember
from tests.conftest import make_moderator
from tests.studio.sharing.people import browser, code_of, rights, send

pytestmark = pytest.mark.django_db


def test_a_link_is_followed_by_logging_in_looking_and_pressing_one_button(alice: User, bob: User, board: Board) -> None:
    address = f"/join/{boardlinks.token(boardlinks.make(alice, board.pk, 'draw', 'week'))}/"
    door = browser(None).get(address)
    assert door.status_code == 302 and door["Location"] == f"/accounts/login/?next={address}"
    client = browser(bob)
    page = client.get(address)
    words = page.content.decode()
    assert page.status_code == 200 and "alice" in words and "Harbour" in words
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert rights(bob, board) is None, "looking is not coming in"
    joined = client.post(address)
    assert joined["Location"] == f"/studio/?board={board.pk.hex}"
    assert BoardMember.objects.get().role == "draw" and BoardInvitation.objects.get().used == 1
    assert client.get(address)["Location"] == joined["Location"]
    assert browser(alice).get(address)["Location"] == joined["Location"]


def test_unknown_expired_revoked_and_closed_links_look_alike(alice: User, mod: User, bob: User, board: Board) -> None:
    made = [boardlinks.make(alice, board.pk, "draw", "hour") for _ in range(3)]
    BoardInvitation.objects.filter(pk=made[0].pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    boardlinks.revoke(alice, board.pk, made[1].pk)
    moderator = make_moderator(mod)
    closing.close(moderator, board.pk, "insults")
    unknown = boardlinks.token(BoardInvitation(pk=uuid4()))
    forged = boardlinks.token(made[2])[:-2] + "AA"
    client = browser(bob)
    pages = [client.get(f"/join/{each}/") for each in (*map(boardlinks.token, made), unknown, forged)]
    assert {page.status_code for page in pages} == {404}
    assert len({page.content.decode().split("<main")[1].split("</main")[0] for page in pages}) == 1
    for each in (*map(boardlinks.token, made), unknown, forged):
        assert client.post(f"/join/{each}/").status_code == 404
        assert client.get(f"/join/{each}/picture/").status_code == 404
    closing.reopen(moderator, board.pk)
    assert client.get(f"/join/{boardlinks.token(made[2])}/").status_code == 200


def test_ending_a_link_may_put_those_out_who_came_by_it(alice: User, bob: User, board: Board) -> None:
    sharing.add(alice, board.pk, User.objects.create_user("carl").username, "draw")
    link = boardlinks.make(alice, board.pk, "draw", "always")
    boardlinks.accept(bob, boardlinks.token(link))
    client = browser(alice)
    assert client.delete(f"/api/v1/boards/{board.pk}/links/{link.pk}").json() == {"removed": 0}
    assert rights(bob, board)
    assert client.delete(f"/api/v1/boards/{board.pk}/links/{link.pk}").status_code == 404
    other = boardlinks.make(alice, board.pk, "owner", "always")
    boardlinks.accept(bob, boardlinks.token(other))
    assert rights(bob, board)["share"]  # type: ignore[index]
    assert client.delete(f"/api/v1/boards/{board.pk}/links/{other.pk}?people=true").json() == {"removed": 1}
    assert rights(bob, board) is None and BoardMember.objects.get().user.username == "carl"


def test_a_link_never_takes_anything_away(alice: User, bob: User, board: Board) -> None:
    sharing.add(alice, board.pk, "bob", "owner")
    boardlinks.accept(bob, boardlinks.token(boardlinks.make(alice, board.pk, "watch", "day")))
    assert rights(bob, board)["role"] == "owner"  # type: ignore[index]


def test_trying_links_has_an_end(alice: User, bob: User, board: Board, settings: Any) -> None:
    settings.RATE_FACTOR = 1.0
    settings.RATES = settings.RATES | {"join": (2.0, 0.001), "invite": (1.0, 0.001)}
    client = browser(bob)
    codes = [client.get(f"/join/{'A' * 43}/").status_code for _ in range(3)]
    assert codes == [404, 404, 429]
    assert send(client, "POST", "/join", token="A" * 43).json()["code"] == "rate_limited"
    sharing.add(alice, board.pk, "bob", "watch")
    assert code_of(sharing.add, alice, board.pk, "bob", "draw") == "rate_limited"


def test_a_big_screen_shows_the_same_link_again_until_it_nears_its_end(alice: User, board: Board) -> None:
    first = boardlinks.standing(alice, board.pk)
    assert boardlinks.standing(alice, board.pk) == first and first.role == "watch"
    BoardInvitation.objects.update(expires_at=timezone.now() + timedelta(minutes=20))
    assert boardlinks.standing(alice, board.pk) != first


def test_links_that_led_nowhere_for_long_are_forgotten(alice: User, bob: User, board: Board) -> None:
    old, new = boardlinks.make(alice, board.pk, "draw", "hour"), boardlinks.make(alice, board.pk, "draw", "hour")
    boardlinks.accept(bob, boardlinks.token(old))
    BoardInvitation.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(days=31))
    assert BoardInvitation.objects.forget_old() == 1
    assert BoardInvitation.objects.get() == new and rights(bob, board)
