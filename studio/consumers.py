"""The studio's socket: bytes in, command, reply; event, bytes out. No ORM and no decisions here.

Commands run in a small thread pool, so that the event loop never waits for the database. What one socket may cost is
bounded: messages a second, protocol faults a minute, two previews on their way.
"""

import asyncio
from collections import deque
from functools import partial
from time import monotonic
from typing import Any

from django.conf import settings
from django.utils import translation

from studio import arrivals, counting, events, openpages, outage, requestid, watching
from studio.commands import arriving, generations, live
from studio.endings import SurelyEnded
from studio.errors import ERRORS, Refused, text
from studio.frames import ProtocolError, about, decode, encode_text
from studio.handshake import language_of
from studio.pacing import Outbox
from studio.protocol import (
    CLOSE,
    MAX_MESSAGE,
    SUBPROTOCOL,
    VERSION,
    Bye,
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
from studio.questions import InTurn, Newest
from studio.rates import Bucket
from studio.telling import in_words


class StudioConsumer(SurelyEnded):
    """A page that a person has open, or a program with a `key`, which says what it may. Hears news through the hub."""

    channel_layer_alias = "none"
    timer: asyncio.Task[None] | None = None

    # Socket events --------------------------------------------------------------------------------------------

    async def connect(self) -> None:
        self.user, self.key = self.scope["user"], self.scope.get("api_key")
        self.language = language_of(self.scope)
        # Of the whole connection: what is asked for over it is found by it in the log.
        requestid.adopt(dict(self.scope["headers"]).get(b"x-request-id", b"").decode("latin1"))
        self.greeted = self.leaving = False
        self.early: deque[dict[str, Any]] | None = None
        self.faults: deque[float] = deque(maxlen=settings.PROTOCOL_FAULTS_PER_MINUTE)
        self.bucket = Bucket(settings.MESSAGES_PER_SECOND, settings.MESSAGES_BURST)
        self.outbox = Outbox(settings.MAX_UNSEEN_PREVIEWS)
        self.syncs, self.turns = Newest(self.attempt), InTurn(self.attempt)
        self.address = ""
        spoken = self.scope.get("subprotocols") or []
        await self.accept(SUBPROTOCOL if SUBPROTOCOL in spoken else None)
        if not self.user.is_authenticated:
            refused = self.scope.get("refused") or Refused("auth_required")
            return await self.say_bye(refused.code, "forbidden" if ERRORS[refused.code].status == 403 else "signed_out")
        if SUBPROTOCOL not in spoken:
            return await self.say_bye("unsupported_version", "protocol_error")
        self.place = openpages.place_of(self.user.pk, self.scope)
        try:
            await openpages.enter(self)
        except Refused as refused:
            close = {"rate_limited": "flood", "internal": "fault"}
            return await self.say_bye(refused.code, close.get(refused.code, "too_many_sockets"))
        self.timer = asyncio.create_task(self.expect_hello())
        return None

    async def disconnect(self, code: int) -> None:
        timer, self.timer = self.timer, None
        if timer is None:
            return
        timer.cancel()
        watching.leave(self)
        self.syncs.end()
        await self.turns.done()
        await openpages.leave(self)
        if self.address:
            await self.command(live.leave, self.outbox.boards)
            await events.close_address(self, self.address)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.timer is None or self.leaving:
            return None
        try:
            command, blob = decode(text_data, bytes_data)
        except ProtocolError as error:
            return await self.trouble(error, None)
        if not self.may_say(command):
            return await self.say_bye("rate_limited", "flood")
        if self.greeted and isinstance(command, Sync):
            return self.syncs.ask((command, blob))
        in_turn = self.greeted and isinstance(command, Submit | Cancel | Draw | Leave | Pin)
        return await (self.turns.ask if in_turn else self.attempt)((command, blob))

    async def attempt(self, asked: tuple[Command, bytes | None]) -> None:
        try:
            await self.carry_out(*asked)
        except Exception as error:  # noqa: BLE001  whatever it is, the page is told
            await self.trouble(error, asked[0])

    async def trouble(self, error: Exception, command: Command | None) -> None:
        """Tell the page why `command` was not carried out."""
        if isinstance(error, ProtocolError):
            await self.reject(error.code, id=error.id, fields=error.fields)
            return await self.count_fault()
        if isinstance(error, Refused):
            return await self.reject(error.code, error.params, fields=error.fields, **about(command))
        # A bug must not cost the person the connection; it is logged.
        code = outage.code_of(error, "a command")
        # Except where it was to learn what there is: it would stand there empty, and coming back asks once more.
        if isinstance(command, Hello | Sync):
            return await self.say_bye(code, "fault")
        return await self.reject(code, **about(command))

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

    async def command(self, function: Any, *args: Any, **named: Any) -> Any:
        """Run a command of studio/commands in the pool, in the person's language."""
        return await openpages.in_pool(self.language, partial(function, self.user, *args, **named))

    async def learn(self, function: Any, *args: Any) -> Any:
        """Run one that only reads what there is, beside the commands."""
        return await openpages.in_pool(self.language, function, self.user, *args, threads=openpages.news)

    # Events -----------------------------------------------------------------------------------------------------

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Channels hops to a thread before every message, to close stale database connections (0.24 ms each,
        research/performance.md §4.2); our commands see to theirs in the pool where they run."""
        if message["type"] == "websocket.receive":
            await self.websocket_receive(message)
        else:
            await super().dispatch(message)

    async def hear(self, message: dict[str, Any]) -> None:
        """News for this page, from studio/events.py."""
        if self.leaving:
            return
        if message["kind"] == "signed_out":
            code = "key_revoked" if self.key and message["code"] == "signed_out" else message["code"]
            await self.say_bye(code, "signed_out" if ERRORS[code].status == 401 else "forbidden")
        elif message["kind"] == "give_way":
            if self.place.name in message["names"]:
                await self.say_bye("too_many_sockets", "too_many_sockets")
        elif message["kind"] == "limits_changed":
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

    async def reject(self, code: str, params: dict[str, Any] | None = None, **about: Any) -> None:
        if code == "too_large" and not params:
            params = {"limit": f"{MAX_MESSAGE // 1024} kB"}
        with translation.override(self.language):
            message = text(code, params)
        await self.send_message(Rejected(code=code, message=message, params=params or {}, **about))

    async def say_bye(self, code: str, close: str) -> None:
        """The last word: what the page says after it is not heard any more."""
        if self.leaving:
            return
        self.leaving = True
        with translation.override(self.language):
            await self.send_message(Bye(code=code, message=text(code)))
        await self.close(CLOSE[close])

    async def send_message(self, message: Message) -> None:
        await self.send(text_data=message.model_dump_json())

    # Limits and time --------------------------------------------------------------------------------------------

    def may_say(self, command: Command) -> bool:
        """Whether this message is within the limit. An answer to a preview of ours is never too much."""
        return (isinstance(command, Seen) and self.outbox.unseen > 0) or self.bucket.take()

    async def count_fault(self) -> None:
        self.faults.append(monotonic())
        if len(self.faults) == self.faults.maxlen and monotonic() - self.faults[0] < 60:
            await self.say_bye("bad_message", "protocol_error")

    async def expect_hello(self) -> None:
        """Close a socket that never greets."""
        await asyncio.sleep(settings.HELLO_WITHIN)
        if not self.greeted:
            await self.say_bye("hello_required", "protocol_error")

    @property
    def session_key(self) -> str:
        return self.key.socket_name if self.key else self.scope["session"].session_key or ""
