"""Programs with keys, as ComfyUI's clients ask."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from accounts import keys
from accounts.models import User
from studio.models import Generation, State


class Program:
    """A client that speaks to its person's server; it never sends a cookie, and calls JSON a form as urllib does."""

    def __init__(self, secret: str) -> None:
        self._client = Client(headers={"authorization": f"Bearer {secret}"}, enforce_csrf_checks=True)

    def get(self, path: str, **query: Any) -> Any:
        return self._client.get(f"/comfy/{path}", query)

    def post(self, path: str, body: Any = None) -> Any:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._client.post(f"/comfy/{path}", sent, content_type="application/x-www-form-urlencoded")

    def upload(self, path: str = "upload/image", **form: Any) -> Any:
        return self._client.post(f"/comfy/{path}", form)

    def queue(self, graph: Any, **about: Any) -> dict[str, Any]:
        answer = self.post("prompt", {"prompt": graph, **about})
        assert answer.status_code == 200, answer.content
        return answer.json()


@pytest.fixture
def program_of(db: None, models: None) -> Iterator[Callable[..., Program]]:
    """`program_of(person)`: with a key for ComfyUI's addresses."""

    def made(owner: User, *scopes: str, **wish: Any) -> Program:
        _key, secret = keys.make(owner, keys.Wish("Krita", scopes or ["comfy"], **wish))
        return Program(secret)

    return made


def end(prompt_id: str, state: str = State.FINISHED, **about: Any) -> Generation:
    """Bring the generation of a prompt to its end, as a worker would."""
    from django.utils import timezone

    made = Generation.objects.get(command=f"comfy-{prompt_id}")
    row = {"state": state, "started_at": timezone.now(), "finished_at": timezone.now()}
    Generation.objects.filter(pk=made.pk).update(**row | about)
    return made
