"""A small ASGI server on a thread: HTTP/1.1 and WebSockets on a real socket, which an application may also break.

Besides ASGI, every scope has `scope["extensions"]["wire"]`, a `Wire`: bytes as they are, and a connection reset.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

Message = MutableMapping[str, Any]
App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]
PATIENCE = 10.0
BODY_MOST = 64 * 2**20


class Wire:
    """The connection under an application."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    async def raw(self, data: bytes) -> None:
        """Send these bytes, whatever they are."""
        self._writer.write(data)
        await self._writer.drain()

    def reset(self) -> None:
        """End the connection at once, as a machine that is switched off: the other side sees a reset."""
        sock = self._writer.get_extra_info("socket")
        if sock.fileno() < 0:
            return  # it has ended already
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


class Host:
    """The address of a hosted application, and what a test can do with it from its own thread."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self.loop = asyncio.new_event_loop()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def do(self, function: Callable[[], Any]) -> Any:
        """Call `function` in the server's thread, and wait for what it returns."""

        async def call() -> Any:
            return function()

        return asyncio.run_coroutine_threadsafe(call(), self.loop).result(PATIENCE)

    def drop_all(self) -> None:
        """Reset every open connection; call it in the server's thread."""
        for writer in list(self._writers):
            Wire(writer).reset()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        self.drop_all()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            while await self._one(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            self._writers.discard(writer)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; whether another may follow on the same connection."""
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").strip().split("\r\n")
        method, target, _version = first.split(" ", 2)
        pairs = [line.split(":", 1) for line in lines]
        headers = [(name.strip().lower().encode(), value.strip().encode("latin-1")) for name, value in pairs]
        place = urlsplit(target)
        scope = {
            "path": unquote(place.path),
            "query_string": place.query.encode(),
            "headers": headers,
            "extensions": {"wire": Wire(writer)},
        }
        if dict(headers).get(b"upgrade", b"").lower() == b"websocket":
            await _websocket(self._app, scope, head, reader, writer)
            return False
        return await _http(self._app, {**scope, "method": method}, reader, writer)


async def _http(app: App, scope: Message, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    body = await _body(dict(scope["headers"]), reader)
    chunked = False

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal chunked
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", []))
            chunked = not any(name.lower() == b"content-length" for name, _ in headers)
            headers += [(b"transfer-encoding", b"chunked")] if chunked else []
            lines = [b"HTTP/1.1 %d Said" % message["status"], *(b"%s: %s" % pair for pair in headers)]
            writer.write(b"\r\n".join(lines) + b"\r\n\r\n")
        else:
            data, more = message.get("body", b""), message.get("more_body", False)
            if chunked and data:
                data = b"%x\r\n%s\r\n" % (len(data), data)
            writer.write(data + (b"0\r\n\r\n" if chunked and not more else b""))
        await writer.drain()

    await app({**scope, "type": "http"}, receive, send)
    return not writer.is_closing()


async def _body(headers: dict[bytes, bytes], reader: asyncio.StreamReader) -> bytes:
    if headers.get(b"transfer-encoding", b"").lower() != b"chunked":
        return await reader.readexactly(min(BODY_MOST, int(headers.get(b"content-length", b"0"))))
    body = b""
    while size := int((await reader.readline()).split(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return body


async def _websocket(
    app: App, scope: Message, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    protocol = ServerProtocol(max_size=None)
    heard: asyncio.Queue[Message] = asyncio.Queue()
    await heard.put({"type": "websocket.connect"})
    protocol.receive_data(head)
    (request,) = protocol.events_received()
    assert isinstance(request, Request)

    async def flush() -> None:
        for data in protocol.data_to_send():
            if data:
                writer.write(data)
        await writer.drain()

    async def read() -> None:
        try:
            while data := await reader.read(65536):
                protocol.receive_data(data)
                for frame in protocol.events_received():
                    assert isinstance(frame, Frame)
                    if frame.opcode is Opcode.TEXT:
                        await heard.put({"type": "websocket.receive", "text": bytes(frame.data).decode()})
                    elif frame.opcode is Opcode.BINARY:
                        await heard.put({"type": "websocket.receive", "bytes": frame.data})
                await flush()
                if protocol.close_expected():
                    break  # both have said that they close; the server is the one that does
        except OSError:
            pass
        writer.close()
        await heard.put({"type": "websocket.disconnect", "code": 1006})

    async def send(message: Message) -> None:
        if message["type"] == "websocket.accept":
            protocol.send_response(protocol.accept(request))
        elif message["type"] == "websocket.close":
            if protocol.state is State.OPEN:
                protocol.send_close(message.get("code", 1000))
            else:
                protocol.send_response(protocol.reject(message.get("status", 403), "no"))
        elif message.get("text") is not None:
            protocol.send_text(message["text"].encode())
        else:
            protocol.send_binary(message["bytes"])
        await flush()

    reading = asyncio.create_task(read())
    try:
        await app({**scope, "type": "websocket"}, heard.get, send)
    finally:
        reading.cancel()


@contextmanager
def hosted(app: App) -> Iterator[Host]:
    """`app` on a free port of this machine until the end of the block."""
    host = Host(app)
    thread = threading.Thread(target=host.loop.run_forever, name="hosted", daemon=True)
    thread.start()
    try:
        # In its own thread from the beginning: the caller's may have a loop that runs (Playwright's).
        asyncio.run_coroutine_threadsafe(host.start(), host.loop).result(PATIENCE)
        yield host
    finally:
        asyncio.run_coroutine_threadsafe(host.stop(), host.loop).result(PATIENCE)
        host.loop.call_soon_threadsafe(host.loop.stop)
        thread.join(PATIENCE)
        host.loop.close()
