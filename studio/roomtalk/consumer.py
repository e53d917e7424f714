"""A page's socket to a room: who it is, what it may do, and what it says (studio/roomtalk/table.py).

Bytes in, act, reply. Whatever a message needs of rights is asked of the page's rights as they are now: they are asked
anew whenever they change (`access`), and at every heartbeat.
"""

import asyncio
from typing import Any
from uuid import uuid4

from django.conf import settings

from studio.gates.presence import Socket
from studio.gates.rates import Bucket
from studio.news.events import UNREACHABLE
from studio.process import counting, outage
from studio.protocol import Message
from studio.protocol.rooms import (
    VERSION,
    Ack,
    BoardChanged,
    Hello,
    Joined,
    Person,
    RightsChanged,
    RoomBoard,
    RoomHeartbeat,
    RoomRejected,
    Updated,
    Vector,
    Welcome,
)
from studio.rooms import access, checking, crowd, log
from studio.rooms.access import Rights
from studio.rooms.checking import Unfit
from studio.rooms.log import Verdict
from studio.rooms.people import colour_of
from studio.roomtalk import rooms
from studio.roomtalk.room import Room
from studio.roomtalk.standing import Standing, fresh, look, rights_told
from studio.roomtalk.table import SAID
from studio.roomtalk.writing import in_rooms_pool
from studio.sockets import openpages
from studio.sockets.conversation import Conversation
from studio.sockets.pacing import Outbox
from studio.values.frames import ROOM, ProtocolError, encode_frame
from studio.words.errors import Refused

# What may happen while a page reads the document at its coming.
HELD_MOST = 2000


class RoomConsumer(Conversation):
    """One open page of a person in a room. `name` is what the others call it."""

    wire = ROOM
    vital = (Hello,)
    room: Room
    person: Person

    def begin(self) -> None:
        self.board_id = self.scope["url_route"]["kwargs"]["board"]
        self.name = uuid4().hex[:10]
        self.inside = False
        # Let in because there is no such board yet.
        self.provisional = False
        self.rights: Rights | None = None
        self.board: RoomBoard | None = None
        self.presence: dict[str, Any] = {}
        self.inks: set[str] = set()
        self.waiting = self.waiting_bytes = 0
        # What happened while the page was being welcomed.
        self.held: list[dict[str, Any]] | None = None
        self.outbox = Outbox(settings.MAX_UNSEEN_PREVIEWS)
        self.bytes = Bucket(settings.ROOM_BYTES_PER_SECOND, settings.ROOM_BYTES_BURST)

    def placed(self) -> Socket:
        return openpages.place_of(self.user.pk, self.scope, room=True)

    def rate(self) -> Bucket:
        return Bucket(settings.ROOM_MESSAGES_PER_SECOND, settings.ROOM_MESSAGES_BURST)

    @property
    def here(self) -> crowd.Here:
        """How this page is counted for the wall."""
        return crowd.Here(self.board_id, self.user.pk, self.name)

    async def gone(self) -> None:
        if self.inside:
            self.inside = False
            await rooms.leave(self)

    async def say_bye(self, code: str, close: str) -> None:
        """The last word; for the others it is gone from then on."""
        await super().say_bye(code, close)
        if self.inside:
            await self.room.leave(self)

    # What it says ---------------------------------------------------------------------------------------------------

    async def carry_out(self, command: Any, blob: bytes | None) -> None:
        counting.add("commands", command=f"room_{command.type}")
        if isinstance(command, Hello):
            return await self.hello(command, blob or b"")
        if not self.greeted:
            raise ProtocolError("hello_required")
        if blob and not self.bytes.take(len(blob)):
            return await self.say_bye("rate_limited", "flood")
        act = SAID.get(command.type)
        if act is None:
            raise ProtocolError("bad_message")
        if self.rights is None:
            raise Refused("not_found")
        access.check(self.rights, act.right)
        return await act.run(self, command, blob)

    async def hello(self, command: Hello, vector: bytes) -> None:
        if command.version != VERSION or self.greeted:
            raise ProtocolError("unsupported_version" if command.version != VERSION else "bad_message")
        try:
            checking.check_vector(vector or b"\x00")
        except Unfit as unfit:
            raise ProtocolError(unfit.code) from None
        # Nobody opens a room who may not be in it; what they may is asked once more when nothing is missed any more.
        if not self.admit(await in_rooms_pool(look, self.board_id, [self.user])):
            return await self.say_bye("not_found", "removed")
        try:
            self.room = await rooms.enter(self)
        except Refused as refused:
            return await self.say_bye(refused.code, "room_full" if refused.code == "room_full" else "removed")
        except UNREACHABLE as error:
            outage.log.warning("a page was not let into a room, Redis does not answer: %s", error)
            return await self.say_bye("internal", "fault")
        self.inside = self.greeted = True
        if self.timer:
            self.timer.cancel()
        asked = self.room.asked
        if not self.admit(await in_rooms_pool(look, self.board_id, [self.user])):
            return await self.say_bye("not_found", "removed")
        await self.welcome(vector)
        if self.room.asked != asked:
            await self.room.ask_rights()
        return None

    def admit(self, found: Standing) -> bool:
        """Take over who this is and what they may do; False where there is nothing for them."""
        self.provisional = found.board is None
        rights = found.rights[0]
        if rights is None:
            return False
        self.rights = rights
        self.board = found.board or fresh(self.board_id, self.user)
        self.person = self.introduced(rights)
        return True

    def introduced(self, rights: Rights) -> Person:
        """Who this is, as the others are told."""
        who = {"user": self.user.pk, "name": self.user.get_username(), "colour": colour_of(self.user.pk)}
        return Person(page=self.name, role=rights.role, teacher=rights.teacher, **who)

    async def welcome(self, vector: bytes) -> None:
        """Who is here, and the document. What happens while the page reads it is told after it: others do not wait."""
        assert self.rights is not None and self.board is not None
        room, replica = self.room, self.room.replica
        async with room.lock:
            if replica.stale:
                await in_rooms_pool(log.catch_up, replica)
            lacking = await in_rooms_pool(replica.lacking, vector)
            people = [Person(**person) for person in room.people]
            present = [page.presence for page in room.pages.values()] + room.others.presences()
            known = encode_frame(Vector(), replica.vector())
            document = encode_frame(Updated(seq=replica.seq), lacking)
            self.held = []
            await room.join(self)
        told = Welcome(you=self.person, people=people, board=self.board, rights=rights_told(self.rights))
        await self.send_message(told)
        await self.send(bytes_data=known)
        await self.send_all(document)
        for told_before in filter(None, present):
            await self.send_value(told_before)
        while self.held:
            await self.send(**self.held.pop(0))
        self.held = None

    async def deliver(self, text: str | None, data: bytes | None) -> None:
        """Something that happened in the room."""
        if self.held is None:
            return await self.send(text_data=text, bytes_data=data)
        self.held.append({"text_data": text, "bytes_data": data})
        if len(self.held) > HELD_MOST:
            await self.say_bye("rate_limited", "too_slow")
        return None

    async def send_all(self, frame: bytes) -> None:
        """A frame of any size: returns when the page has read it."""
        async with asyncio.timeout(settings.STREAM_WRITE_WITHIN):
            await self.base_send({"type": "websocket.send", "bytes": frame, "wait": True})

    # What becomes of its changes ------------------------------------------------------------------------------------

    async def taken(self, n: int, verdict: Verdict) -> None:
        """The log's answer to update `n`."""
        if self.leaving:
            return
        if verdict.refused is None:
            await self.send_message(Ack(n=n, seq=verdict.seq))
            if self.provisional and verdict.news:
                await self.room.ask_rights()
            return
        refused = verdict.refused
        await self.reject(refused.code, None, refused.params, about="update", n=n)
        if refused.code == "bad_update":
            await self.count_fault()

    @property
    def may_draw(self) -> bool:
        return self.rights is not None and self.rights.draw

    async def failed(self, n: int, code: str) -> None:
        """Nothing was stored: the page comes back and sends again what was not acknowledged."""
        await self.say_bye(code, "fault")

    # What it hears --------------------------------------------------------------------------------------------------

    async def hear(self, message: dict[str, Any]) -> None:
        """News for this person, from studio/news/events.py; of the room it hears through the room."""
        if not self.leaving:
            await self.told_to_end(message)

    async def stand(self, found: Standing, rights: Rights | None) -> None:
        """What this page may do, asked anew."""
        if self.leaving or self.rights is None:
            return
        if found.board is None and self.provisional and rights is not None:
            found = Standing(self.board, [rights])
        if found.board is None or rights is None:
            self.rights = None
            code, close = ("board_closed", "closed") if found.closed else ("not_found", "removed")
            await self.say_bye(*(("board_deleted", "deleted") if found.board is None else (code, close)))
            return
        before, board_before = self.rights, self.board
        self.provisional, self.rights, self.board = not found.board.there, rights, found.board
        if rights != before:
            await self.send_message(RightsChanged(rights=rights_told(rights), board=found.board))
        elif found.board != board_before:
            await self.send_message(BoardChanged(board=found.board))
        person = self.introduced(rights)
        if person != self.person:
            self.person = person
            await self.room.tell(Joined(person=person))
            self.room.say({"kind": "joined", "person": person.model_dump(mode="json")})

    async def heartbeat(self, newest: int) -> None:
        await self.send_message(RoomHeartbeat(seq=self.room.replica.seq))
        await self.room.beat()

    async def send_ready(self) -> None:
        """Frames of the live picture that the page has room for."""
        for frame in self.outbox.ready():
            await self.send(bytes_data=frame)

    def rejection(self, command: Any, **told: Any) -> Message:
        known = {name: getattr(command, name) for name in ("n", "revision", "id") if getattr(command, name, None)}
        named = {"about": command.type} if command is not None else {}
        return RoomRejected(**named | known | told)
