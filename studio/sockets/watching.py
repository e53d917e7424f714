"""Who watches the operations page, and what they are told every second: one snapshot for all of this process's pages.

The staff's group of the socket. To watch counts for a while only and is asked for again, so that whoever lost the
right to it, or left without a word, is told nothing more; a snapshot costs the same however many watch.
"""

import asyncio
import logging
from typing import Any, Protocol

from django.db import Error

from accounts.models import User
from studio import operations
from studio.commands import operations as commands
from studio.protocol import WATCH_LASTS, Operations
from studio.sockets import openpages
from studio.words.errors import Refused

log = logging.getLogger(__name__)

EVERY = 1.0


class Page(Protocol):
    """An open page that can be told something."""

    user: User
    key: Any
    language: str

    async def say(self, payload: dict[str, Any], shared: dict[str, Any] | None = None) -> None: ...


# Until when (the loop's time) each of them watches.
_watching: dict[Page, float] = {}
_telling: asyncio.Task[None] | None = None


async def watch(page: Page, *, on: bool) -> None:
    """Tell `page` how the studio does, at once and every second for WATCH_LASTS seconds, or no longer. Raises
    Refused("forbidden")."""
    global _telling  # noqa: PLW0603
    if not on:
        return leave(page)
    if page.key:  # no key opens what staff see
        raise Refused("forbidden")
    found = await openpages.in_pool(page.language, commands.look, page.user)
    loop = asyncio.get_running_loop()
    _watching[page] = loop.time() + WATCH_LASTS
    await page.say(Operations(snapshot=found).model_dump(mode="json"))
    if _telling is None or _telling.done() or _telling.get_loop() is not loop:
        _telling = asyncio.create_task(_tell())
    return None


def leave(page: Page) -> None:
    """It is told nothing more; harmless when it was not told anything."""
    _watching.pop(page, None)


async def _tell() -> None:
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(EVERY)
        for page in [page for page, until in _watching.items() if until < loop.time()]:
            leave(page)
        if not _watching:
            return
        try:
            found = await openpages.in_pool("en", operations.snapshot)
        except Error as error:
            log.warning("nobody is told how the studio does, the database does not answer: %s", error)
            continue
        payload, shared = Operations(snapshot=found).model_dump(mode="json"), dict[str, Any]()
        for page in tuple(_watching):
            try:
                await page.say(payload, shared)
            except Exception:  # it is just closing; the others want theirs
                log.exception("a snapshot was not sent")
                leave(page)
