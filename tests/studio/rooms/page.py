"""A page in a room, as the browser's is: a document of its own, and the socket through our real routing."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from channels.testing import WebsocketCommunicator
from pycrdt import Array, Doc, Map

from accounts.models import User
from studio.protocol.rooms import SUBPROTOCOL
from studio.rooms import document
from studio.routing import sockets
from studio.values.frames import parts
from tests.stack.session import session_cookie

WITHIN = 60.0


def frame(header: dict[str, Any], data: bytes) -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(4, "big") + text + data


def stroke(name: str, by: int, **more: Any) -> dict[str, Any]:
    """A small stroke as it stands in a document."""
    made = {"id": name, "kind": "stroke", "tool": "brush", "color": "#1f2328", "size": 8, "opacity": 1}
    points = more.pop("points", [0, 0, 1, 5.5, 5, 0.5, 9, 9, 0.75])
    return document.packed(made | {"points": points, "by": by, "t": int(time.time() * 1000)} | more)


def changed(doc: Doc, change: Callable[[Doc], None]) -> bytes:
    """What `change` did to a document, as one update."""
    found: list[bytes] = []
    watching = doc.observe(lambda event: found.append(event.update))
    with doc.transaction():
        change(doc)
    doc.unobserve(watching)
    return found[0]


def marks_of(doc: Doc, layer: str = "first") -> Array:
    return doc.get("layers", type=Map)[layer]["marks"]


def drew(name: str, by: int, layer: str = "first", **more: Any) -> Callable[[Doc], None]:
    return lambda doc: marks_of(doc, layer).append(stroke(name, by, **more))


class Page:
    """`heard` are the JSON messages that nobody has waited for yet, with the bytes of binary ones as "bytes"."""

    def __init__(self, board: UUID, user: User, cookie: str, doc: Doc | None = None, **headers: str) -> None:
        told = [(b"host", b"studio.test"), (b"cookie", cookie.encode())]
        headers = {"origin": "https://studio.test"} | headers
        told += [(name.encode(), value.encode()) for name, value in headers.items()]
        self.socket = WebsocketCommunicator(sockets, f"/ws/boards/{board}/", told, [SUBPROTOCOL])
        self.user, self.doc, self.n = user, doc or document.opened(), 0
        self.heard: list[dict[str, Any]] = []
        self.acked: set[int] = set()

    @classmethod
    async def opened(cls, board: UUID, user: User, doc: Doc | None = None, **headers: str) -> "Page":
        page = cls(board, user, await asyncio.to_thread(session_cookie, user), doc, **headers)
        connected, _spoken = await page.socket.connect(timeout=WITHIN)
        assert connected
        return page

    @classmethod
    async def inside(cls, board: UUID, user: User, doc: Doc | None = None) -> "Page":
        """Opened and greeted, with what the server has."""
        page = await cls.opened(board, user, doc)
        await page.greet()
        return page

    async def greet(self) -> None:
        hello = {"type": "hello", "version": 1, "client": self.doc.client_id}
        await self.socket.send_to(bytes_data=frame(hello, self.doc.get_state()))
        self.welcomed = await self.wait("welcome")
        self.name = self.welcomed["you"]["page"]
        vector = (await self.wait("vector"))["bytes"]
        await self.wait("update")
        lacking = self.doc.get_update(vector)
        if not same(self.doc, vector):
            await self.send(lacking)

    async def send(self, update: bytes) -> int:
        self.n += 1
        await self.socket.send_to(bytes_data=frame({"type": "update", "n": self.n}, update))
        return self.n

    async def change(self, change: Callable[[Doc], None]) -> None:
        """Change the document, and wait until the server has kept it."""
        n = await self.send(changed(self.doc, change))
        while n not in self.acked:
            await self.wait("ack")

    async def draw(self, name: str, **more: Any) -> None:
        await self.change(drew(name, self.user.pk, **more))

    async def say(self, message: dict[str, Any], data: bytes | None = None) -> None:
        if data is None:
            await self.socket.send_to(text_data=json.dumps(message))
        else:
            await self.socket.send_to(bytes_data=frame(message, data))

    async def next(self) -> dict[str, Any]:
        """The next message, whatever it is. A closed socket is {"type": "closed", "code": …}."""
        out = await self.socket.receive_output(WITHIN)
        if out["type"] == "websocket.close":
            return {"type": "closed", "code": out.get("code")}
        if out.get("text") is not None:
            told: dict[str, Any] = json.loads(out["text"])
        else:
            header, data = parts(out["bytes"])
            told = header | {"bytes": data}
            if header["type"] == "update":
                self.doc.apply_update(data)
        if told["type"] == "ack":
            self.acked.add(told["n"])
        return told

    async def wait(self, *types: str, **like: Any) -> dict[str, Any]:
        """The next message of one of these types, in which everything of `like` stands; others are kept in `heard`."""
        for n, told in enumerate(self.heard):
            if told["type"] in types and all(told.get(name) == value for name, value in like.items()):
                return self.heard.pop(n)
        async with asyncio.timeout(WITHIN):
            while True:
                told = await self.next()
                if told["type"] in types and all(told.get(name) == value for name, value in like.items()):
                    return told
                assert told["type"] != "closed", f"closed ({told['code']}) while waiting for {types}: {self.heard}"
                self.heard.append(told)

    async def until(self, seen: Callable[[], bool]) -> None:
        """Take messages until `seen`."""
        async with asyncio.timeout(WITHIN):
            while not seen():
                self.heard.append(await self.next())

    def sees(self, *names: str) -> bool:
        """Whether these marks are in the document."""
        return set(names) <= {mark["id"] for mark in shown(self.doc)}

    async def end(self) -> tuple[str, int]:
        """Why the server ends this, and its close code."""
        bye = await self.wait("bye")
        return bye["code"], (await self.wait("closed"))["code"]

    async def leave(self) -> None:
        await self.socket.disconnect(timeout=WITHIN)


def shown(doc: Doc) -> list[dict[str, Any]]:
    """The marks that a document shows, of all layers."""
    return [mark for layer in document.drawing_of(doc)["layers"] for mark in layer["marks"]]


def same(doc: Doc, vector: bytes) -> bool:
    """Whether `doc` has nothing beyond a state vector."""
    from studio.rooms import wire

    there = wire.vector(vector)
    return all(there.get(client, 0) >= clock for client, clock in wire.vector(doc.get_state()).items())
