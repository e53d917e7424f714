"""A page that draws in a room of the running studio and may lose its connection at any moment, as the browser's may."""

import asyncio
import json
import random
from typing import Any
from uuid import UUID

import websockets

from accounts.models import User
from studio.rooms import document
from tests.stack.page import Page
from tests.studio.rooms.page import changed, drew, same

# Seconds until a connection that does not come about is tried anew, and at most between two tries.
GIVE_UP, BACK_OFF = 30.0, 0.5


class Drawer(Page):
    """`doc` is what it sees. `drawn` are the ids of its marks, in order, `acknowledged` those that the server said are
    kept for good; `inks` what it saw of others' strokes in the making: (page, stroke)."""

    def __init__(self, url: str, board: UUID, cookie: str, user: User) -> None:
        super().__init__(url, cookie)
        self.url = f"{url.replace('http', 'ws', 1)}/ws/boards/{board}/"
        self.user = user
        self.doc = document.opened()
        self.drawn: list[str] = []
        self.acknowledged: set[str] = set()
        self.returns = -1
        self.inks: list[tuple[str, str]] = []
        self._n = 0
        self._waiting: dict[int, list[str]] = {}
        self._there = False

    async def open(self, subprotocols: list[str] | None = None) -> None:
        """Connect and greet; what either side lacks is exchanged."""
        await super().open(subprotocols or ["brushwire.board.v1"])
        before = len(self.events)
        hello = {"type": "hello", "version": 1, "client": self.doc.client_id}
        await self.send(hello, self.doc.get_state())
        self.name = (await self.wait("welcome", after=before))["you"]["page"]
        vector = (await self.wait("vector", after=before))["bytes"]
        await self.wait("update", after=before)
        self._waiting, self._there = {}, True
        self.returns += 1
        unkept = [name for name in self.drawn if name not in self.acknowledged]
        if same(self.doc, vector):
            self.acknowledged |= set(unkept)
        else:
            await self._send(self.doc.get_update(vector), unkept)

    async def draw(self, points: list[float] | None = None) -> str:
        """A stroke more, with or without a connection; its id."""
        name = f"{self.doc.client_id % 10**9}-{len(self.drawn)}"
        more = {} if points is None else {"points": points}
        update = changed(self.doc, drew(name, self.user.pk, **more))
        self.drawn.append(name)
        if self._there:
            await self._send(update, [name])
        return name

    async def ink(self, stroke: str, data: bytes, end: str | None = None) -> None:
        """Some points of a stroke in the making."""
        about = {"stroke": stroke, "layer": "first", "kind": "stroke", "color": "#1f2328", "size": 8}
        await self.send({"type": "ink", **about} | ({"end": end} if end else {}), data)

    @property
    def settled(self) -> bool:
        """Whether all that it drew is kept."""
        return len(self.acknowledged) == len(self.drawn)

    async def live(self, chance: random.Random, pause: float, over: asyncio.Event, leave: asyncio.Event) -> None:
        """Draw every `pause` seconds or so until it is `over`, and come back as often as the connection ends, until
        it is time to `leave`."""
        drawing = asyncio.create_task(self._draw_on(chance, over, pause))
        try:
            while not leave.is_set():
                try:
                    async with asyncio.timeout(GIVE_UP):
                        await self.open()
                    await self._stay(leave)
                except (OSError, websockets.WebSocketException, TimeoutError, AssertionError):
                    pass
                finally:
                    self._there = False
                    await self._hang_up()
                await asyncio.sleep(chance.uniform(0, BACK_OFF))
        finally:
            drawing.cancel()
            await asyncio.gather(drawing, return_exceptions=True)

    async def _draw_on(self, chance: random.Random, over: asyncio.Event, pause: float) -> None:
        while not over.is_set():
            await self.draw()
            await asyncio.sleep(chance.uniform(0.5, 1.5) * pause)

    async def _stay(self, leave: asyncio.Event) -> None:
        while self.closed is None and not leave.is_set():
            try:
                async with self.arrived, asyncio.timeout(0.2):
                    await self.arrived.wait()
            except TimeoutError:
                pass

    async def _hang_up(self) -> None:
        if getattr(self, "socket", None) is not None:
            await self.socket.close()
            await asyncio.gather(self.reader, return_exceptions=True)

    async def _send(self, update: bytes, names: list[str]) -> None:
        self._n += 1
        self._waiting[self._n] = names
        try:
            await self.send({"type": "update", "n": self._n}, update)
        except websockets.ConnectionClosed:
            pass  # it is sent again when the page is back

    async def _apply(self, event: dict[str, Any]) -> None:
        if event["type"] == "ack":
            self.acknowledged |= set(self._waiting.pop(event["n"], []))
        elif event["type"] != "heartbeat":
            self.events.append(event)

    async def _take(self, frame: str | bytes) -> None:
        if isinstance(frame, str):
            return await super()._take(frame)
        length = int.from_bytes(frame[:4], "big")
        header, data = json.loads(frame[4 : 4 + length]), frame[4 + length :]
        if header["type"] == "ink":
            self.inks.append((header["by"], header["stroke"]))
        elif header["type"] == "update":
            self.doc.apply_update(data)
            if not self._there:  # what it lacked, which is waited for
                self.events.append(header)
        else:
            self.events.append(header | {"bytes": data})
        async with self.arrived:
            self.arrived.notify_all()
        return None
