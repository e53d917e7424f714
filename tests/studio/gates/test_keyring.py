"""A request with an API key is its owner's by the key alone; what the key does not allow is refused with a code."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import keys, standing
from accounts.models import ApiKey, User
from studio.models import Generation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("models")]
WISH = {"tool": "text_to_image", "model": "fake", "params": {"prompt": "a boat", "steps": 2, "width": 64, "height": 64}}
ONE = "/api/v1/generations"


def bearing(secret: str, **headers: str) -> Client:
    return Client(headers={"authorization": f"Bearer {secret}", **headers}, enforce_csrf_checks=True)


def key_of(owner: User, *scopes: str, **wish: Any) -> tuple[ApiKey, Client]:
    key, secret = keys.make(owner, keys.Wish("notebook", scopes or ("read", "generate"), **wish))
    return key, bearing(secret)


def ask(client: Client, **wish: Any) -> Any:
    return client.post(ONE, {"id": "one", **WISH, **wish}, content_type="application/json")


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def test_a_key_makes_pictures_for_its_owner_without_a_cookie(alice: User) -> None:
    key, client = key_of(alice)
    answer = ask(client)
    assert answer.status_code == 201 and not answer.cookies
    made = Generation.objects.get()
    assert (made.owner, made.api_key, made.lane) == (alice, key, "interactive")
    assert client.get(f"{ONE}/{made.pk}").json()["state"] == "queued"


def test_many_or_large_pictures_of_programs_wait_in_the_slow_lane(alice: User) -> None:
    _key, client = key_of(alice)
    ask(client, params=WISH["params"] | {"count": 2})
    assert Generation.objects.get().lane == "bulk"


def test_the_key_counts_and_not_the_session_beside_it(alice: User, bob: User) -> None:
    _key, client = key_of(alice)
    client.force_login(bob)
    ask(client)
    assert Generation.objects.get().owner == alice
    wrong = bearing("bw_nothing")
    wrong.force_login(bob)
    assert code(wrong.get("/api/v1/boards")) == (401, "key_invalid")


def test_a_page_needs_its_csrf_token_and_takes_no_key(alice: User) -> None:
    page = Client(enforce_csrf_checks=True)
    page.force_login(alice)
    assert code(ask(page)) == (403, "csrf_failed")
    _key, client = key_of(alice)
    assert client.get("/account/").status_code == 302


def test_what_the_key_does_not_allow_is_refused(alice: User, bob: User) -> None:
    _key, reader = key_of(alice, "read")
    assert code(ask(reader)) == (403, "key_scope")
    theirs = Generation.objects.create(owner=bob, command="c", tool="text_to_image", model_name="fake")
    assert code(reader.get(f"{ONE}/{theirs.pk}")) == (404, "not_found")
    _key, other = key_of(alice, model_names=["other"])
    assert code(ask(other)) == (403, "key_model")
    _key, far = key_of(alice, addresses=["192.0.2.1"])
    assert code(ask(far)) == (403, "key_address")
    assert not Generation.objects.filter(owner=alice).exists()


def test_a_key_that_has_ended_opens_nothing(alice: User) -> None:
    key, client = key_of(alice)
    ApiKey.objects.update(expires_at=timezone.now())
    assert code(ask(client)) == (401, "key_expired")
    keys.revoke(key, alice)
    assert code(ask(client)) == (401, "key_revoked")
    _key, client = key_of(alice)
    standing.suspend(alice, None, "spam")
    assert code(ask(client)) == (403, "account_suspended")


def test_a_key_has_a_quota_of_its_own(alice: User) -> None:
    _key, client = key_of(alice, images_per_day=2)
    assert ask(client).status_code == 201
    answer = ask(client, id="two", params=WISH["params"] | {"count": 2})
    assert code(answer) == (429, "quota_exceeded") and answer.json()["params"]["what"] == "key_images_per_day"
    assert "2" in answer.json()["message"]
    _key, client = key_of(alice, gpu_seconds_per_day=0)
    answer = ask(client, id="three")
    assert answer.json()["params"]["what"] == "key_gpu_seconds_per_day"
    _key, client = key_of(alice)
    assert ask(client, id="four").status_code == 201


def test_each_key_has_a_rate_of_its_own(alice: User, settings: Any) -> None:
    settings.RATE_FACTOR = 1.0
    settings.RATES = settings.RATES | {"key": (2.0, 0.01)}
    _key, client = key_of(alice)
    _key, other = key_of(alice)
    assert [client.get("/api/v1/boards").status_code for _ in range(3)] == [200, 200, 429]
    assert client.get("/api/v1/boards")["Retry-After"]
    assert other.get("/api/v1/boards").status_code == 200
