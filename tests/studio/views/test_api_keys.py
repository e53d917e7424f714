"""The page of API keys: the password is asked for, the secret is shown once, and revoking is at once."""

import re
from typing import Any

import pytest
from django.test import Client

from accounts import keys
from accounts.models import ApiKey, User
from tests.conftest import PASSWORD
from tests.studio.gates.test_keyring import bearing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("models")]
PAGE, NEW = "/account/keys/", "/account/keys/new/"
FORM = {"kind": "key", "name": "Notebook", "scopes": ["read", "generate"], "days": "90"}


@pytest.fixture
def page(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def make(page: Client, **form: Any) -> Any:
    """Send the form, say the password where it is asked for, and look at what comes."""
    answer = page.post(NEW, FORM | form)
    if answer.status_code == 302 and "/reauthenticate/" in answer["Location"]:
        answer = page.post(answer["Location"], {"password": PASSWORD})
    return page.get(answer["Location"]) if answer.status_code == 302 else answer


def secret_in(answer: Any) -> str:
    found = re.search(r'id="secret" value="([^"]+)"', answer.content.decode())
    return found[1] if found else ""


def test_a_key_is_made_after_the_password_and_shown_once(page: Client, alice: User) -> None:
    assert b"No program has a key of yours yet" in page.get(PAGE).content
    asked = page.post(NEW, FORM)
    assert asked["Location"].startswith("/accounts/reauthenticate/") and not ApiKey.objects.exists()
    shown = make(page)
    secret = secret_in(shown)
    assert shown["Cache-Control"].count("no-store") and keys.find(secret, scope="generate", address="")
    assert bearing(secret).get("/api/v1/me").json()["name"] == "alice"
    again = page.get(PAGE).content.decode()
    assert secret not in again and ApiKey.objects.get().prefix in again
    assert secret not in str(dict(page.session)), "nor is it in the session any more"


def test_a_connect_code_is_shown_as_an_address(page: Client) -> None:
    address = secret_in(make(page, kind="code", scopes=[]))
    assert address.startswith("http://testserver/comfy/c/bwc_")
    key = ApiKey.objects.get()
    assert key.in_path and key.scopes == ["comfy"]


@pytest.mark.parametrize(
    ("field", "form"),
    [
        ("name", {"name": " "}),
        ("scopes", {"scopes": []}),
        ("scopes", {"scopes": ["admin"]}),
        ("days", {"days": "-1"}),
        ("addresses", {"addresses": "home"}),
        ("models", {"models": ["gone"]}),
        ("images_per_day", {"images_per_day": "-3"}),
    ],
)
def test_what_cannot_be_is_told_at_its_field(page: Client, field: str, form: dict[str, Any]) -> None:
    make(page)
    answer = page.post(NEW, FORM | form)
    assert field in answer.context["form"].errors
    assert ApiKey.objects.count() == 1


def test_limits_are_kept_and_told(page: Client) -> None:
    make(page, models=["fake"], addresses="192.0.2.7, 192.0.2.0/24", images_per_day="5", days="0")
    key = ApiKey.objects.get()
    assert (key.model_names, key.images_per_day, key.expires_at) == (["fake"], 5, None)
    assert key.addresses == ["192.0.2.7", "192.0.2.0/24"]
    told = page.get(PAGE).content.decode()
    assert "192.0.2.0/24" in told and "5 pictures a day" in told and "valid until you revoke it" in told


def test_too_many_keys_are_refused_in_words(page: Client, settings: Any) -> None:
    settings.API_KEYS_PER_PERSON = 1
    make(page)
    answer = page.post(NEW, FORM)
    assert "You have 1 API keys" in answer.content.decode()


def test_a_key_is_revoked_by_its_owner_alone(page: Client, alice: User, bob: User) -> None:
    secret = secret_in(make(page))
    place = f"{PAGE}{ApiKey.objects.get().prefix}/revoke/"
    other = Client()
    other.force_login(bob)
    assert other.post(place).status_code == 404
    assert Client().post(place).status_code == 302 and page.get(place).status_code == 405
    assert bearing(secret).get("/api/v1/me").status_code == 200
    page.post(place)
    assert bearing(secret).get("/api/v1/me").json()["code"] == "key_revoked"
    assert b"1 key that is over" in page.get(PAGE).content


def test_the_api_is_described_for_everybody(client: Client) -> None:
    shown = client.get("/api/v1/docs").content.decode()
    for words in ("/api/v1/generations/{generation_id}/retry", "SubmitForm", "Idempotency-Key", "curl"):
        assert words in shown
    document = client.get("/api/v1/openapi.json").json()
    names = [told["operationId"] for methods in document["paths"].values() for told in methods.values()]
    assert document["openapi"].startswith("3.1") and len(names) == len(set(names))
