"""Programs ask for pictures by the API: the same command as the page's, with the same answers."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from gallery.models import Work
from studio.models import Generation, State
from studio.worker import runner
from tests.studio.api.test_uploads import upload
from tests.studio.engines.old_photos import old_photo, strokes

pytestmark = pytest.mark.usefixtures("models", "unhurried")
WISH = {"tool": "text_to_image", "model": "fake", "params": {"prompt": "a boat", "steps": 2, "width": 64, "height": 64}}


def ask(client: Client, **wish: Any) -> Any:
    return client.post("/api/v1/generations", {"id": "one", **WISH, **wish}, content_type="application/json")


@pytest.fixture
def hers(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def test_what_is_asked_twice_by_one_id_is_made_once(hers: Client, alice: User) -> None:
    first, again = ask(hers), ask(hers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"] and first.json()["state"] == "queued"
    assert Generation.objects.get().owner == alice


def test_an_old_photo_is_coloured_without_the_page(hers: Client) -> None:
    given = {"image": upload(hers, old_photo()).json()["id"], "hints": upload(hers, strokes()).json()["id"]}
    made = ask(hers, tool="colorize", model=None, params={}, inputs=given).json()
    assert runner.run_next("cpu", lambda _queue: None)
    assert hers.get(f"/api/v1/generations/{made['id']}").json()["state"] == "finished"
    assert {file.role for file in Work.objects.get(generation=made["id"]).files.all()} >= {"image", "input", "hints"}


def test_what_waits_is_cancelled_at_once_and_only_once(hers: Client) -> None:
    made = ask(hers).json()["id"]
    assert hers.post(f"/api/v1/generations/{made}/cancel").json()["state"] == "cancelled"
    again = hers.post(f"/api/v1/generations/{made}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "already_finished")


def test_bob_and_nobody_cancel_nothing_of_hers(hers: Client, bob: User) -> None:
    made = ask(hers).json()["id"]
    hers.logout()
    assert hers.post(f"/api/v1/generations/{made}/cancel").status_code == 401
    assert ask(hers).status_code == 401
    hers.force_login(bob)
    assert hers.post(f"/api/v1/generations/{made}/cancel").status_code == 404
    assert Generation.objects.get().state == State.QUEUED


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"id": "no good"}, 422, "invalid"),
        ({"tool": "nothing"}, 404, "unknown_tool"),
        ({"model": "nothing"}, 404, "model_unavailable"),
        ({"colour": "red"}, 422, "invalid"),
        ({"tool": "colorize", "model": None, "params": {}}, 422, "input_required"),
        ({"tool": "colorize", "model": None, "params": {}, "inputs": {"image": str(uuid4())}}, 404, "not_found"),
    ],
)
def test_a_bad_wish_has_its_code(hers: Client, wish: dict[str, Any], status: int, code: str) -> None:
    answer = ask(hers, **wish)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Generation.objects.exists()
