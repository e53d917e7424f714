"""A page in a room of the running studio, as far as the live picture goes: it draws nothing itself."""

import asyncio
import json
from typing import Any
from uuid import UUID

from tests.stack import PATIENCE
from tests.stack.page import Page

# The state vector of a document of which nothing is known.
NOTHING = b"\x00"


class RoomPage(Page):
    """As Page; `previews` are the frames of the live picture, `document` the updates of the board."""

    def __init__(self, url: str, board: UUID, cookie: str) -> None:
        super().__init__(url, cookie)
        self.url = f"{url.replace('http', 'ws', 1)}/ws/boards/{board}/"
        self.document: list[bytes] = []

    async def open(self, subprotocols: list[str] | None = None) -> None:
        await super().open(subprotocols or ["brushwire.board.v1"])
        await self.send({"type": "hello", "version": 1, "client": 7}, NOTHING)
        self.name = (await self.wait("welcome"))["you"]["page"]

    async def ask(self, revision: int, kind: str = "draft", **params: Any) -> None:
        """Ask for a live picture for all, with the fake model."""
        about = {"type": "draw", "revision": revision, "kind": kind, "tool": "text_to_image", "model": "fake"}
        await self.send(about | {"params": params})

    async def asked(self, revision: int, kind: str = "draft", **params: Any) -> int:
        """The same; the number that it got among all of the room."""
        await self.ask(revision, kind, **params)
        return int((await self.wait("taken", lambda e: e["revision"] == revision))["number"])

    async def picture(self, number: int) -> tuple[dict[str, Any], bytes]:
        """The finished frame of this number."""

        def found() -> tuple[dict[str, Any], bytes] | None:
            return next((each for each in self.previews if each[0]["number"] == number and each[0]["done"]), None)

        async with self.arrived:
            await asyncio.wait_for(self.arrived.wait_for(lambda: found() or self.closed), PATIENCE)
        picture = found()
        assert picture is not None, f"closed with {self.closed}; last: {self.events[-3:]}"
        return picture

    async def _apply(self, event: dict[str, Any]) -> None:
        self.events.append(event)

    async def _take(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            length = int.from_bytes(frame[:4], "big")
            header = json.loads(frame[4 : 4 + length])
            if header["type"] != "frame":
                self.document.append(frame[4 + length :])
                return
        await super()._take(frame)
