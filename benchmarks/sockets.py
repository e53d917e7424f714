"""Many open pages in one process, as cheap as can be: `python -m benchmarks.sockets PORT`. For fanout.py only.

Cookies come in as one JSON line on stdin, one socket is opened for each; every further line asks for the counts so far.
WebSocket frames (RFC 6455) are counted, not read; a binary one is answered by `seen`, as the page does.
"""

import asyncio
import json
import os
import sys
from collections.abc import Callable

HELLO = b'{"type":"hello","version":1,"last_seq":0}'
SEEN = b'{"type":"seen","frames":1}'
AT_ONCE = 50
BINARY, TEXT = 2, 1


class Counts:
    """Over all sockets: frames of each kind, and sockets that closed."""

    text = binary = closed = 0


class Socket(asyncio.Protocol):
    """One page: greets, then counts."""

    def __init__(self, path: str, host: str, cookie: str, counts: Counts, opened: Callable[[], None]) -> None:
        self.request = (
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {cookie}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: brushwire.v1\r\n\r\n"
        )
        self.counts, self.opened = counts, opened
        self.upgraded = False
        self.data = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self.request.encode())

    def connection_lost(self, error: Exception | None) -> None:
        self.counts.closed += 1
        self.opened()

    def data_received(self, data: bytes) -> None:
        self.data += data
        if not self.upgraded:
            head, found, rest = bytes(self.data).partition(b"\r\n\r\n")
            if not found:
                return
            if b" 101 " not in head.split(b"\r\n")[0]:
                self.transport.close()
                return
            self.upgraded, self.data = True, bytearray(rest)
            self.say(HELLO)
            self.opened()
        self._frames()

    def say(self, text: bytes) -> None:
        """A short text frame; the mask is zero, which changes no byte."""
        self.transport.write(bytes([0x80 | TEXT, 0x80 | len(text), 0, 0, 0, 0]) + text)

    def _frames(self) -> None:
        while len(self.data) >= 2:
            size, at = self.data[1] & 0x7F, 2
            if size >= 126:
                at = 4 if size == 126 else 10
                size = int.from_bytes(self.data[2:at], "big")
            if len(self.data) < at + size:
                return
            kind = self.data[0] & 0x0F
            del self.data[: at + size]
            if kind == BINARY:
                self.counts.binary += 1
                self.say(SEEN)
            elif kind == TEXT:
                self.counts.text += 1


async def main(port: int, path: str) -> None:
    """Open what is asked for, then answer every line with the counts."""
    host = f"127.0.0.1:{port}"
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=2**24)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    cookies = json.loads(await reader.readline())
    counts, gate = Counts(), asyncio.Semaphore(AT_ONCE)

    async def one(cookie: str) -> None:
        async with gate:
            opened = asyncio.Event()
            await loop.create_connection(lambda: Socket(path, host, cookie, counts, opened.set), "127.0.0.1", port)
            await opened.wait()

    await asyncio.gather(*(one(cookie) for cookie in cookies))
    print("open", flush=True)
    while await reader.readline():
        print(json.dumps({"text": counts.text, "binary": counts.binary, "closed": counts.closed}), flush=True)
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
