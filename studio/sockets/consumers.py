"""The studio's socket: bytes in, command, reply; event, bytes out. No ORM and no decisions here.

Commands run in a small thread pool, so that the event loop never waits for the database. How a socket opens, is limited
and ends stands in studio/sockets/conversation.py; here, besides, two previews at most are on their way.
"""

from collections import deque
from typing import Any

from django.conf import settings

from studio.commands import arriving, generations, live
from studio.news import arrivals, events
from studio.process import counting
from studio.protocol import (
    VERSION,
    Cancel,
    Command,
    Draw,
    Hello,
    Leave,
    Message,
    Pin,
    Rejected,
    Seen,
    Submit,
    Sync,
    Watch,
)
from studio.sockets import watching
from studio.sockets.conversation import Conversation
from studio.sockets.pacing import Outbox
from studio.sockets.questions import InTurn, Newest
from studio.sockets.telling import in_words
from studio.values.frames import ProtocolError, about, encode_text
from studio.words.errors import Refused


class StudioConsumer(Conversation):
    """One open page of one person, or a program of theirs with a `key`, which says what it may."""

    vital = (Hello, Sync)

    # Socket events --------------------------------------------------------------------------------------------

    def begin(self) -> None:
        self.early: deque[dict[str, Any]] | None = None
        self.outbox = Outbox(settings.MAX_UNSEEN_PREVIEWS)
        self.syncs, self.turns = Newest(self.attempt), InTurn(self.attempt)
        self.address = ""

    async def let_go(self) -> None:
        watching.leave(self)
        self.syncs.end()
        await self.turns.done()

    async def gone(self) -> None:
        if self.address:
            await self.command(live.leave, self.outbox.boards)
            await events.close_address(self, self.address)

    async def take(self, command: Command, blob: bytes | None) -> None:
        if self.greeted and isinstance(command, Sync):
            return self.syncs.ask((command, blob))
        in_turn = self.greeted and isinstance(command, Submit | Cancel | Draw | Leave | Pin)
        return await (self.turns.ask if in_turn else self.attempt)((command, blob))

    # Commands ---------------------------------------------------------------------------------------------------

    async def carry_out(self, command: Command, blob: bytes | None) -> None:
        counting.add("commands", command=command.type)
        if self.greeted and isinstance(command, Hello | Sync):
            await self.learn(arriving.ask_again)
        if isinstance(command, Hello):
            return await self.hello(command)
        if not self.greeted:
            raise ProtocolError("hello_required", id=getattr(command, "id", None))
        if self.key and not isinstance(command, Sync | Seen) and "generate" not in self.key.scopes:
            raise Refused("key_scope", scope="generate")
        match command:
            case Submit():
                await self.command(generations.submit, command, blob, key=self.key)
            case Cancel():
                await self.command(generations.cancel, command.generation)
            case Draw():
                await self.draw(command, blob)
            case Leave():
                self.outbox.left(command.board)
                await self.command(live.leave, [command.board])
            case Pin():
                await self.command(live.pin, command, blob, key=self.key)
            case Sync():
                await self.catch_up(command.last_seq)
            case Watch():
                await watching.watch(self, on=command.on)
            case Seen():
                self.outbox.seen(command.frames)
                await self.send_ready()
        return None

    async def draw(self, command: Draw, blob: bytes | None) -> None:
        """Frames come to this page alone, so it has an address of its own from its first drawing on."""
        if self.key:
            live.check_key(self.key)
        if not self.address:
            try:
                self.address = await events.open_address(self)
            except events.UNREACHABLE as error:
                raise Refused("live_unavailable") from error
        self.outbox.drawn(command.board)
        await self.command(live.draw, command, blob, self.address)

    async def hello(self, command: Hello) -> None:
        if command.version != VERSION:
            raise ProtocolError("unsupported_version")
        self.greeted, self.early = True, deque(maxlen=settings.EVENTS_KEPT)
        if self.timer:  # a page costs least without a task that waits for nothing
            self.timer.cancel()
        await self.catch_up(command.last_seq)
        early, self.early = self.early, None
        for message in early:  # what happened meanwhile comes after what had happened
            await self.hear(message)

    async def catch_up(self, last_seq: int | None) -> None:
        missed = None if last_seq is None else await self.learn(generations.catch_up, last_seq)
        if missed is not None:
            for payload in missed:
                await self.say(payload)
            return
        snapshot, frames = await self.learn(generations.snapshot)
        await self.say(snapshot.model_dump(mode="json"))
        for frame in frames:
            await self.send(bytes_data=frame)
            self.outbox.sent()

    # Events -----------------------------------------------------------------------------------------------------

    async def hear(self, message: dict[str, Any]) -> None:
        """News for this page, from studio/news/events.py."""
        if self.leaving:
            return
        if await self.told_to_end(message):
            return
        if message["kind"] == "limits_changed":
            live.forget_admitted()
        elif self.early is not None and message["kind"] == "event":
            self.early.append(message)
        elif self.greeted and message["kind"] == "event":
            await self.say(message["event"], message)
        elif message["kind"] == "frame":
            self.outbox.put_frame(message["board"], message["revision"], message["frame"])
            await self.send_ready()
        elif self.greeted:
            await self.preview(message)

    async def preview(self, message: dict[str, Any]) -> None:
        """At most MAX_UNSEEN_PREVIEWS on their way; of those that wait the newest of each picture is kept."""
        self.outbox.put_preview(message["picture"], message["frame"])
        await self.send_ready()

    async def send_ready(self) -> None:
        for frame in self.outbox.ready():
            await self.send(bytes_data=frame)

    # Replies ----------------------------------------------------------------------------------------------------

    async def say(self, payload: dict[str, Any], shared: dict[str, Any] | None = None) -> None:
        """Send an event, its error put into words in this reader's language. One without words of its own is encoded
        once for all pages that have `shared`."""
        told = in_words(payload, self.language)
        if shared is None or told is not payload:
            await self.send(text_data=encode_text(told))
        else:
            if "text" not in shared:
                shared["text"] = encode_text(payload)
            await self.send(text_data=shared["text"])
        if payload["type"] == "finished":
            arrivals.note(payload["generation"])

    def rejection(self, command: Any, **told: Any) -> Message:
        return Rejected(**about(command) | told)

    def may_say(self, command: Command) -> bool:
        """An answer to a preview of ours is never too much."""
        return (isinstance(command, Seen) and self.outbox.unseen > 0) or super().may_say(command)
