"""Requests that no library would send, byte by byte to the real server: no length, a false one, too much."""

import json
import socket

from tests.stack.processes import Stack
from tests.stack.session import session_cookie

TOKEN = "t" * 32
CHUNK = 64 * 1024


def send(stack: Stack, cookie: str, path: str, kind: str, body: list[bytes], **headers: str) -> tuple[int, dict]:
    """The status and the JSON of the answer to a request with exactly these headers; `body` is sent as it is."""
    told = {
        "Host": f"127.0.0.1:{stack.port}",
        "Cookie": f"{cookie}; csrftoken={TOKEN}",
        "X-CSRFToken": TOKEN,
        "Content-Type": kind,
        "Connection": "close",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    head = f"POST {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in told.items()) + "\r\n"
    with socket.create_connection(("127.0.0.1", stack.port), timeout=60) as line:
        line.sendall(head.encode())
        try:
            for part in body:
                line.sendall(part)
        except OSError:
            pass  # it had heard enough
        answer = b""
        while data := line.recv(65536):
            answer += data
    status, _, rest = answer.partition(b"\r\n")
    return int(status.split()[1]), json.loads(rest.partition(b"\r\n\r\n")[2])


def chunked(parts: list[bytes]) -> list[bytes]:
    return [b"%x\r\n%s\r\n" % (len(part), part) for part in parts] + [b"0\r\n\r\n"]


def test_a_body_without_a_length_is_read_up_to_the_limit(stack: Stack, alice: object) -> None:
    cookie = session_cookie(alice)
    style = json.dumps({"name": "a", "prompt": "{prompt} in ink"}).encode()
    more = {"Transfer_Encoding": "chunked"}
    status, told = send(stack, cookie, "/api/v1/presets", "application/json", chunked([style[:9], style[9:]]), **more)
    assert (status, told.get("name")) == (201, "a")
    large = chunked([b" " * CHUNK] * 32)
    status, told = send(stack, cookie, "/api/v1/presets", "application/json", large, **more)
    assert (status, told["code"]) == (413, "too_large")
    # But a form is not: Django reads none without a length.
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n\x89PNG\r\n\x1a\n'
    upload = chunked([head, *[b"\0" * CHUNK] * 30, b"\r\n--x--\r\n"])
    status, told = send(stack, cookie, "/api/v1/inputs", "multipart/form-data; boundary=x", upload, **more)
    assert (status, told["code"]) == (411, "length_required")


def test_a_length_that_is_too_small_cuts_what_comes(stack: Stack, alice: object) -> None:
    body = b'{"name": "a", "prompt": "{prompt}"}'
    status, told = send(
        stack, session_cookie(alice), "/api/v1/presets", "application/json", [body], Content_Length="12"
    )
    assert (status, told["code"]) == (400, "invalid_json")
