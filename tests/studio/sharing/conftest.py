"""A board of alice's, a workshop, and what rooms are told."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from accounts import workshops
from accounts.models import User, Workshop
from studio import events
from studio.models import Board
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


@pytest.fixture
def class_4b() -> Workshop:
    teacher = User.objects.create_user("teacher")
    teacher.groups.add(Group.objects.get(name="trusted"))
    made = Workshop(name="Class 4b", seats=9, ends_at=timezone.now() + timedelta(days=1))
    return workshops.make(made, teacher, 30)
