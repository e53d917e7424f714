"""daphne with bounded memory and a polite end: `python -m config.server …`, with daphne's own arguments.

daphne holds without limit what a socket's page sends faster than we answer, and what a page reads slower than we send
(research/reliability.md, E4 and E5). Here the first stays in the network, a page that falls too far behind is closed,
and an event stream waits for its reader. Asked to stop, it takes no new connections, lets requests end, and tells pages
to come back.
"""

import asyncio
import logging
from functools import partial
from typing import Any

from daphne.cli import CommandLineInterface
from daphne.http_protocol import WebRequest
from daphne.server import Server as DaphneServer
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet import defer, reactor, task

from config.masking import mask
from studio.protocol import CLOSE

log = logging.getLogger(__name__)

# The stream that has no end of its own (studio/sockets/streams.py).
EVENTS = b"/api/v1/events"
# What one page may have said unheard before we stop reading from it: messages, bytes.
INBOX_MESSAGES, INBOX_BYTES = 64, 256 * 1024
# How far one page, and all pages together, may lag behind what was sent: bytes.
BEHIND_MAX, ALL_BEHIND_MAX = 1024 * 1024, 64 * 1024 * 1024
# How long a page may take to shake hands (seconds). daphne's 5 turn pages away that all come back at the same time.
HANDSHAKE_WITHIN = 20
# Asked to stop, how long requests and pages may take to end (seconds); supervisors wait a little longer.
DRAIN_WITHIN = 4.0


class Inbox(asyncio.Queue[dict[str, Any]]):
    """What a page said and its consumer has not yet heard. While that is much, nothing more is read from the page."""

    def __init__(self, transport: Any) -> None:
        super().__init__()
        self._transport = transport
        self._bytes = 0
        self._paused = False

    def put_nowait(self, item: dict[str, Any]) -> None:
        """See asyncio.Queue."""
        super().put_nowait(item)
        self._bytes += _size(item)
        if not self._paused and (self._bytes > INBOX_BYTES or self.qsize() > INBOX_MESSAGES):
            self._paused = True
            self._transport.pauseProducing()

    def get_nowait(self) -> dict[str, Any]:
        """See asyncio.Queue; its `get` ends here, too."""
        item = super().get_nowait()
        self._bytes -= _size(item)
        if self._paused and self._bytes <= INBOX_BYTES // 2 and self.qsize() <= INBOX_MESSAGES // 2:
            self._paused = False
            self._transport.resumeProducing()
        return item


class Outgoing:
    """How far a page lags behind, as its transport tells a producer: `behind` bytes since its buffer was last empty."""

    def __init__(self, server: "Server", transport: Any) -> None:
        self._server = server
        self._full = False
        self._room = asyncio.Event()
        self._room.set()
        self.behind = 0
        transport.unregisterProducer()  # the HTTP channel that the socket began as
        transport.registerProducer(self, True)

    def pauseProducing(self) -> None:  # noqa: N802  Twisted calls it so
        """The buffer is more than half full (Twisted: 64 KiB)."""
        self._full = True
        self._room.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        """The buffer is empty."""
        self._full = False
        self._room.set()
        self._server.all_behind -= self.behind
        self.behind = 0

    stopProducing = resumeProducing  # noqa: N815

    async def room(self) -> None:
        """Wait until the page has read all that was sent, or is gone."""
        await self._room.wait()

    def sent(self, size: int, waits: bool = False) -> bool:
        """Note that `size` bytes were sent; False when that is too far behind. A sender that `waits` sends nothing more
        until they are read, so one message of any size may be on its way."""
        if not self._full:
            return True
        self.behind += size
        self._server.all_behind += size
        return (waits or self.behind <= BEHIND_MAX) and self._server.all_behind <= ALL_BEHIND_MAX


class Reader:
    """Whether somebody who reads an event stream takes what was sent: while not, `room` waits."""

    def __init__(self, request: WebRequest) -> None:
        self._room = asyncio.Event()
        self._room.set()
        self._request = request
        request.registerProducer(self, True)

    async def room(self) -> None:
        """Wait until what was sent is on its way, or the reader gone."""
        await self._room.wait()

    def end(self) -> None:
        """No more is sent."""
        self._room.set()
        if self._request.producer is self and self._request.channel is not None:
            self._request.unregisterProducer()

    def leave(self) -> None:
        """Tell the application that its reader goes: it ends, and the reader comes back to the next server."""
        self._request.application_queue.put_nowait({"type": "http.disconnect"})

    def pauseProducing(self) -> None:  # noqa: N802  Twisted calls it so
        """The buffer is more than half full (Twisted: 64 KiB)."""
        self._room.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        """The buffer is empty."""
        self._room.set()

    stopProducing = resumeProducing  # noqa: N815


class Server(DaphneServer):
    """daphne's server; sockets get an Inbox and an Outgoing, event streams a Reader."""

    def __init__(self, *args: Any, **options: Any) -> None:
        patience = dict.fromkeys(("websocket_connect_timeout", "websocket_handshake_timeout"), HANDSHAKE_WITHIN)
        super().__init__(*args, **(options | patience))
        self.all_behind = 0
        self._ports: list[Any] = []
        self._outgoing: dict[WebSocketProtocol, Outgoing] = {}
        self._readers: dict[WebRequest, Reader] = {}

    def listen_success(self, port: Any) -> None:
        """See daphne."""
        self._ports.append(port)
        super().listen_success(port)

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """See daphne. As there, only with a queue that has an end."""
        if not isinstance(protocol, WebSocketProtocol):
            return super().create_application(protocol, scope)
        inbox = Inbox(protocol.transport)
        self._outgoing[protocol] = Outgoing(self, protocol.transport)
        scope.setdefault("asgi", {"version": "3.0"})
        application = self.application(scope=scope, receive=inbox.get, send=partial(self.handle_reply, protocol))
        self.connections[protocol]["application_instance"] = asyncio.ensure_future(application)
        return inbox

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """See daphne. Closes a page that reads too slowly; its memory is free within a second of that. Where a message
        says `wait` this returns when there is room for more."""
        if isinstance(protocol, WebRequest):
            return await self._answer(protocol, message)
        if message["type"] == "websocket.close" and protocol.state == protocol.STATE_OPEN:
            # Not sendClose, as there: that refuses 1011 and 1012.
            return protocol.sendCloseFrame(code=message.get("code") or 1000)
        if message["type"] == "websocket.send" and protocol.state in (protocol.STATE_CLOSING, protocol.STATE_CLOSED):
            return None  # its end is on its way to the application
        # The limit is for what pages say, but autobahn holds us to it, too. Nothing is read before it is back.
        limit, protocol.maxMessagePayloadSize = protocol.maxMessagePayloadSize, 0
        try:
            await super().handle_reply(protocol, message)
        finally:
            protocol.maxMessagePayloadSize = limit
        outgoing = self._outgoing.get(protocol)
        if outgoing is None or message["type"] != "websocket.send":
            return None
        waits = bool(message.get("wait"))
        if outgoing.sent(_size(message), waits):
            return await outgoing.room() if waits else None
        if protocol.state == protocol.STATE_OPEN:
            log.warning("a page lags %d kB behind and is closed", outgoing.behind // 1024)
            protocol.sendCloseFrame(code=CLOSE["too_slow"])
        return None

    async def _answer(self, request: WebRequest, message: dict[str, Any]) -> None:
        """See daphne's handle_reply; returns when there is room for more of an event stream."""
        gone = self.connections.get(request, {}).get("disconnected")
        if message["type"] == "http.response.start" and _is_stream(message) and request.channel and not gone:
            self._readers[request] = Reader(request)
        reader = self._readers.get(request)
        if reader and message["type"] == "http.response.body" and not message.get("more_body"):
            self._readers.pop(request).end()
        await super().handle_reply(request, message)
        if reader:
            await reader.room()

    def log_action(self, protocol: Any, action: str, details: dict[str, Any]) -> None:
        """See daphne: its access log. Addresses may have a connect code in them."""
        path = details["path"]
        super().log_action(protocol, action, details | {"path": mask(path if isinstance(path, str) else path.decode())})

    def protocol_disconnected(self, protocol: Any) -> None:
        """See daphne."""
        if reader := self._readers.pop(protocol, None):
            reader.end()
        if outgoing := self._outgoing.pop(protocol, None):
            outgoing.stopProducing()
        super().protocol_disconnected(protocol)

    def kill_all_applications(self) -> Any:
        """Before the end: no new connections (a listening socket that a supervisor holds keeps them waiting for the
        next server), pages told to come back, event streams ended, requests awaited; what still runs after DRAIN_WITHIN
        is cancelled."""
        for port in self._ports:
            port.stopListening()
        for protocol in self.connections:
            if isinstance(protocol, WebSocketProtocol) and protocol.state == protocol.STATE_OPEN:
                protocol.sendCloseFrame(code=CLOSE["restart"])
        for request, reader in self._readers.items():
            if request.path == EVENTS:
                reader.leave()
        return defer.ensureDeferred(self._drain())

    async def _drain(self) -> None:
        for _ in range(int(DRAIN_WITHIN / 0.1)):
            if not any(self._unfinished()):
                return
            await task.deferLater(reactor, 0.1)
        left = list(self._unfinished())
        for application in left:
            application.cancel()
        await defer.Deferred.fromFuture(asyncio.gather(*left, return_exceptions=True))

    def _unfinished(self) -> list[asyncio.Future[Any]]:
        applications = [details.get("application_instance") for details in self.connections.values()]
        return [each for each in applications if each is not None and not each.done()]


class Command(CommandLineInterface):
    """daphne's command line for our server."""

    server_class = Server


def _is_stream(message: dict[str, Any]) -> bool:
    """Whether this begins an answer of Server-Sent Events."""
    return any(name == b"content-type" and b"text/event-stream" in value for name, value in message.get("headers", ()))


def _size(message: dict[str, Any]) -> int:
    """About how many bytes a message to or from a socket holds."""
    return len(message.get("bytes") or message.get("text") or b"") + 64


if __name__ == "__main__":
    Command.entrypoint()
