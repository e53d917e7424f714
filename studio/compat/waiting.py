"""A request that waits for what it asked for, on the event loop: no thread is held meanwhile.

It hears of its generation through the process's hub, like an open page, and looks at the row now and then in case that
news was lost. Whoever goes away leaves the generation to nobody: after a while it is stopped, unless the program came
back for it.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID, uuid4

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import Error, close_old_connections

from accounts.models import ApiKey
from studio.commands import programs
from studio.gates import tries
from studio.models import TERMINAL, Generation
from studio.news import arrivals, events
from studio.values.frames import taken_apart
from studio.words.errors import Refused

log = logging.getLogger(__name__)

# How often (seconds) somebody who waits says so and looks at the row.
LOOK_EVERY = 5.0
# News that came before the request knew what it asked for: no more than a person's generations can send meanwhile.
EARLY_MAX = 500
# A stream whose program went away before its first event is never entered (seconds).
ENTERED_WITHIN = 10.0
ENDS = ("finished", "failed", "cancelled", "expired")
Given = TypeVar("Given")

_pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="programs")
_waiting: Counter[int] = Counter()
_leaving: set[asyncio.Task[None]] = set()


async def run(function: Callable[..., Given], *args: Any) -> Given:
    """Call what may use the database or takes its time, in the pool, in the request's language."""

    def called() -> Given:
        close_old_connections()
        try:
            return function(*args)
        finally:
            close_old_connections()

    return await sync_to_async(called, thread_sensitive=False, executor=_pool)()


@dataclass(frozen=True, slots=True)
class Preview:
    """A small picture (JPEG) of output `index` after `step` of `total` steps."""

    index: int
    step: int
    total: int
    jpeg: bytes


class Wait:
    """One request with `key`, from asking to the end: `await wait.begin()`, then `async with wait`.

    `ask` submits, in the pool. `begin` raises Refused as it does, and too_many_waiting.
    """

    def __init__(self, key: ApiKey, command: str, ask: Callable[[], Generation]) -> None:
        self._user, self._command, self._ask = key.owner, command, ask
        self._groups = (key.owner_id, key.socket_name)
        self._name = uuid4().hex
        self._news = asyncio.Event()
        self._early: list[dict[str, Any]] | None = []
        self._previews: dict[int, Preview] = {}
        self._ended = self._heard = False
        self._refused = ""
        self.generation: UUID | None = None

    async def begin(self) -> None:
        """Ask. Whoever does so enters the wait at once, or it ends by itself."""
        if _waiting[self._user.pk] >= settings.PROGRAM_WAITS_PER_PERSON:
            raise Refused("too_many_waiting", limit=settings.PROGRAM_WAITS_PER_PERSON)
        _waiting[self._user.pk] += 1
        asking: asyncio.Task[Generation] | None = None
        try:
            await self._listen()
            await run(tries.wait, self._user.pk, self._command, self._name)
            asking = asyncio.create_task(run(self._ask))
            # Shielded: what was asked for while its program went away must be found, to be stopped.
            await asyncio.shield(asking)
        except BaseException as error:
            self._count_out()
            if asking is not None and isinstance(error, asyncio.CancelledError):
                _in_background(self._left_while_asking(asking))
            else:
                _in_background(run(tries.leave, self._user.pk, self._command, self._name))
            raise
        self._know(asking.result())
        self._unbegun = asyncio.get_running_loop().call_later(ENTERED_WITHIN, self._never_entered)

    async def __aenter__(self) -> "Wait":
        self._unbegun.cancel()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        self._count_out()
        assert self.generation is not None
        gone = isinstance(error, asyncio.CancelledError | GeneratorExit)
        if gone and not self._ended:
            _in_background(self._left(self.generation))
        else:
            _in_background(run(tries.leave, self._user.pk, self._command, self._name))

    async def previews(self) -> AsyncIterator[Preview | None]:
        """The newest preview of each picture as it comes, None now and then; ends when the generation has ended.

        Raises Refused("still_waiting") after PROGRAM_WAITS_FOR seconds, and key_revoked, or what else was said, when
        the key no longer counts; the generation goes on.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + settings.PROGRAM_WAITS_FOR
        while True:
            while self._previews:
                yield self._previews.pop(next(iter(self._previews)))
            if self._refused:
                raise Refused(self._refused)
            if self._ended:
                assert self.generation is not None
                arrivals.note(self.generation)  # its answer is written now
                return
            left = until - loop.time()
            if left <= 0:
                raise Refused("still_waiting", generation=str(self.generation))
            try:
                async with asyncio.timeout(min(left, LOOK_EVERY)):
                    await self._news.wait()
                self._news.clear()
            except TimeoutError:
                await self._look()
                yield None

    async def end(self) -> None:
        """Wait until the generation has ended. Raises Refused("still_waiting")."""
        async for _preview in self.previews():
            pass

    async def hear(self, message: dict[str, Any]) -> None:
        """See hub.Page."""
        self._take(message)

    def _take(self, message: dict[str, Any]) -> None:
        if message["kind"] == "signed_out":
            self._refused = "key_revoked" if message["code"] == "signed_out" else message["code"]
            self._news.set()
        elif self._early is not None:
            if len(self._early) < EARLY_MAX:
                self._early.append(message)
        elif message["kind"] == "event":
            event = message["event"]
            if event["type"] in ENDS and event.get("generation") == str(self.generation):
                self._ended = True
                self._news.set()
        elif message["kind"] == "preview" and message["picture"].partition(":")[0] == str(self.generation):
            preview = _preview(message["frame"])
            self._previews[preview.index] = preview
            self._news.set()

    def _know(self, generation: Generation) -> None:
        """From now on it is known which news are meant."""
        self.generation = generation.pk
        self._ended = generation.state in TERMINAL
        early, self._early = self._early or [], None
        for message in early:
            self._take(message)

    async def _listen(self) -> None:
        try:
            await events.subscribe(self, *self._groups)
            self._heard = True
        except events.UNREACHABLE as error:
            log.warning("a request waits without news, Redis does not answer: %s", error)

    def _count_out(self) -> None:
        """It waits no longer; the hub is told in the background."""
        _waiting[self._user.pk] -= 1
        if not _waiting[self._user.pk]:
            del _waiting[self._user.pk]
        if self._heard:
            _in_background(self._unlisten())

    async def _unlisten(self) -> None:
        try:
            await events.unsubscribe(self, *self._groups)
        except events.UNREACHABLE:
            pass  # it is left once Redis is back

    async def _look(self) -> None:
        try:
            await run(tries.wait, self._user.pk, self._command, self._name)
            self._ended = await run(programs.ended, self._user, self.generation)
        except Error as error:
            log.warning("a request waits on, the database does not answer: %s", error)

    def _never_entered(self) -> None:
        assert self.generation is not None
        self._count_out()
        _in_background(self._left(self.generation))

    async def _left_while_asking(self, asking: asyncio.Task[Generation]) -> None:
        try:
            generation = await asking
        except Exception:  # noqa: BLE001  it was refused, or failed: there is nobody left to tell
            await run(tries.leave, self._user.pk, self._command, self._name)
            return
        await self._left(generation.pk)

    async def _left(self, generation: UUID) -> None:
        """Its program is gone: the generation is stopped unless somebody comes back for it, or waits besides."""
        await run(tries.leave, self._user.pk, self._command, self._name)
        await asyncio.sleep(settings.PROGRAM_LEFT_AFTER)
        try:
            stopped = await run(programs.stop_if_left, self._user, self._command, generation)
        except Error as error:
            log.warning(
                "generation %s goes on though nobody waits, the database does not answer: %s", generation, error
            )
        else:
            if stopped:
                log.info("generation %s was stopped: the program that asked for it went away", generation)


def _in_background(what: Any) -> None:
    task = asyncio.ensure_future(what)
    _leaving.add(task)
    task.add_done_callback(_leaving.discard)


def _preview(frame: bytes) -> Preview:
    """A binary frame of the socket as what it shows."""
    header, jpeg = taken_apart(frame)
    return Preview(header["index"], header["step"], header["total"], jpeg)
