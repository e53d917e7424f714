"""Other sites' pages: those in the list may use the API with a key; no cookie comes or goes that way."""

from typing import Any

import pytest
from channels.testing import HttpCommunicator

from studio.apps import cors_origins, webhook_hosts
from studio.gates.cors import Cors

APP = (b"origin", b"https://app.example")


@pytest.fixture(autouse=True)
def listed(settings: Any) -> None:
    settings.CORS_ORIGINS = ["https://app.example"]


async def inner(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Tells in its body which cookies came."""
    cookies = b";".join(value for name, value in scope["headers"] if name == b"cookie")
    headers = [(b"set-cookie", b"a=b"), (b"vary", b"Cookie")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": cookies})


async def ask(path: str, *headers: tuple[bytes, bytes], method: str = "GET") -> tuple[int, dict[bytes, bytes], bytes]:
    told = [(b"host", b"studio.test"), (b"cookie", b"sessionid=x"), *headers]
    answer = await HttpCommunicator(Cors(inner), method, path, headers=told).get_response()
    return answer["status"], dict(answer["headers"]), answer["body"]


@pytest.mark.parametrize("path", ["/api/v1/works", "/v1/models", "/sdapi/v1/options", "/comfy/prompt"])
async def test_a_listed_site_may_read_and_brings_and_gets_no_cookies(path: str) -> None:
    _, headers, cookies = await ask(path, APP)
    assert headers[b"access-control-allow-origin"] == b"https://app.example"
    assert b"ETag" in headers[b"access-control-expose-headers"]
    assert b"access-control-allow-credentials" not in headers
    assert headers[b"vary"] == b"Origin" and b"set-cookie" not in headers and cookies == b""


@pytest.mark.parametrize(
    ("path", "origin"),
    [
        ("/api/v1/works", b"https://evil.example"),
        ("/api/v1/works", b"null"),
        ("/api/v1/works", b"https://app.example.evil.example"),
        ("/api/v1/works", b"http://studio.test"),  # our own page: no header, and its cookies
        ("/gallery/", b"https://app.example"),
        ("/accounts/login/", b"https://app.example"),
    ],
)
async def test_everybody_and_everything_else_is_as_without(path: str, origin: bytes) -> None:
    _, headers, cookies = await ask(path, (b"origin", origin))
    assert not [name for name in headers if name.startswith(b"access-control")]
    assert cookies == b"sessionid=x" and headers[b"set-cookie"] == b"a=b"


async def test_a_preflight_is_answered_without_asking_anybody() -> None:
    wanted = [(b"access-control-request-method", b"POST")]
    names = (b"access-control-request-headers", b"authorization, idempotency-key")
    status, headers, _ = await ask("/api/v1/generations", APP, *wanted, names, method="OPTIONS")
    assert status == 204 and b"POST" in headers[b"access-control-allow-methods"]
    assert headers[b"access-control-allow-headers"] == b"authorization, idempotency-key"
    assert b"access-control-allow-credentials" not in headers
    odd = (b"access-control-request-headers", b"a\tb, <x>")
    _, headers, _ = await ask("/api/v1/generations", APP, *wanted, odd, method="OPTIONS")
    assert b"access-control-allow-headers" not in headers
    status, headers, _ = await ask("/api/v1/x", (b"origin", b"https://evil.example"), *wanted, names, method="OPTIONS")
    assert status == 200 and b"access-control-allow-origin" not in headers


async def test_a_star_means_every_site(settings: Any) -> None:
    settings.CORS_ORIGINS = ["*"]
    _, headers, cookies = await ask("/v1/models", (b"origin", b"https://any.example"))
    assert headers[b"access-control-allow-origin"] == b"https://any.example" and cookies == b""


@pytest.mark.parametrize(
    ("listed", "fits"),
    [
        ("https://app.example.org", True),
        ("http://localhost:5173", True),
        ("*", True),
        ("https://app.example.org/", False),
        ("app.example.org", False),
        ("https://App.example.org", False),
        ("https://app.example.org:443", False),
        ("https://app.example.org:x", False),
    ],
)
def test_what_is_no_origin_keeps_the_studio_from_starting(settings: Any, listed: str, fits: bool) -> None:
    settings.CORS_ORIGINS = [listed]
    assert (cors_origins(None) == []) is fits


def test_a_host_list_for_webhooks_that_cannot_be_read_does_so_too(settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_HOSTS = ["public", "https://hooks.example.org"]
    (error,) = webhook_hosts(None)
    assert "BRUSHWIRE_WEBHOOK_HOSTS" in error.msg
