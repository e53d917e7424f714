"""A TCP proxy that misbehaves on command: drops, delays, goes silent half way, cuts after so many bytes."""

import asyncio
from contextlib import suppress
from typing import Any

CHUNK = 65536


class Proxy:
    """Between clients and `target` ("unix:/path" or (host, port)); listens on `port`, or on the unix socket `path`."""

    def __init__(self, target: Any, path: str | None = None) -> None:
        self.target, self.path = target, path
        self.port = 0
        self.delay = 0.0  # seconds before each piece goes on
        self.silent = False  # half-open: connections stay, nothing comes through
        self.cut_after: int | None = None  # bytes from the server; then the connection is cut
        self.cuts = 0
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "Proxy":
        if self.path:
            self.server = await asyncio.start_unix_server(self._serve, self.path)
        else:
            self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
            self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        self.server.close()
        self.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> int:
        """Cut every connection now, without a farewell; how many there were."""
        there = [writer for writer in self._open if not writer.transport.is_closing()]
        for writer in there:
            writer.transport.abort()
        self.cuts += len(there) // 2
        return len(there) // 2

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if isinstance(self.target, str):
                there = await asyncio.open_unix_connection(self.target.removeprefix("unix:"))
            else:
                there = await asyncio.open_connection(*self.target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, there[1]}
        both = [self._pump(reader, there[1]), self._pump(there[0], writer, counted=True)]
        tasks = [asyncio.create_task(each) for each in both]
        self._tasks.update(tasks)
        with suppress(asyncio.CancelledError):
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
            self._tasks.discard(task)
        for each in (writer, there[1]):
            self._open.discard(each)
            each.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, counted: bool = False) -> None:
        passed = 0
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                if self.delay:
                    await asyncio.sleep(self.delay)
                while self.silent:
                    await asyncio.sleep(0.05)
                passed += len(data)
                if counted and self.cut_after is not None and passed > self.cut_after:
                    writer.write(data[: len(data) - (passed - self.cut_after)])
                    self.cuts += 1
                    return
                writer.write(data)
                await writer.drain()
