"""The REST API: uploads and the state of one generation, with the same errors as the socket."""

import io
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from studio import tools
from studio.models import Input, Model
from studio.queue import lifecycle

PARAMS = {"prompt": "x", "steps": 2, "count": 1}


def png(size: tuple[int, int] = (20, 10), mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, "PNG")
    return out.getvalue()


def upload(client, data: bytes, name: str = "a.png"):
    return client.post("/api/v1/inputs", {"file": SimpleUploadedFile(name, data)})


def test_alice_uploads_a_picture(client, alice) -> None:
    client.force_login(alice)
    answer = upload(client, png())
    assert answer.status_code == 201
    kept = Input.objects.get(pk=answer.json()["id"])
    assert (kept.owner, kept.width, kept.height) == (alice, 20, 10)


def test_nobody_uploads_nothing(client, db) -> None:
    answer = upload(client, png())
    assert answer.status_code == 401 and answer.json()["code"] == "auth_required"
    assert not Input.objects.exists()


def test_an_upload_needs_our_own_page(alice) -> None:
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    answer = upload(strict, png())
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")


@pytest.mark.parametrize("address", ["/api/v1/paint-the-fence", "/api/v2/tools", "/api/"])
def test_an_unknown_address_has_its_code(client, db, address) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 415, "unsupported_image_type"),
        (b"<svg/>", 415, "unsupported_image_type"),
        (png()[:40], 422, "invalid_image"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * (21 * 2**20), 413, "too_large"),
        (png((9000, 4000), "1"), 422, "image_too_large"),
    ],
)
def test_a_bad_upload_has_its_code(client, alice, data, status, code) -> None:
    client.force_login(alice)
    answer = upload(client, data)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["message"] and not Input.objects.exists()


def test_an_upload_without_a_file_is_invalid(client, alice) -> None:
    client.force_login(alice)
    answer = client.post("/api/v1/inputs", {})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


@pytest.fixture
def generation(alice, models):
    fake = Model.objects.get(name="fake")
    return lifecycle.submit(alice.pk, "one", tool=tools.find("text_to_image"), model=fake, params=PARAMS, inputs={})


def test_alice_asks_how_far_hers_is(client, alice, generation) -> None:
    client.force_login(alice)
    answer = client.get(f"/api/v1/generations/{generation.pk}").json()
    assert (answer["state"], answer["position"], answer["total"]) == ("queued", 1, 2)


def test_bob_and_nobody_learn_nothing_about_it(client, bob, generation) -> None:
    assert client.get(f"/api/v1/generations/{generation.pk}").status_code == 401
    client.force_login(bob)
    foreign = client.get(f"/api/v1/generations/{generation.pk}")
    missing = client.get(f"/api/v1/generations/{uuid4()}")
    assert foreign.status_code == missing.status_code == 404
    assert foreign.json() | {"request_id": ""} == missing.json() | {"request_id": ""}


def test_healthz_answers_and_readyz_says_what_is_missing(client, db) -> None:
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    told = answer.json()
    assert told.pop("alarms") is not None
    there = {"database": True, "redis": True, "broker": True, "storage": True}
    assert told == there | {"worker": False, "reconciler": False}
