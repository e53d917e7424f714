"""Ways in which a server misbehaves at HTTP, for any ASGI application on tests/servers/hosting.py."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from tests.servers.hosting import App, Message, Wire

Send = Callable[[Message], Awaitable[None]]
# How long a stalling server says nothing, unless its client leaves first.
STALL_SECONDS = 30.0


class Faults:
    """What goes wrong next: `next(path, fault, times)` has the next answers to paths that begin so go wrong.

    Faults: `reset:N` (the connection ends after N bytes of an answer), `stall`, `trickle` (a byte now and then), a
    status (`429`, `500`), `garbage`, `deep` (JSON of a thousand levels), `list` (JSON, but not what was expected),
    `endless` (a body without an end), `huge` (a Content-Length of 100 GB), `packed` (a body nobody asked to be packed),
    `redirect` (to where clouds keep secrets), `html` (a page instead of what was asked).
    """

    def __init__(self) -> None:
        self._due: list[tuple[str, str]] = []
        self.done: list[tuple[str, str]] = []

    def next(self, path: str, fault: str, times: int = 1) -> None:
        self._due += [(path, fault)] * times

    def around(self, app: App) -> App:
        """`app`, where it goes wrong."""

        async def faulty(scope: Message, receive: Any, send: Send) -> None:
            due = next((each for each in self._due if scope["path"].startswith(each[0])), None)
            if due is None:
                await app(scope, receive, send)
                return
            self._due.remove(due)
            self.done.append(due)
            if scope["type"] == "websocket":
                await _refuse_socket(scope, send, due[1])
            else:
                await _misbehave(scope["extensions"]["wire"], send, due[1])

        return faulty


async def _refuse_socket(scope: Message, send: Send, fault: str) -> None:
    if fault.startswith("reset"):
        scope["extensions"]["wire"].reset()
    elif fault == "stall":
        await asyncio.sleep(STALL_SECONDS)
    elif fault == "garbage":
        await scope["extensions"]["wire"].raw(b"\x00\xff not HTTP\r\n\r\n")
    else:
        await send({"type": "websocket.close", "status": int(fault)})


async def _misbehave(wire: Wire, send: Send, fault: str) -> None:
    name, _, number = fault.partition(":")
    if name == "reset":
        whole = (
            b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{"prompt_id": "'
            + b"x" * 800
        )
        await wire.raw(whole[: int(number)])
        wire.reset()
    elif name == "stall":
        await asyncio.sleep(STALL_SECONDS)
    elif name == "trickle":
        await wire.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
        for _byte in range(int(STALL_SECONDS * 20)):
            await wire.raw(b" ")
            await asyncio.sleep(0.05)
    elif name == "endless":
        await wire.raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            await wire.raw(b"10000\r\n" + b"[" * 65536 + b"\r\n")
    elif name == "huge":
        await wire.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n[")
        await asyncio.sleep(STALL_SECONDS)
    elif name == "redirect":
        await answer(send, b"", 302, location="http://169.254.169.254/latest/meta-data/")
    else:
        await answer(send, *_words(name))


def _words(name: str) -> tuple[bytes, int]:
    if name.isdecimal():
        return b'{"error": "the server says no"}', int(name)
    told = {
        "garbage": b'{"prompt_id": \xff\xfe nonsense',
        "deep": b"[" * 1000 + b"]" * 1000,
        "list": b"[1, 2, 3]",
        "html": b"<!doctype html><script>alert(1)</script>",
    }
    return told[name], 200


async def answer(send: Send, body: bytes, status: int = 200, kind: str = "application/json", **headers: str) -> None:
    """An answer as it should be."""
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    about = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode()), *named]
    await send({"type": "http.response.start", "status": status, "headers": about})
    await send({"type": "http.response.body", "body": body})


async def answer_json(send: Send, value: Any, status: int = 200) -> None:
    await answer(send, json.dumps(value).encode(), status)
