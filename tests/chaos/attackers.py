"""Pages that do harm, in a process of their own: `python -m tests.chaos.attackers URL COOKIE FLOODERS DEAF SECONDS`.

Flooders send messages of 100 kB as fast as the network takes them; deaf pages ask for all news again and again and read
none of it. Whoever is thrown out comes back at once. Prints as JSON how often which close code came, and what was sent.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from typing import Any

import websockets
from websockets.typing import Subprotocol

HELLO = json.dumps({"type": "hello", "version": 1, "last_seq": 0})
SYNC = json.dumps({"type": "sync", "last_seq": 0})
JUNK = json.dumps({"type": "junk", "of": "x" * 100_000})

ends: Counter[str] = Counter()
sent = 0


async def flood(socket: Any) -> None:
    """Send junk until thrown out."""
    global sent  # noqa: PLW0603
    await socket.send(HELLO)
    while True:
        await socket.send(JUNK)
        sent += 1


async def ask_and_ignore(socket: Any) -> None:
    """Ask, and never read."""
    global sent  # noqa: PLW0603
    await socket.send(HELLO)
    socket.transport.pause_reading()
    while socket.close_code is None:
        await socket.send(SYNC)
        sent += 1
        await asyncio.sleep(0.06)  # just within what a page may say a second


async def attack(url: str, cookie: str, act: Any, until: float) -> None:
    """Come back again and again."""
    there = url.replace("http", "ws", 1) + "/ws/studio/"
    options: dict[str, Any] = {"compression": None, "ping_interval": None, "max_queue": 1, "open_timeout": 20}
    while time.monotonic() < until:
        socket = None
        try:
            async with asyncio.timeout(max(0.1, until - time.monotonic())):
                socket = await websockets.connect(
                    there, additional_headers={"Cookie": cookie, "Origin": url}, origin=None,
                    subprotocols=[Subprotocol("brushwire.v1")], **options,
                )  # fmt: skip
                await act(socket)
        except (OSError, websockets.WebSocketException, TimeoutError):
            pass
        if socket is not None:
            ends[str(socket.close_code or "still open")] += 1
            socket.transport.abort()
        await asyncio.sleep(0.02)


async def main(url: str, cookie: str, flooders: int, deaf: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    acts = [flood] * flooders + [ask_and_ignore] * deaf
    await asyncio.gather(*(attack(url, cookie, act, until) for act in acts))
    print(json.dumps({"ends": ends, "sent": sent}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])))
