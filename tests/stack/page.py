"""What a browser's page does, without a browser: one socket, speaking the protocol. Knows no Django."""

import asyncio
import json
import time
from typing import Any

import websockets
from websockets.typing import Subprotocol

from tests.stack import PATIENCE


class Page:
    """An open page. Reads everything that arrives into `events` (dicts) and `previews` ((header, bytes))."""

    def __init__(self, url: str, cookie: str = "", **headers: str | None) -> None:
        self.url = url.replace("http", "ws", 1) + "/ws/studio/"
        wanted = {"Origin": url, "Cookie": cookie or None} | headers
        self.headers = {name: value for name, value in wanted.items() if value is not None}
        self.events: list[dict[str, Any]] = []
        self.previews: list[tuple[dict[str, Any], bytes]] = []
        self.closed: int | None = None
        self.acknowledge = True
        self.seq: int | None = None
        self.connection: dict[str, Any] = {}  # more of websockets.connect: TLS, another address

    async def __aenter__(self) -> "Page":
        await self.open()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def open(self, subprotocols: list[str] | None = None) -> None:
        """Connect; raises websockets.InvalidStatus when the handshake is refused."""
        self.socket = await websockets.connect(
            self.url,
            additional_headers=self.headers,
            origin=None,
            subprotocols=[Subprotocol(name) for name in subprotocols or ["brushwire.v1"]],
            compression=None,
            max_size=2**22,
            open_timeout=PATIENCE,
            ping_timeout=PATIENCE,
            **self.connection,
        )
        self.closed = None
        self.arrived = asyncio.Condition()
        self.reader = asyncio.create_task(self._read())

    async def close(self) -> None:
        await self.socket.close()
        await self.reader

    async def send(self, message: dict[str, Any], blob: bytes | None = None) -> None:
        text = json.dumps(message)
        if blob is None:
            await self.socket.send(text)
        else:
            await self.socket.send(len(text.encode()).to_bytes(4, "big") + text.encode() + blob)

    async def hello(self, last_seq: int | None = None) -> dict[str, Any]:
        """Greet; returns the first answer."""
        before = len(self.events)
        self.seq = last_seq
        await self.send({"type": "hello", "version": 1, "last_seq": last_seq})
        return await self.nth(before)

    async def submit(self, id: str, tool: str = "text_to_image", blob: bytes | None = None, **params: Any) -> str:
        """Submit to the fake model unless `model` says otherwise; returns the generation's id."""
        message = {"type": "submit", "id": id, "tool": tool, "model": params.pop("model", "fake"), "params": params}
        if blob is not None:
            message["attached"] = "sketch"
        await self.send(message, blob)
        queued = await self.wait("queued", lambda e: e["generation"]["command"] == id)
        return str(queued["generation"]["id"])

    async def draw(self, board: str, revision: int, blob: bytes | None = None, **params: Any) -> None:
        """Draw live with the fake model unless `model` says otherwise; `kind` is "draft" unless given."""
        message: dict[str, Any] = {"type": "draw", "board": board, "revision": revision, "tool": "text_to_image"}
        message |= {"kind": params.pop("kind", "draft"), "model": params.pop("model", "fake"), "params": params}
        if blob is not None:
            message |= {"tool": "sketch_to_image", "attached": "sketch"}
        await self.send(message, blob)

    async def frame(self, board: str, revision: int) -> tuple[dict[str, Any], bytes]:
        """The finished frame of a revision, however long it takes (PATIENCE s)."""

        def found() -> tuple[dict[str, Any], bytes] | None:
            wanted = {"type": "frame", "board": board, "revision": revision, "done": True}
            return next((one for one in self.previews if wanted.items() <= one[0].items()), None)

        async with self.arrived:
            await asyncio.wait_for(self.arrived.wait_for(lambda: found() or self.closed), PATIENCE)
        frame = found()
        assert frame is not None, f"closed with {self.closed}; last: {self.events[-3:]}"
        return frame

    def frames(self, board: str) -> list[dict[str, Any]]:
        """The headers of all frames of a board, in the order in which they came."""
        return [header for header, _ in self.previews if header["type"] == "frame" and header["board"] == board]

    async def wait(self, kind: str, matches: Any = None, *, after: int = 0) -> dict[str, Any]:
        """The first event of `kind` (that `matches`), from the events[after:], however long it takes (PATIENCE s)."""

        def found() -> dict[str, Any] | None:
            for event in self.events[after:]:
                if event["type"] == kind and (matches is None or matches(event)):
                    return event
            return None

        async with self.arrived:
            await asyncio.wait_for(self.arrived.wait_for(lambda: found() or self.closed), PATIENCE)
        event = found()
        assert event is not None, f"closed with {self.closed} while waiting for {kind}; last: {self.events[-3:]}"
        return event

    async def ended(self, generation: str, kind: str = "finished") -> dict[str, Any]:
        """Wait for the end of a generation; fails when it ends otherwise than as `kind`."""
        ends = ("finished", "failed", "cancelled", "expired")
        async with self.arrived:
            await asyncio.wait_for(self.arrived.wait_for(lambda: self._of(generation, ends) or self.closed), PATIENCE)
        end = self._of(generation, ends)
        assert end, f"closed with {self.closed}"
        assert end["type"] == kind, end
        return end

    async def wait_closed(self) -> int:
        """Wait until the server closes; returns the close code."""
        async with self.arrived:
            await asyncio.wait_for(self.arrived.wait_for(lambda: self.closed is not None), PATIENCE)
        assert self.closed is not None
        return self.closed

    async def nth(self, index: int) -> dict[str, Any]:
        async with self.arrived:
            await asyncio.wait_for(self.arrived.wait_for(lambda: len(self.events) > index or self.closed), PATIENCE)
        return self.events[index]

    def _of(self, generation: str, kinds: tuple[str, ...]) -> dict[str, Any] | None:
        return next((e for e in self.events if e["type"] in kinds and e.get("generation") == generation), None)

    async def _read(self) -> None:
        try:
            async for frame in self.socket:
                await self._take(frame)
        except websockets.ConnectionClosed:
            pass
        async with self.arrived:
            self.closed, self.closed_at = self.socket.close_code or 1006, time.monotonic()
            self.arrived.notify_all()

    async def _apply(self, event: dict[str, Any]) -> None:
        """As the real page does: a gap in the numbers asks for what is missing, what is known is not heard again."""
        number = event.get("seq")
        if event["type"] == "heartbeat":
            if self.seq is not None and number is not None and number > self.seq:
                await self.send({"type": "sync", "last_seq": self.seq})
            number = None
        if event["type"] != "snapshot" and number is not None and self.seq is not None:
            if number > self.seq + 1:
                return await self.send({"type": "sync", "last_seq": self.seq})
            if number <= self.seq:
                return None
        self.seq = number if number is not None else self.seq
        self.events.append(event)
        return None

    async def _take(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            length = int.from_bytes(frame[:4], "big")
            self.previews.append((json.loads(frame[4 : 4 + length]), frame[4 + length :]))
            if self.acknowledge:
                await self.send({"type": "seen", "frames": 1})
        else:
            await self._apply(json.loads(frame))
        async with self.arrived:
            self.arrived.notify_all()
