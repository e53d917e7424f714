"""A room: one board, its document in this process, and its open pages. The first page opens it, the last one closes it.

What happens in it is told to this process's pages at once and to the other processes through the channel layer; what
comes from there is taken in its order by one task, so that the hub never waits for a room.
"""

import asyncio
import logging
import time
from collections import deque
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db import Error

from studio.news import events
from studio.process.hub import hub
from studio.protocol import Message
from studio.protocol.rooms import Joined, Left, Updated
from studio.rooms import crowd, folding
from studio.rooms import log as changes
from studio.rooms.replica import Replica
from studio.roomtalk.people import Others
from studio.roomtalk.standing import look
from studio.roomtalk.writing import Writing, in_rooms_pool
from studio.values.frames import encode_frame, encode_text
from studio.words.errors import Refused

if TYPE_CHECKING:
    from studio.roomtalk.consumer import RoomConsumer

log = logging.getLogger(__name__)

# Messages that wait for Redis, or for this room; what may be lost is lost beyond it.
OUTGOING_MOST, INBOX_MOST = 500, 2000
# The log is folded after so many rows, and so long (s) after the first one.
FOLD_AFTER, FOLD_WITHIN = 200, 30.0


class Room:
    """`pages` are this process's, by their names; `process` is what the other processes call this one."""

    def __init__(self, board_id: UUID, process: str) -> None:
        self.board_id, self.process = board_id, process
        self.group = events.room_group(board_id)
        self.pages: dict[str, RoomConsumer] = {}
        self.others = Others()
        self.replica = Replica(board_id)
        # Whoever holds it has the replica for themselves.
        self.lock = asyncio.Lock()
        self.writing = Writing(self.replica, self.lock, self.missed, self.stored)
        self.beaten = time.monotonic()
        # How often rights were asked anew: who comes in meanwhile asks once more.
        self.asked = 0
        self._folding: asyncio.TimerHandle | None = None
        self._outgoing: deque[dict[str, Any]] = deque()
        self._inbox: deque[dict[str, Any]] = deque()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._asides: set[asyncio.Task[None]] = set()

    # People ---------------------------------------------------------------------------------------------------------

    @property
    def people(self) -> list[dict[str, Any]]:
        """Everybody who is here, as Person."""
        return [page.person.model_dump(mode="json") for page in self.pages.values()] + self.others.people()

    async def open(self) -> None:
        """Hear of the other processes, and read the document. Raises what the database and Redis raise."""
        async with asyncio.timeout(events.PUBLISH_TIMEOUT):
            await hub().join(self, [self.group])
        async with self.lock:
            await in_rooms_pool(changes.catch_up, self.replica)
        self.publish({"kind": "who"})
        self._fold_in_time()  # a process that was killed may have left something

    async def close(self) -> None:
        """The last page is gone."""
        if self._folding:
            self._folding.cancel()
        await self.writing.done()
        await self._fold()
        for task in self._tasks.values():
            task.cancel()
        try:
            await hub().leave(self, [self.group])
        except events.UNREACHABLE as error:
            log.warning("a room was closed while Redis does not answer: %s", error)

    def check_space(self) -> None:
        """Raises Refused("room_full")."""
        if len(self.people) >= settings.ROOM_PEOPLE:
            raise Refused("room_full", limit=settings.ROOM_PEOPLE)

    async def join(self, page: "RoomConsumer") -> None:
        """`page` is one of the room from now on."""
        self.pages[page.name] = page
        self._aside(crowd.stay, [page.here])
        await self.tell(Joined(person=page.person), but=page)
        self.say({"kind": "joined", "person": page.person.model_dump(mode="json")})

    async def leave(self, page: "RoomConsumer") -> None:
        if self.pages.pop(page.name, None) is None:
            return
        self._aside(crowd.leave, page.here)
        await self.tell(Left(page=page.name))
        self.say({"kind": "left", "page": page.name})

    def introduce(self) -> None:
        """Tell the other processes who is here, and where."""
        pages = list(self.pages.values())
        self.say({"kind": "here", "people": [page.person.model_dump(mode="json") for page in pages]})
        for page in pages:
            if page.presence:
                self.say({"kind": "presence", "told": page.presence})

    # Telling --------------------------------------------------------------------------------------------------------

    async def tell(self, message: Message | dict[str, Any], but: "RoomConsumer | None" = None) -> None:
        """Say something to all pages of this process."""
        value = message if isinstance(message, dict) else message.model_dump(mode="json")
        await self.send(text=encode_text(value), but=(but,))

    async def send(self, text: str | None = None, data: bytes | None = None, but: Any = ()) -> None:
        """A frame for all pages of this process."""
        for page in tuple(self.pages.values()):
            if page in but or page.leaving:
                continue
            try:
                await page.deliver(text, data)
            except Exception:  # it is just closing; the others want theirs
                log.exception("a message was not sent to a page")

    def say(self, message: dict[str, Any]) -> None:
        """Tell the other processes; what Redis does not take in time is lost, except that somebody left or joined."""
        if len(self._outgoing) < OUTGOING_MOST or message["kind"] in ("joined", "left", "update"):
            self.publish(message)

    def publish(self, message: dict[str, Any]) -> None:
        self._outgoing.append(message | {"origin": self.process})
        while len(self._outgoing) > 2 * OUTGOING_MOST:
            self._outgoing.popleft()
        self._start("out", self._send_out)

    async def _send_out(self) -> None:
        while self._outgoing:
            batch = [self._outgoing.popleft() for _ in range(min(len(self._outgoing), 50))]
            try:
                async with asyncio.timeout(events.PUBLISH_TIMEOUT):
                    await hub().tell(self.group, {"kind": "batch", "messages": batch})
            except events.UNREACHABLE as error:
                log.warning("other processes heard nothing of a room, Redis does not answer: %s", error)

    # Hearing --------------------------------------------------------------------------------------------------------

    async def hear(self, message: dict[str, Any]) -> None:
        """See studio/process/hub.py: what another process, a command or a worker says of this room."""
        told = message["messages"] if message["kind"] == "batch" else [message]
        for each in told:
            lossy = each["kind"] in ("ink", "presence") and len(self._inbox) >= INBOX_MOST
            if each.get("origin") != self.process and not lossy:
                self._inbox.append(each)
        self._start("in", self._take_in)

    async def _take_in(self) -> None:
        from studio.roomtalk.table import HEARD  # the table names functions that know rooms

        while self._inbox:
            message = self._inbox.popleft()
            try:
                if act := HEARD.get(message["kind"]):
                    await act(self, message)
            except Exception as error:
                log.warning("a room did not take %s: %s", message["kind"], error, exc_info=not isinstance(error, Error))

    def _start(self, name: str, work: Any) -> None:
        """One task of each name at a time."""
        if name not in self._tasks or self._tasks[name].done():
            self._tasks[name] = asyncio.create_task(work())

    def _aside(self, function: Any, *args: Any) -> None:
        """Something small for the pool that nobody waits for."""
        task = asyncio.create_task(in_rooms_pool(function, *args))
        self._asides.add(task)
        task.add_done_callback(self._asides.discard)

    # The document ---------------------------------------------------------------------------------------------------

    async def stored(self, seq: int, row: bytes, authors: list[Any]) -> None:
        """A row of the log is kept for good: everybody but its authors hears it. An author among several gets it, too:
        what is known already does no harm."""
        alone = len(set(authors)) == 1
        by = authors[0].name if alone else None
        await self.send(data=encode_frame(Updated(seq=seq, by=by), row), but=authors[:1] if alone else ())
        self.say({"kind": "update", "seq": seq, "data": row, "by": by})
        self._aside(crowd.drew, self.board_id)
        self._fold_in_time()

    def _fold_in_time(self) -> None:
        """At once when the log is long, else FOLD_WITHIN seconds after its first row."""
        rows = self.replica.seq - self.replica.folded
        if rows >= FOLD_AFTER:
            self._start("fold", self._fold)
        elif rows and self._folding is None:
            loop = asyncio.get_running_loop()
            self._folding = loop.call_later(FOLD_WITHIN, lambda: self._start("fold", self._fold))

    async def missed(self, seq: int, data: bytes) -> None:
        """What others stored, and this room had not heard of."""
        await self.send(data=encode_frame(Updated(seq=seq), data))

    async def follow(self) -> None:
        """Read what others stored, and tell it. Raises Refused where the board is gone."""
        async with self.lock:
            for seq, data in await in_rooms_pool(changes.catch_up, self.replica):
                await self.missed(seq, data)

    async def take_update(self, seq: int, data: bytes, by: str | None) -> None:
        """A change that another process, or a command, stored."""
        async with self.lock:
            if seq <= self.replica.seq:
                return
            if seq == self.replica.seq + 1 and not self.replica.stale:
                await in_rooms_pool(changes.hear, self.replica, seq, data)
                await self.send(data=encode_frame(Updated(seq=seq, by=by), data))
                return
        await self.follow()

    async def _fold(self) -> None:
        """The room waits only while its document is copied, not while it is turned into a drawing."""
        if self._folding:
            self._folding.cancel()
        self._folding = None
        try:
            async with self.lock:
                if self.replica.stale or not self.replica.there or self.replica.seq == self.replica.folded:
                    return
                seq, data = self.replica.seq, await in_rooms_pool(self.replica.state)
            self.replica.spare = await in_rooms_pool(folding.store, self.board_id, seq, data)
            self.replica.folded = max(self.replica.folded, seq)
        except Refused:
            pass  # it was deleted meanwhile
        except Exception as error:  # noqa: BLE001  the log holds everything: the next one does it
            log.warning("a board was not folded: %s", error)

    # Rights and time ------------------------------------------------------------------------------------------------

    async def beat(self) -> None:
        """At every heartbeat, once for all pages: who is here, who still may be, what was missed."""
        if time.monotonic() - self.beaten < settings.HEARTBEAT_EVERY / 2:
            return
        self.beaten = time.monotonic()
        self._start("beat", self._beat)

    async def _beat(self) -> None:
        try:
            await self.ask_rights()
            await self.follow()
        except (Error, Refused) as error:
            log.warning("a room does not know what it missed: %s", error)
        for page in self.others.forget():
            await self.tell(Left(page=page))
        self.introduce()
        await in_rooms_pool(crowd.stay, [page.here for page in self.pages.values()])

    async def ask_rights(self) -> None:
        """Ask anew what everybody may do here, and act on it."""
        self.asked += 1
        pages = list(self.pages.values())
        found = await in_rooms_pool(look, self.board_id, [page.user for page in pages])
        for page, rights in zip(pages, found.rights, strict=True):
            await page.stand(found, rights)
