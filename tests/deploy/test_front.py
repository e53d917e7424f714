"""What nginx does by itself: TLS, headers, static files, limits, what it keeps from the studio and from the logs."""

import json
import posixpath
import re
import socket
import ssl
from typing import Any

import httpx
import pytest

from studio.words.errors import ERRORS
from tests.deploy.certificate import HOST
from tests.deploy.topology import Topology
from tests.deploy.units import ROOT
from tests.deploy.visitor import Visitor, json_of


def raw(topology: Topology, request: bytes, *, tls: str = "") -> bytes:
    """What comes back for bytes sent to the http port, or to the https port with `tls` as the name in the handshake."""
    with socket.create_connection(("127.0.0.1", topology.https if tls else topology.http), timeout=30) as plain:
        connection: socket.socket = plain
        if tls:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            connection = context.wrap_socket(plain, server_hostname=tls)
        connection.sendall(request)
        answer = b""
        while not _is_whole(answer) and (part := connection.recv(65536)):
            answer += part
        return answer


def _is_whole(answer: bytes) -> bool:
    """Whether it has as many bytes as it says: nginx leaves a connection open whose request it did not read."""
    head, end, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    return bool(end and length) and len(body) >= int(length[1])


def test_whoever_asks_for_another_host_gets_nothing(topology: Topology, people: Any) -> None:
    assert raw(topology, b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n") == b""
    assert raw(topology, b"GET / HTTP/1.0\r\n\r\n") == b""
    with pytest.raises(ssl.SSLError):
        raw(topology, b"GET / HTTP/1.0\r\n\r\n", tls="evil.example")
    # The right name in the handshake, another one in the request.
    assert raw(topology, b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", tls=HOST) == b""


def test_http_leads_to_https_and_pages_carry_their_headers(topology: Topology, nobody: Visitor) -> None:
    moved = raw(topology, f"GET /gallery/?q=x HTTP/1.0\r\nHost: {HOST}\r\n\r\n".encode())
    assert moved.startswith(b"HTTP/1.1 301")
    assert f"Location: https://{HOST}/gallery/?q=x\r\n".encode() in moved
    page = nobody.get("/accounts/login/")
    assert page.headers["server"] == "nginx"
    assert page.headers["strict-transport-security"].startswith("max-age=31536000; includeSubDomains")
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "same-origin"
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy and "unsafe" not in policy
    (cookie,) = [value for value in page.headers.get_list("set-cookie") if value.startswith("csrftoken")]
    assert "Secure" in cookie and "SameSite=Lax" in cookie


def test_style_sheets_are_packed_and_kept_for_ever_by_their_names(nobody: Visitor) -> None:
    page = nobody.get("/accounts/login/").text
    sheet = re.search(r'href="(/static/css/[\w/.-]+\.[0-9a-f]{12}\.css)"', page)
    assert sheet, page[:3000]
    answer = nobody.get(sheet[1], headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert answer.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in answer.headers["vary"].lower()
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-content-type-options"] == "nosniff"
    modules = re.findall(r'"(/static/[\w/.-]+\.js)"', nobody.get("/").text)
    script = nobody.get(modules[0])
    assert (script.status_code, script.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    # By its plain name it may change.
    plain = re.sub(r"\.[0-9a-f]{12}\.css", ".css", sheet[1])
    assert nobody.get(plain).headers["cache-control"] == "public, max-age=300"
    for path in (
        "/static/",
        "/static/css/",
        "/static/../media/",
        "/static/..%2fmedia/",
        "/static/.env",
        "/.git/config",
    ):
        answer = raw_path(nobody, path)
        assert answer.status_code in (400, 403, 404), path
        assert "server" not in answer.headers or answer.headers["server"] == "nginx"


def test_every_module_that_a_page_may_ask_for_is_there(alice: Visitor) -> None:
    page = alice.get("/studio/").text
    found = re.search(r'<script type="importmap"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert found, page[:3000]
    wanted = set(json.loads(found[1])["imports"].values())
    asked: set[str] = set()
    while wanted - asked:
        address = min(wanted - asked)
        asked.add(address)
        answer = alice.get(address)
        assert answer.status_code == 200, address
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8", address
        folder = address.rpartition("/")[0]
        # What one of them names beside itself, as vendored files do.
        for name in re.findall(r"""(?:from|import\()\s*["'](\.{1,2}/[^"']+\.m?js)["']""", answer.text):
            wanted.add(posixpath.normpath(f"{folder}/{name}"))
    assert len(asked) > 40


def raw_path(visitor: Visitor, path: str) -> httpx.Response:
    """Ask for a path as it stands there: clients tidy it otherwise."""
    url = httpx.URL(visitor.site).copy_with(raw_path=path.encode())
    return visitor.send(visitor.build_request("GET", url))


def test_what_a_visitor_writes_into_our_headers_never_arrives(
    topology: Topology, people: dict[str, Any], nobody: Visitor
) -> None:
    forged = {
        "X-Forwarded-For": "6.6.6.6",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "evil.example",
        "X-Real-IP": "6.6.6.6",
        "Forwarded": "for=6.6.6.6;host=evil.example;proto=http",
        "Daphne-Root-Path": "/evil",
        "X-Accel-Redirect": "/_protected/works/",
        "X_Forwarded_For": "6.6.6.6",
    }
    nobody.log_in(people["bob"], people["password"], **forged)
    devices = nobody.get("/account/sessions/").text
    assert "127.0.0.1" in devices and "6.6.6.6" not in devices
    answer = nobody.get("/account/sessions/", headers=forged)
    assert answer.status_code == 200, "no way to http: it came by https"
    assert "evil" not in answer.text
    away = Visitor(topology).get("/studio/", headers=forged)
    assert away.status_code == 302
    assert away.headers["location"].startswith("/accounts/login/")


def test_too_large_is_said_in_the_words_of_the_address(topology: Topology, program: Visitor, nobody: Visitor) -> None:
    # The studio's own limit for a picture, which the whole request does not reach.
    refused = program.post("/api/v1/inputs", files={"file": ("x.png", b"\x89PNG\r\n\x1a\n" + bytes(21 * 2**20))})
    assert refused.status_code == 413
    assert json_of(refused)["code"] == "too_large"
    # nginx's limit: said before anything is read.
    for path, form in (("/api/v1/inputs", "json"), ("/v1/images/edits", "json"), ("/boards/", "html")):
        said = raw(
            topology, f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 99999999\r\n\r\n".encode(), tls=HOST
        )
        head, _, body = said.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 413"), said[:500]
        assert (b"application/json" if form == "json" else b"text/html") in head
        assert (b'"too_large"' if form == "json" else "文件太大".encode()) in body
        assert b"X-Content-Type-Options: nosniff" in head
    odd = raw(topology, f"TRACE / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode(), tls=HOST)
    assert odd.startswith(b"HTTP/1.1 405")


def test_our_own_answers_use_the_codes_of_the_table() -> None:
    for path in (ROOT / "deploy" / "nginx" / "brushwire" / "answers").glob("*.json"):
        told = json.loads(path.read_text())
        assert ERRORS[told["code"]].status == int(path.stem)
        assert told["error"]["code"] == told["code"]


def test_secrets_in_addresses_are_in_no_log(topology: Topology, people: dict[str, Any], nobody: Visitor) -> None:
    code = people["code"]
    assert nobody.get(f"/comfy/c/{code}/queue").status_code == 200
    secret = "s3cret" + "x" * 20
    for path in (
        f"/s/{secret}/", f"/join/{secret}/", f"/report/shared/{secret}/", f"/accounts/password/reset/key/1-{secret}/",
        f"/accounts/confirm-email/{secret}/", f"/v1/pictures/{secret}.png", f"/accounts/signup/?code={secret}",
        f"/%73/{secret}/", f"/comfy/%63/{secret}/queue",
    ):  # fmt: skip
        assert raw_path(nobody, path).status_code in (200, 302, 401, 403, 404, 405), path
    # Where an address is too large even to be read, the error log says so without it.
    huge = f"POST /comfy/c/{code}/prompt HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 99999999\r\n\r\n"
    assert raw(topology, huge.encode(), tls=HOST).startswith(b"HTTP/1.1 413")
    logs = topology.log(most=10**7)
    assert "/comfy/c/***/queue" in logs
    assert re.search(r"/s/\*\*\*/", logs)
    assert secret not in logs
    assert code not in logs
