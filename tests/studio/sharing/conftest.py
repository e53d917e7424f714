"""A board of alice's, a workshop, and what rooms are told."""

from uuid import UUID

import pytest

from accounts.models import User
from studio.models import Board
from studio.news import events
from studio.rooms import upheaval
from tests.studio.sharing.people import DRAWING


@pytest.fixture
def board(alice: User) -> Board:
    return Board.objects.create(owner=alice, document=DRAWING, size=len(DRAWING), title="Harbour")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[UUID, str]]:
    """What rooms were told, after the commit; as if all were open."""
    said: list[tuple[UUID, str]] = []
    monkeypatch.setattr(events, "tell_room", lambda board_id, message: said.append((board_id, message["kind"])))
    monkeypatch.setattr(upheaval.audience, "open_rooms", set)
    return said
