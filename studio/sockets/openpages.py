"""Every open connection of this web process, pages and programs alike: by person, the oldest first.

Sockets (studio/sockets/consumers.py) and event streams (studio/sockets/streams.py) come in and leave here, are counted
together, and hear one heartbeat. What each is told, and how, is its own.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from channels.db import database_sync_to_async
from django.conf import settings
from django.utils import translation

from accounts.addresses import address_of_socket, network_of
from studio.commands import arriving
from studio.gates import presence
from studio.news import events
from studio.process import counting
from studio.sockets import heart
from studio.words.errors import Refused

log = logging.getLogger(__name__)

pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="commands")
# Who asks what there is waits for nobody who submits: submits fill the pool above and wait for the database.
news = ThreadPoolExecutor(max_workers=4, thread_name_prefix="news")
opened: dict[int, list["OpenPage"]] = {}
# A thread of its own: where many commands wait, every page hears all the same what it may have missed.
_heart = heart.Heart(opened, ThreadPoolExecutor(max_workers=1, thread_name_prefix="heart"))


class OpenPage(heart.Page, Protocol):
    """What a connection must be able to: hear news (studio/process/hub.py) and be told its end. `session_key` names the
    log-in, or the key, by which it came in."""

    language: str

    async def hear(self, message: dict[str, Any]) -> None: ...


def place_of(user_id: int, scope: dict[str, Any], *, room: bool = False) -> presence.Socket:
    """How a connection is counted, by its scope; `room`: it is one to a room."""
    network, program = network_of(address_of_socket(scope)), bool(scope.get("api_key"))
    return presence.Socket(user_id, network, presence.new_name(), program, room)


async def in_pool(language: str, function: Any, *args: Any, threads: ThreadPoolExecutor = pool) -> Any:
    """Call `function` in a pool, that of commands or of `news`, in a language: the event loop never waits for the
    database."""

    def run() -> Any:
        with translation.override(language):
            return function(*args)

    return await database_sync_to_async(run, thread_sensitive=False, executor=threads)()


async def enter(page: OpenPage) -> None:
    """Count `page` in and let it hear the news; the person's oldest of its kind (studio/gates/presence.py) give way.

    Raises Refused: what studio/commands/arriving.py raises, and `internal` while Redis does not answer.
    """
    oldest = await in_pool(page.language, arriving.arrive, page.user, page.place)
    try:
        await events.subscribe(page, page.user.pk, page.session_key)
    except events.UNREACHABLE as error:
        log.warning("a connection was refused, Redis does not answer: %s", error)
        raise Refused("internal") from error
    mine = opened.setdefault(page.user.pk, [])
    mine.append(page)
    _count()
    try:
        # Of those in this process also when Redis did not count.
        alike = [each for each in mine if each.place.kind == page.place.kind]
        for each in alike[: -settings.MAX_SOCKETS_PER_USER]:
            await each.say_bye("too_many_sockets", "too_many_sockets")
    except BaseException:
        await leave(page)
        raise
    if oldest:
        events.give_way(page.user.pk, oldest)
    _heart.beat()


async def leave(page: OpenPage) -> None:
    """The reverse of `enter`; harmless when called twice, and where `enter` was only half done."""
    # What would stay for ever comes first: this may be cancelled.
    mine = opened.get(page.user.pk, [])
    if page in mine:
        mine.remove(page)
    if not mine:
        opened.pop(page.user.pk, None)
    _count()
    await events.unsubscribe(page, page.user.pk, page.session_key)
    await in_pool(page.language, arriving.depart, page.user, page.place)


def _count() -> None:
    kinds = [page.place.kind for mine in opened.values() for page in mine]
    for kind in ("page", "program", "room"):
        counting.hold("sockets", float(kinds.count(kind)), kind=kind)
