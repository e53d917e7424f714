"""Pupils, browsers and short questions for the tests of sharing."""

import json
from typing import Any

import pytest
from django.test import Client

from accounts import workshops
from accounts.models import User, Workshop
from studio.models import Board
from studio.rooms import access
from studio.words.errors import Refused

DRAWING = '{"version":1,"width":512,"height":512,"layers":[]}'


def pupil(workshop: Workshop, name: str) -> User:
    return workshops.join(workshop, name, "paper and ink")


def rights(user: User, board: Board) -> dict[str, Any] | None:
    found = access.rights_of(user, board)
    return found.told() if found else None


def code_of(call: Any, *args: Any, **named: Any) -> str:
    with pytest.raises(Refused) as refused:
        call(*args, **named)
    return str(refused.value.code)


def browser(user: User | None) -> Client:
    client = Client()
    if user:
        client.force_login(user)
    return client


def send(client: Client, method: str, address: str, **body: Any) -> Any:
    return client.generic(method, f"/api/v1/boards{address}", json.dumps(body), "application/json")
