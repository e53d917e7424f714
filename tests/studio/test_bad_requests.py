"""Bad requests have a clear answer: uploads, broken forms, who asks and how. The other half of test_bad_input.py."""

import io
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts.models import User
from studio import tools
from studio.commands import generations
from studio.models import Model
from studio.queue import lifecycle
from tests.studio.test_bad_input import INPUTS, NOBODYS, PARAMS, STYLE, STYLES, refused


@pytest.fixture
def browser(alice: User, models: None) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    return client


# Uploads -------------------------------------------------------------------------------------------------------------


def picture(kind: str, mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, (32, 24)).save(out, kind)
    return out.getvalue()


def damaged(data: bytes) -> bytes:
    """With a wrong checksum of its header."""
    return data[:30] + bytes([data[30] ^ 255]) + data[31:]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "unsupported_image_type"),
        (b"<!doctype html><script>alert(1)</script>", 415, "unsupported_image_type"),
        (picture("GIF"), 415, "unsupported_image_type"),
        (picture("TIFF"), 415, "unsupported_image_type"),
        (picture("EPS"), 415, "unsupported_image_type"),
        (picture("PDF"), 415, "unsupported_image_type"),
        (picture("ICO"), 415, "unsupported_image_type"),
        (b"PK\x03\x04" + b"\0" * 60, 415, "unsupported_image_type"),
        (b"", 415, "unsupported_image_type"),
        (picture("PNG")[:45], 422, "invalid_image"),
        (damaged(picture("PNG")), 422, "invalid_image"),
        (picture("JPEG")[:200], 422, "invalid_image"),
        (b"\xff\xd8\xff" + b"\0" * (21 * 2**20), 413, "too_large"),
    ],
)
def test_a_bad_upload_has_its_code(browser: Client, data: bytes, status: int, code: str) -> None:
    # The name and the type that are claimed count for nothing.
    answer = browser.post(INPUTS, {"file": SimpleUploadedFile("x.png", data, "image/png")})
    refused(answer, status, code)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "CMYK"), ("PNG", "I;16"), ("PNG", "LA"), ("PNG", "P"), ("PNG", "1")]
)
def test_odd_modes_become_ordinary_ones(browser: Client, kind: str, mode: str) -> None:
    answer = browser.post(INPUTS, {"file": SimpleUploadedFile("x.exe", picture(kind, mode), "text/html")})
    assert answer.status_code == 201 and (answer.json()["width"], answer.json()["height"]) == (32, 24)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["../../x.png", "x\0.png", "C:\\x.png", ".htaccess", "x" * 5000, "\u202egnp.exe", "", "a\r\nb"]
)
def test_a_name_is_nothing_but_a_name(browser: Client, name: str) -> None:
    boundary, data = "bw", picture("PNG")
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    body = head + data + f"\r\n--{boundary}--\r\n".encode()
    answer = browser.post(INPUTS, body, content_type=f"multipart/form-data; boundary={boundary}")
    if len(name) > 1024:
        refused(answer, 400, "bad_request")
    else:
        assert answer.status_code in (201, 422), answer.content


FORM = "multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="%d"\r\n\r\nv\r\n'


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"broken", "multipart/form-data", 400, "bad_request"),
        (b"broken", "multipart/form-data; boundary=\xff".encode("latin1").decode("latin1"), 400, "bad_request"),
        (b"".join(PART % n for n in range(1100)) + b"--x--", FORM, 400, "bad_request"),
        (b"--x\r\nbroken", FORM, 422, "invalid"),
        (b"", FORM, 422, "invalid"),
    ],
)
def test_a_broken_form_is_told(browser: Client, body: bytes, kind: str, status: int, code: str) -> None:
    refused(browser.post(INPUTS, body, content_type=kind), status, code)


# Who asks, what, and how ---------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_body_that_is_too_large_and_a_host_that_is_not_ours_are_told(browser: Client) -> None:
    told = refused(browser.post(STYLES, b" " * (2 * 2**20), content_type="application/json"), 413, "too_large")
    assert told["params"]["limit"] == "1 MB"
    refused(browser.get("/api/v1/prompts", headers={"host": "evil.example"}), 400, "bad_request")


@pytest.mark.django_db
def test_an_address_has_its_methods_and_one_form(browser: Client) -> None:
    for method in ("put", "patch", "delete", "options", "trace"):
        answer = getattr(browser, method)(STYLES)
        refused(answer, 405, "method_not_allowed")
        assert answer["Allow"] == "GET, POST"
    answer = browser.get("/api/v1/prompts", headers={"accept": "image/png"})
    assert answer.status_code == 200 and answer["Content-Type"].startswith("application/json")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["generations/{}", "inputs/{}", "works/{}/edit", "boards/{}"])
@pytest.mark.parametrize(
    "ident", ["abc", "-1", "7", "%00", "..%2f", "{%7B}", NOBODYS, NOBODYS.upper(), UUID(NOBODYS).hex, "1e9"]
)
def test_what_is_not_there_is_not_found(browser: Client, path: str, ident: str) -> None:
    refused(browser.get(f"/api/v1/{path.format(ident)}"), 404, "not_found")


@pytest.mark.django_db
def test_what_is_anothers_is_not_there(browser: Client, bob: User) -> None:
    fake = Model.objects.get(name="fake")
    his = lifecycle.submit(bob.pk, "one", tool=tools.find("text_to_image"), model=fake, params=PARAMS, inputs={})
    for form in (str(his.pk), his.pk.hex, str(his.pk).upper()):
        refused(browser.get(f"/api/v1/generations/{form}"), 404, "not_found")
    refused(browser.put(f"{STYLES}/999999999999999999999", STYLE, content_type="application/json"), 404, "not_found")
    refused(browser.put(f"{STYLES}/-1", STYLE, content_type="application/json"), 404, "not_found")


@pytest.mark.django_db
def test_nobody_and_other_pages_are_told(alice: User) -> None:
    nobody = Client(raise_request_exception=False)
    refused(nobody.get("/api/v1/prompts"), 401, "auth_required")
    refused(nobody.get("/api/v1/prompts?token=x&access_token=x"), 401, "auth_required")
    refused(nobody.get("/api/v1/prompts", headers={"cookie": "sessionid=x; sessionid=\x7f"}), 401, "auth_required")
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    strict.force_login(alice)
    refused(strict.post(STYLES, STYLE, content_type="application/json"), 403, "csrf_failed")
    strict.cookies["csrftoken"] = "t" * 32
    foreign = {"origin": "https://evil.example", "x-csrftoken": "t" * 32}
    refused(strict.post(STYLES, STYLE, content_type="application/json", headers=foreign), 403, "csrf_failed")


@pytest.mark.django_db
def test_a_mistake_of_ours_is_told_without_its_traceback(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def bug(*args: object) -> None:
        raise ZeroDivisionError("a secret of the code")

    monkeypatch.setattr(generations, "prompts", bug)
    answer = browser.get("/api/v1/prompts")
    refused(answer, 500, "internal")
    assert "secret" not in answer.content.decode()
