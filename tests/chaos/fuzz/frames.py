"""WebSocket frames by hand, right and wrong ones, and a connection that sends any bytes. RFC 6455, §5."""

import asyncio
import base64
import json
import os
import random
import struct
from collections.abc import Callable
from typing import Any

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA


def frame(
    code: int, data: bytes, *, last: bool = True, reserved: int = 0, masked: bool = True, says: int = -1
) -> bytes:
    """One frame. `reserved`: its three reserved bits; `says`: the length it claims, where that is not the true one."""
    length = len(data) if says < 0 else says
    head = bytes([(0x80 if last else 0) | reserved << 4 | code])
    mask = 0x80 if masked else 0
    if length < 126:
        head += bytes([mask | length])
    elif length < 2**16:
        head += bytes([mask | 126]) + struct.pack(">H", length)
    else:
        head += bytes([mask | 127]) + struct.pack(">Q", length)
    # A mask of zeros is one, too, and leaves the bytes as they are.
    return head + (bytes(4) if masked else b"") + data


def in_pieces(code: int, data: bytes, chance: random.Random) -> bytes:
    """One message in several frames, with a ping between two of them."""
    cuts = sorted(chance.randint(0, len(data)) for _ in range(chance.randint(1, 6)))
    parts = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    out = [frame(code if n == 0 else CONTINUATION, part, last=n == len(parts) - 1) for n, part in enumerate(parts)]
    out.insert(chance.randrange(1, len(out)), frame(PING, b"still there?"))
    return b"".join(out)


def wrong(chance: random.Random, text: bytes) -> bytes:
    """Frames that break the rules of the protocol: the server ends the connection, or waits for the rest."""
    return chance.choice(_WRONG)(chance, text)


_NO_UTF8 = (b"\xff", b"\xc0\xaf", b"\xed\xa0\x80")
_NO_CLOSE = (b"", b"\x03", b"\x00\x00", b"\x03\xe7", b"\x03\xed", b"\x03\xee", b"\x13\x88", b"\x03\xe8\xff\xfe\xfd")
_TOO_LONG = (2**63, 2**64 - 1, 2**31, 2**20 + 1, 2**24)
_WRONG: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    lambda chance, text: frame(TEXT, text, reserved=chance.randint(1, 7)),
    lambda chance, text: frame(chance.choice([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), text),
    lambda chance, text: frame(CONTINUATION, text),
    lambda chance, text: frame(TEXT, text[:5], last=False) + frame(TEXT, text[5:]),
    lambda chance, text: frame(TEXT, text, masked=False),
    lambda chance, text: frame(PING, bytes(chance.randint(126, 400))),
    lambda chance, text: frame(chance.choice([PING, CLOSE]), b"xx", last=False),
    lambda chance, text: frame(CLOSE, chance.choice(_NO_CLOSE)),
    lambda chance, text: frame(TEXT, text, says=chance.choice(_TOO_LONG)),
    lambda chance, text: frame(TEXT, text[: chance.randint(0, len(text))] + chance.choice(_NO_UTF8)),
    # In two pieces, cut within a character, which never ends.
    lambda chance, text: frame(TEXT, "猫".encode()[:2], last=False) + frame(CONTINUATION, b"x"),
    lambda chance, text: chance.randbytes(chance.randint(1, 300)),
    lambda chance, text: frame(BINARY, bytes(2**20 + 1)),
)


class Raw:
    """A connection of somebody who is logged in, and reads all that comes."""

    def __init__(self, port: int, cookie: str) -> None:
        self.port, self.cookie = port, cookie
        self.codes: list[str] = []  # of what was rejected
        self.closed: int | None = None
        self.pongs = 0

    async def open(self) -> "Raw":
        """Shake hands. ConnectionError when that fails."""
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        here = f"127.0.0.1:{self.port}"
        lines = [
            "GET /ws/studio/ HTTP/1.1", f"Host: {here}", f"Origin: http://{here}", f"Cookie: {self.cookie}",
            "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
            "Sec-WebSocket-Protocol: brushwire.v1", "", "",
        ]  # fmt: skip
        self.writer.write("\r\n".join(lines).encode())
        answer = await self.reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in answer.split(b"\r\n")[0]:
            raise ConnectionError(answer.split(b"\r\n")[0].decode())
        self._reading = asyncio.create_task(self._read())
        return self

    async def send(self, data: bytes) -> None:
        """Bytes as they are, and then wait until the network has taken them."""
        self.writer.write(data)
        await self.writer.drain()

    async def heard(self, seconds: float = 60.0) -> bool:
        """Whether the server has read all that was sent: it answers a ping, or has closed."""
        before = self.pongs
        await self.send(frame(PING, b"?"))
        async with asyncio.timeout(seconds):
            while self.pongs == before and not self._reading.done():
                await asyncio.sleep(0.002)
        return not self._reading.done()

    @property
    def over(self) -> bool:
        return self._reading.done()

    def abort(self) -> None:
        self._reading.cancel()
        self.writer.transport.abort()

    async def _read(self) -> None:
        try:
            while True:
                code, data = await self._frame()
                if code == TEXT:
                    self._hear(json.loads(data))
                elif code == PONG:
                    self.pongs += 1
                elif code == CLOSE:
                    self.closed = struct.unpack(">H", data[:2])[0] if len(data) > 1 else 1005
                    return
        except (OSError, asyncio.IncompleteReadError):
            self.closed = self.closed or 1006

    async def _frame(self) -> tuple[int, bytes]:
        head = await self.reader.readexactly(2)
        length = head[1] & 0x7F
        if length >= 126:
            length = int.from_bytes(await self.reader.readexactly(2 if length == 126 else 8), "big")
        return head[0] & 0x0F, await self.reader.readexactly(length)

    def _hear(self, event: dict[str, Any]) -> None:
        if event["type"] in ("rejected", "bye"):
            self.codes.append(event["code"])
        elif event["type"] == "draw_failed":
            self.codes.append(event["error"]["code"])
