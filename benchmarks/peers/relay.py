"""A bare relay: what one page of a path says, its others hear, and that is all. The least that a room can be: no
people, no rights, no document, no database. `python -m benchmarks.peers.relay` prints its port.
"""

import asyncio
from collections import defaultdict
from typing import Any

from websockets.asyncio.server import broadcast, serve

_rooms: dict[str, set[Any]] = defaultdict(set)


async def page(socket: Any) -> None:
    """One open page, until it goes."""
    room = _rooms[socket.request.path]
    room.add(socket)
    try:
        async for message in socket:
            broadcast(room - {socket}, message)
    finally:
        room.discard(socket)


async def main() -> None:
    async with serve(page, "127.0.0.1", 0, compression=None, max_size=2**22) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()


if __name__ == "__main__":
    asyncio.run(main())
