"""Tells every open page now and then the number of its newest event: who has less asks for the rest.

Looks on the way whether the log-ins and keys of the pages still live. Two or three queries for all pages of this
process, not two each (a page costs nothing while nothing happens).
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from typing import Any, Protocol

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import Error

from accounts import keys, standing
from accounts.models.key import SOCKETS
from studio.gates import presence
from studio.news import events

log = logging.getLogger(__name__)


class Page(Protocol):
    """An open page; only those that have greeted are told."""

    greeted: bool
    user: Any
    session_key: str
    place: presence.Socket

    async def heartbeat(self, newest: int) -> None: ...

    async def say_bye(self, code: str, close: str) -> None: ...


class Heart:
    """Beats every HEARTBEAT_EVERY seconds for `pages` (by person); asks the database in `pool`."""

    def __init__(self, pages: Mapping[int, Sequence[Page]], pool: Executor) -> None:
        self._pages = pages
        self._ask = database_sync_to_async(_ask, thread_sensitive=False, executor=pool)
        self._task: asyncio.Task[None] | None = None

    def beat(self) -> None:
        """Begin, unless it beats already on this event loop."""
        if self._task is None or self._task.get_loop() is not asyncio.get_running_loop():
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(settings.HEARTBEAT_EVERY)
            pages = [page for mine in self._pages.values() for page in mine if page.greeted]
            try:
                newest, living = await self._ask([(page.place, page.session_key) for page in pages])
            except Error as error:
                log.warning("no heartbeat, the database does not answer: %s", error)
                continue
            for page in pages:
                try:
                    if page.session_key and page.session_key not in living:
                        # Its end was told at once (studio/apps.py), but Redis may have been away just then. A page
                        # whose key was merely changed comes back by itself.
                        await page.say_bye("signed_out", "restart")
                    else:
                        await page.heartbeat(newest[page.user.pk])
                except Exception:  # it is just closing; the others want theirs
                    log.exception("a heartbeat was not sent")


def _ask(pages: Sequence[tuple[presence.Socket, str]]) -> tuple[dict[int, int], set[str]]:
    """The newest event of each person, and which of the sessions and keys still let somebody in."""
    presence.stay(place for place, _key in pages)
    people = sorted({place.user_id for place, _key in pages})
    by_key = {key for _place, key in pages if key.startswith(SOCKETS)}
    living = standing.living({key for _place, key in pages if key} - by_key)
    return events.heads(people), living | (keys.living(by_key) if by_key else set())
