"""What a server with images endpoints can do wrong: each is one answer to one request, see ImagesServer.script."""

import asyncio
import base64
import json
from typing import Any

from PIL import Image

from tests.servers.openai_images import Call, Fault, encoded, event

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


def status(code: int, **headers: str) -> Fault:
    async def fault(call: Call) -> None:
        await call.refuse(code, **headers)

    return fault


def reset_after(data: bytes) -> Fault:
    """The connection is reset when these bytes were sent."""

    async def fault(call: Call) -> None:
        await call.wire.raw(data)
        await asyncio.sleep(0.01)
        call.wire.reset()

    return fault


def stall_after(data: bytes) -> Fault:
    """Nothing comes after these bytes, and nothing ends."""

    async def fault(call: Call) -> None:
        await call.wire.raw(data)
        await asyncio.sleep(30)

    return fault


def raw(data: bytes) -> Fault:
    """These bytes, and the end of the connection."""

    async def fault(call: Call) -> None:
        await call.wire.raw(data)
        call.wire.reset()

    return fault


def body(data: bytes, kind: str = "application/json", **headers: str) -> Fault:
    async def fault(call: Call) -> None:
        await call.answer(data, kind=kind, **headers)

    return fault


def says(value: Any) -> Fault:
    return body(json.dumps(value).encode())


def picture(data: bytes) -> Fault:
    """An answer of the right shape with this file in it."""
    return says({"created": 1, "data": [{"b64_json": base64.b64encode(data).decode()}]})


def address(url: str) -> Fault:
    """An answer of the right shape that names this address."""
    return says({"created": 1, "data": [{"url": url}]})


def redirect(to: str) -> Fault:
    return status(307, location=to)


async def drip(call: Call) -> None:
    """A byte now and then, for ever."""
    await call.wire.raw(HEAD + b"transfer-encoding: chunked\r\n\r\n")
    while True:
        await call.wire.raw(b"1\r\n \r\n")
        await asyncio.sleep(0.02)


async def endless(call: Call) -> None:
    """As fast as it is read, for ever."""
    await call.wire.raw(HEAD + b"transfer-encoding: chunked\r\n\r\n")
    piece = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    while True:
        await call.wire.raw(piece)


def stream(*events: bytes) -> Fault:
    return body(b"".join(events), kind="text/event-stream")


def bomb() -> bytes:
    """A small PNG file that says it has 10^9 pixels."""
    data = bytearray(encoded(Image.new("RGB", (1, 1))))
    data[16:24] = (40_000).to_bytes(4, "big") + (25_000).to_bytes(4, "big")
    return bytes(data)


PNG = encoded(Image.new("RGB", (64, 64), "red"))
TWO = says({"data": [{"b64_json": base64.b64encode(PNG).decode()}] * 2})
DEEP = body(b"[" * 100_000)

# name -> (fault, code of studio/words/errors.py). None of them is asked with a timeout above a second.
FAULTS: dict[str, tuple[Fault, str]] = {
    "reset before a word": (reset_after(b""), "engine_broken"),
    "reset in the first line": (reset_after(b"HTTP/1."), "engine_broken"),
    "reset in the head": (reset_after(HEAD), "engine_broken"),
    "reset in the body": (reset_after(HEAD + b'content-length: 99\r\n\r\n{"da'), "engine_broken"),
    "reset in a chunk": (reset_after(HEAD + b'transfer-encoding: chunked\r\n\r\nff\r\n{"data"'), "engine_broken"),
    "stall before a word": (stall_after(b""), "engine_timeout"),
    "stall in the head": (stall_after(HEAD), "engine_timeout"),
    "stall in the body": (stall_after(HEAD + b"content-length: 99\r\n\r\n{"), "engine_timeout"),
    "a byte now and then": (drip, "engine_timeout"),
    "endless": (endless, "engine_broken"),
    "says it will be endless": (raw(HEAD + b"content-length: 99999999999\r\n\r\n{"), "engine_broken"),
    "length that is no number": (raw(HEAD + b"content-length: many\r\n\r\n{}"), "engine_broken"),
    "no HTTP": (raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), "engine_broken"),
    "head without an end": (raw(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000), "engine_broken"),
    "packed": (body(b"\x1f\x8b" + b"\0" * 50, content_encoding="gzip"), "engine_broken"),
    "busy": (status(429, retry_after="0"), "engine_busy"),
    "not ready": (status(503, retry_after="30"), "engine_busy"),
    "fault": (status(500), "engine_error"),
    "gateway without a server": (status(502), "engine_error"),
    "gateway that gave up": (status(504), "engine_timeout"),
    "bad request": (status(400), "engine_refused"),
    "no such model": (status(404), "engine_refused"),
    "aborted by somebody": (status(409), "engine_refused"),
    "key unknown": (status(401), "engine_unauthorised"),
    "key forbidden": (status(403), "engine_unauthorised"),
    "moved to the metadata service": (redirect("http://169.254.169.254/latest/meta-data/"), "engine_not_allowed"),
    "moved to itself": (redirect("/v1/images/generations"), "engine_not_allowed"),
    "no JSON": (body(b"<html>hello</html>", kind="text/html"), "engine_broken"),
    "half of JSON": (body(b'{"data": [{"b64_json": "'), "engine_broken"),
    "NaN": (body(b'{"data": NaN}'), "engine_broken"),
    "deep JSON": (DEEP, "engine_broken"),
    "a list": (says([1]), "engine_broken"),
    "no data": (says({"created": 1}), "engine_broken"),
    "data that is no list": (says({"data": {"b64_json": "x"}}), "engine_broken"),
    "an entry that is text": (says({"data": ["x"]}), "engine_broken"),
    "an empty entry": (says({"data": [{"b64_json": None, "url": None}]}), "engine_broken"),
    "no picture": (says({"data": []}), "engine_broken"),
    "one picture too many": (TWO, "engine_broken"),
    "no base64": (says({"data": [{"b64_json": "§§§"}]}), "engine_broken"),
    "an empty picture": (picture(b""), "engine_broken"),
    "SVG": (picture(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "engine_broken"),
    "GIF": (picture(encoded(Image.new("P", (9, 9)), "GIF")), "engine_broken"),
    "half a picture": (picture(PNG[: len(PNG) // 2]), "engine_broken"),
    "too many pixels": (picture(bomb()), "engine_broken"),
    "a path of Xinference's own disk": (address("/root/.xinference/image/8b1.jpg"), "engine_broken"),
    "an address on another host": (address("http://127.0.0.2/a.png"), "engine_not_allowed"),
    "an address of the metadata service": (address("http://169.254.169.254/a.png"), "engine_not_allowed"),
    "an address on another port": (address("http://127.0.0.1:1/a.png"), "engine_not_allowed"),
    "a file address": (address("file:///etc/passwd"), "engine_not_allowed"),
    "an address that is none": (address("http://[::1/a.png"), "engine_not_allowed"),
}
PARTIAL = {
    "type": "image_generation.partial_image",
    "partial_image_index": 0,
    "b64_json": base64.b64encode(PNG).decode(),
}
STREAM_FAULTS: dict[str, tuple[Fault, str]] = {
    "ends without the picture": (stream(event(PARTIAL)), "engine_broken"),
    "says that it failed": (stream(event(PARTIAL), event({"error": {"message": "no"}})), "engine_error"),
    "no JSON in it": (stream(b"data: {\n\n"), "engine_broken"),
    "a number": (stream(b"data: 7\n\n"), "engine_broken"),
    "no picture in it": (stream(event({"type": "image_generation.completed"})), "engine_broken"),
    "no stream at all": (picture(PNG), "engine_broken"),
    "done before it began": (stream(b"data: [DONE]\n\n"), "engine_broken"),
    "reset in it": (reset_after(HEAD.replace(b"application/json", b"text/event-stream") + b"\r\n"), "engine_broken"),
}
