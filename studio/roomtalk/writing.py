"""The changes of a room on their way into the log: what comes while one is being stored goes together into the next.

Checking, applying and storing happen in a thread, one at a time for each room; the event loop only waits. A thread for
every room that is busy, at most WRITERS at once.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

from channels.db import database_sync_to_async

from studio.process import outage
from studio.rooms import log as changes
from studio.rooms.log import Change, Verdict
from studio.rooms.replica import Replica
from studio.words.errors import Refused

log = logging.getLogger(__name__)

WRITERS = 4
# What is stored together: so many changes, so many bytes.
TOGETHER, TOGETHER_BYTES = 64, 1024 * 1024
# What one page may have waiting before nothing more is read from it.
WAITING, WAITING_BYTES = 32, 1024 * 1024

pool = ThreadPoolExecutor(max_workers=WRITERS, thread_name_prefix="rooms")


async def in_rooms_pool(function: Any, *args: Any) -> Any:
    """Call `function`, which may ask the database, in the pool of rooms."""
    return await database_sync_to_async(function, thread_sensitive=False, executor=pool)(*args)


class Author(Protocol):
    """The page that sent a change."""

    waiting: int
    waiting_bytes: int

    @property
    def may_draw(self) -> bool:
        """Whether it may by now: it may have lost the right since it sent the change."""
        ...

    async def taken(self, n: int, verdict: Verdict) -> None: ...

    async def failed(self, n: int, code: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Sent:
    author: Author
    n: int
    change: Change


class Writing:
    """The queue of one room. `missed` is called with what other processes stored that the room has not heard of yet,
    `stored` with each row that was made here: its number, its bytes, and its authors."""

    def __init__(
        self,
        replica: Replica,
        lock: asyncio.Lock,
        missed: Callable[[int, bytes], Coroutine[Any, Any, None]],
        stored: Callable[[int, bytes, list[Any]], Coroutine[Any, Any, None]],
    ) -> None:
        self._replica, self._lock, self._missed, self._stored = replica, lock, missed, stored
        self._queue: list[Sent] = []
        self._task: asyncio.Task[None] | None = None
        self._room = asyncio.Event()

    async def put(self, sent: Sent) -> None:
        """Returns at once, except where the page has too much waiting already."""
        author = sent.author
        while author.waiting >= WAITING or author.waiting_bytes >= WAITING_BYTES:
            self._room.clear()
            await self._room.wait()
        author.waiting += 1
        author.waiting_bytes += len(sent.change.data)
        self._queue.append(sent)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def done(self) -> None:
        """Wait until all that was put is stored or refused."""
        if self._task:
            await asyncio.shield(self._task)

    async def _run(self) -> None:
        while self._queue:
            async with self._lock:
                batch = self._next()
                try:
                    await self._store(batch)
                except Exception:  # a page that is just closing must not keep the others' changes back
                    log.exception("what became of changes was not told to all")

    async def _store(self, batch: list[Sent]) -> None:
        for each in batch:
            if not each.author.may_draw:
                await each.author.taken(each.n, Verdict(refused=Refused("forbidden")))
        batch, all_of_it = [each for each in batch if each.author.may_draw], batch
        try:
            accepted = await in_rooms_pool(changes.accept, self._replica, [each.change for each in batch])
        except Exception as error:  # noqa: BLE001  the pages are told and come back
            return await self._failed(batch, error)
        finally:
            for each in all_of_it:
                each.author.waiting -= 1
                each.author.waiting_bytes -= len(each.change.data)
            self._room.set()
        for seq, data in accepted.missed:
            await self._missed(seq, data)
        if accepted.row:
            news = [each.author for each, verdict in zip(batch, accepted.verdicts, strict=True) if verdict.news]
            await self._stored(self._replica.seq, accepted.row, news)
        for each, verdict in zip(batch, accepted.verdicts, strict=True):
            await each.author.taken(each.n, verdict)
        return None

    def _next(self) -> list[Sent]:
        batch: list[Sent] = []
        size = 0
        while self._queue and len(batch) < TOGETHER and size < TOGETHER_BYTES:
            batch.append(self._queue.pop(0))
            size += len(batch[-1].change.data)
        return batch

    async def _failed(self, batch: list[Sent], error: Exception) -> None:
        code = error.code if isinstance(error, Refused) else outage.code_of(error, "a change of a board")
        for author, n in {each.author: each.n for each in batch}.items():
            await author.failed(n, code)
