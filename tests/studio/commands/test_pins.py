"""Who sees what was kept from a board's live picture, and when it vanishes."""

from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from gallery.models import Work
from studio.models import Board, BoardMember, BoardPin
from tests.policy.belongings import work_of

pytestmark = pytest.mark.usefixtures("models")


@pytest.fixture
def board(alice: Any) -> Board:
    return Board.objects.create(pk=uuid4(), owner=alice, document="{}", size=2)


@pytest.fixture
def kept(alice: Any, bob: Any, board: Board) -> Work:
    """A work of alice's that bob, who may watch by now, had kept."""
    BoardMember.objects.create(board=board, user=bob, role="watch")
    generation = uuid4()
    BoardPin.objects.create(board=board, by=bob, generation=generation, command="k")
    return work_of(alice, generation)


def address(board: Board, work: Work, role: str = "image") -> str:
    return f"/boards/{board.pk}/pins/{work.pk}/{role}"


def listed(client: Any, board: Board) -> Any:
    return client.get(f"/api/v1/boards/{board.pk}/pins")


def test_members_see_what_was_kept_and_who_kept_it(client, alice, bob, board, kept) -> None:
    for person in (alice, bob):
        client.force_login(person)
        (pin,) = listed(client, board).json()["items"]
        assert (pin["name"], pin["state"]) == ("bob", "kept")
        (work,) = pin["works"]
        assert work["image"] == address(board, kept)
        for role, kind in (("image", "image/png"), ("thumb-320", "image/webp")):
            answer = client.get(address(board, kept, role))
            assert (answer.status_code, answer["Content-Type"]) == (200, kind)
            assert answer["Cache-Control"] == "private, no-cache"


def test_strangers_moderators_and_nobody_see_nothing(client, mod, board, kept, django_user_model) -> None:
    stranger = django_user_model.objects.create_user("carol", "carol@example.org", "x")
    for person in (stranger, mod, None):
        client.logout()
        if person is not None:
            client.force_login(person)
            assert listed(client, board).status_code == 404
        assert client.get(address(board, kept)).status_code == 404


def test_only_what_was_kept_from_this_board_is_shown_and_only_the_picture(client, alice, bob, board, kept) -> None:
    client.force_login(bob)
    other = Board.objects.create(pk=uuid4(), owner=alice, document="{}", size=2)
    BoardMember.objects.create(board=other, user=bob, role="owner")
    private = work_of(alice)
    for wrong in (address(board, private), address(other, kept), address(board, kept, "sketch")):
        assert client.get(wrong).status_code == 404
    assert client.get(f"/media/works/{kept.pk}/image").status_code == 404


@pytest.mark.parametrize("change", [{"deleted_at": timezone.now()}, {"moderation": "hidden"}, {"moderation": "held"}])
def test_what_is_deleted_or_held_vanishes(client, bob, board, kept, change) -> None:
    Work.objects.filter(pk=kept.pk).update(**change)
    client.force_login(bob)
    assert client.get(address(board, kept)).status_code == 404
    assert listed(client, board).json()["items"] == []


def test_who_was_removed_sees_nothing_any_more(client, bob, board, kept) -> None:
    BoardMember.objects.filter(user=bob).delete()
    client.force_login(bob)
    assert client.get(address(board, kept)).status_code == 404
    assert listed(client, board).status_code == 404
