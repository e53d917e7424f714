"""A board with people who comment on it, for tests; and what the pages of its room hear."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from studio.commands import comments
from studio.models import Board, BoardComment, BoardMember
from studio.news import events
from tests.studio.commands.test_boards import drawn

PLACE = {"x": 100.5, "y": 64.0}


def as_(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def person(name: str, board: Board, role: str) -> User:
    made = User.objects.create_user(name, f"{name}@example.org", "x")
    BoardMember.objects.create(board=board, user=made, role=role)
    return made


@pytest.fixture
def board(alice: User) -> Board:
    return Board.objects.create(owner=alice, document=json.dumps(drawn()), size=10)


@pytest.fixture
def carol(board: Board) -> User:
    """Somebody who may comment."""
    return person("carol", board, "comment")


@pytest.fixture
def watcher(board: Board) -> User:
    return person("watcher", board, "watch")


@pytest.fixture
def heard(monkeypatch: Any, django_capture_on_commit_callbacks: Any) -> Callable[..., list[dict[str, Any]]]:
    """`heard(act)`: what the pages of the room are told when `act` is done."""
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(events, "tell_room", lambda _board, message: told.append(message))

    def during(act: Callable[[], Any]) -> list[dict[str, Any]]:
        told.clear()
        with django_capture_on_commit_callbacks(execute=True):
            act()
        assert all(message["kind"] == "tell" for message in told)
        return [message["message"] for message in told]

    return during


def say(user: User, board: Board, text: str = "More light here", **more: Any) -> BoardComment:
    wish = {"id": uuid4(), "thread": uuid4(), "text": text} | PLACE | more
    return comments.add(user, board.pk, comments.Wish(**wish))


def listed(user: User, board: Board, query: str = "") -> Any:
    return as_(user).get(f"/api/v1/boards/{board.pk}/comments{query}").json()["items"]
