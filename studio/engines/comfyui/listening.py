"""Our socket at a ComfyUI server: kept open, opened again when it breaks, its messages one after the other."""

import asyncio
import json
import random
import uuid
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import quote

from studio.engines.remote.allow import Allowlist
from studio.engines.remote.errors import RemoteError
from studio.engines.remote.pinned import open_websocket
from studio.engines.remote.servers import Target

# What we understand besides the oldest protocol; it has to be the first that is said.
FLAGS = json.dumps({"type": "feature_flags", "data": {"supports_preview_metadata": True}})
# Seconds until it is opened again: at first, and at most, while it does not open.
AGAIN, LONGEST = 0.2, 5.0
# Messages that wait for us; then the server waits, too.
KEPT = 16


class Line:
    """`async with` it; the first opening has to succeed, else RemoteError. `lost` counts how often it broke.

    Upstream, a second socket with the same id may lose its events when the first is cleared away (ComfyUI#16010), so
    nobody may rely on events alone.
    """

    def __init__(self, target: Target, allow: Allowlist) -> None:
        self.client_id = uuid.uuid4().hex
        self.lost = 0
        self._target, self._allow = target, allow
        self._heard: asyncio.Queue[str | bytes] = asyncio.Queue(KEPT)
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._keep())
        try:
            await asyncio.shield(self._opened)
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    async def _end(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])

    async def next(self, seconds: float) -> str | bytes | None:
        """The next message, None when none came within `seconds`."""
        try:
            return self._heard.get_nowait()
        except asyncio.QueueEmpty:
            pass
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                return await self._heard.get()
        return None

    @property
    def _url(self) -> str:
        base = self._target.base_url.rstrip("/").replace("http", "ws", 1)
        return f"{base}/ws?clientId={quote(self.client_id)}"

    async def _keep(self) -> None:
        from websockets.exceptions import ConnectionClosed

        pause = AGAIN
        while True:
            try:
                async with open_websocket(self._url, self._allow, headers=self._target.headers) as socket:
                    await socket.send(FLAGS)
                    if not self._opened.done():
                        self._opened.set_result(None)
                    pause = AGAIN
                    async for message in socket:
                        await self._heard.put(message)
            except ConnectionClosed:
                pass
            except RemoteError as error:
                if not self._opened.done():
                    self._opened.set_exception(error)
                    return
            self.lost += 1
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311  so that not all come at once
            pause = min(LONGEST, 2 * pause)
