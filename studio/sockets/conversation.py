"""What every socket of our own protocols does alike: opened, greeted in time, limited, told of faults, closed.

Which messages there are and what they do is the consumers' (studio/sockets/consumers.py, studio/roomtalk). What one
socket may cost is bounded: messages a second, protocol faults a minute.
"""

import asyncio
from collections import deque
from functools import partial
from time import monotonic
from typing import Any, ClassVar

from django.conf import settings
from django.utils import translation

from studio.gates.presence import Socket
from studio.gates.rates import Bucket
from studio.process import outage, requestid
from studio.protocol import Bye, Heartbeat, Message
from studio.sockets import openpages
from studio.sockets.endings import SurelyEnded
from studio.sockets.handshake import language_of
from studio.values.frames import STUDIO, ProtocolError, Wire, decode, encode_text
from studio.words.errors import ERRORS, Refused, text


class Conversation(SurelyEnded):
    """One open socket of a person. Hears of news through the process's hub, not through a channel of its own."""

    channel_layer_alias = "none"
    timer: asyncio.Task[None] | None = None
    wire: ClassVar[Wire] = STUDIO
    # Without what these learn the page would stand there empty: where one fails it comes back and asks once more.
    vital: ClassVar[tuple[type[Message], ...]] = ()

    # What a consumer says of itself ---------------------------------------------------------------------------------

    def begin(self) -> None:
        """Before anything else: its own state."""

    async def let_go(self) -> None:
        """The page is gone: what must not stay, whatever happens next."""

    async def gone(self) -> None:
        """The page is gone: the rest of it, which may take time."""

    async def carry_out(self, command: Any, blob: bytes | None) -> None:
        """Do what a message asks for. Raises what `trouble` tells the page."""
        raise NotImplementedError

    async def take(self, command: Any, blob: bytes | None) -> None:
        """A message came: at once, unless a consumer knows better."""
        await self.attempt((command, blob))

    def rejection(self, command: Any, **told: Any) -> Message:
        """The message that says that `command`, where there was one, was not carried out."""
        raise NotImplementedError

    def rate(self) -> Bucket:
        """How many messages it may send."""
        return Bucket(settings.MESSAGES_PER_SECOND, settings.MESSAGES_BURST)

    def may_say(self, command: Any) -> bool:
        """Whether this message is within the limit."""
        return self.bucket.take()

    # Socket events --------------------------------------------------------------------------------------------------

    async def connect(self) -> None:
        self.user, self.key = self.scope["user"], self.scope.get("api_key")
        self.language = language_of(self.scope)
        # Of the whole connection: what is asked for over it is found by it in the log.
        requestid.adopt(dict(self.scope["headers"]).get(b"x-request-id", b"").decode("latin1"))
        self.greeted = self.leaving = False
        self.faults: deque[float] = deque(maxlen=settings.PROTOCOL_FAULTS_PER_MINUTE)
        self.bucket = self.rate()
        self.begin()
        spoken = self.scope.get("subprotocols") or []
        await self.accept(self.wire.subprotocol if self.wire.subprotocol in spoken else None)
        if not self.user.is_authenticated:
            refused = self.scope.get("refused") or Refused("auth_required")
            return await self.say_bye(refused.code, "forbidden" if ERRORS[refused.code].status == 403 else "signed_out")
        if self.wire.subprotocol not in spoken:
            return await self.say_bye("unsupported_version", "protocol_error")
        self.place = self.placed()
        try:
            await openpages.enter(self)
        except Refused as refused:
            close = {"rate_limited": "flood", "internal": "fault"}
            return await self.say_bye(refused.code, close.get(refused.code, "too_many_sockets"))
        self.timer = asyncio.create_task(self.expect_hello())
        return None

    def placed(self) -> Socket:
        """How this connection is counted."""
        return openpages.place_of(self.user.pk, self.scope)

    async def disconnect(self, code: int) -> None:
        timer, self.timer = self.timer, None
        if timer is None:
            return
        timer.cancel()
        await self.let_go()
        await openpages.leave(self)
        await self.gone()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.timer is None or self.leaving:
            return None
        try:
            command, blob = decode(text_data, bytes_data, self.wire)
        except ProtocolError as error:
            return await self.trouble(error, None)
        if not self.may_say(command):
            return await self.say_bye("rate_limited", "flood")
        return await self.take(command, blob)

    async def attempt(self, asked: tuple[Any, bytes | None]) -> None:
        """Carry out a message, or tell the page why not."""
        try:
            await self.carry_out(*asked)
        except Exception as error:  # noqa: BLE001  whatever it is, the page is told
            await self.trouble(error, asked[0])

    async def trouble(self, error: Exception, command: Any) -> None:
        """Tell the page why `command` was not carried out."""
        if isinstance(error, ProtocolError):
            await self.reject(error.code, None, id=error.id, fields=error.fields)
            return await self.count_fault()
        if isinstance(error, Refused):
            return await self.reject(error.code, command, error.params, fields=error.fields)
        # A bug must not cost the person the connection; it is logged.
        code = outage.code_of(error, "a command")
        if isinstance(command, self.vital):
            return await self.say_bye(code, "fault")
        return await self.reject(code, command)

    async def command(self, function: Any, *args: Any, **named: Any) -> Any:
        """Run a command of studio/commands in the pool, in the person's language."""
        return await openpages.in_pool(self.language, partial(function, self.user, *args, **named))

    async def learn(self, function: Any, *args: Any) -> Any:
        """Run one that only reads what there is, beside the commands."""
        return await openpages.in_pool(self.language, function, self.user, *args, threads=openpages.news)

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Channels hops to a thread before every message, to close stale database connections (0.24 ms each,
        research/performance.md §4.2); our commands see to theirs in the pool where they run."""
        if message["type"] == "websocket.receive":
            await self.websocket_receive(message)
        else:
            await super().dispatch(message)

    async def told_to_end(self, message: dict[str, Any]) -> bool:
        """Whether `message`, heard from the hub, was about this connection's end; then it is done."""
        if message["kind"] == "signed_out":
            code = "key_revoked" if self.key and message["code"] == "signed_out" else message["code"]
            await self.say_bye(code, "signed_out" if ERRORS[code].status == 401 else "forbidden")
        elif message["kind"] == "give_way":
            if self.place.name in message["names"]:
                await self.say_bye("too_many_sockets", "too_many_sockets")
        else:
            return False
        return True

    async def heartbeat(self, newest: int) -> None:
        """Every HEARTBEAT_EVERY seconds; `newest` is the number of the person's newest event."""
        await self.send_message(Heartbeat(seq=newest))

    # Replies --------------------------------------------------------------------------------------------------------

    async def reject(self, code: str, command: Any, params: dict[str, Any] | None = None, **told: Any) -> None:
        """Say that something was not carried out, in the reader's language."""
        if code == "too_large" and not params:
            params = {"limit": f"{self.wire.largest // 1024} kB"}
        with translation.override(self.language):
            message = text(code, params)
        await self.send_message(self.rejection(command, code=code, message=message, params=params or {}, **told))

    async def say_bye(self, code: str, close: str) -> None:
        """The last word: what the page says after it is not heard any more."""
        if self.leaving:
            return
        self.leaving = True
        with translation.override(self.language):
            await self.send_message(Bye(code=code, message=text(code)))
        await self.close(self.wire.close[close])

    async def send_message(self, message: Message) -> None:
        await self.send(text_data=message.model_dump_json())

    async def send_value(self, value: dict[str, Any]) -> None:
        """A message that is a plain value already."""
        await self.send(text_data=encode_text(value))

    # Limits and time ------------------------------------------------------------------------------------------------

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
