"""The open rooms of this process: opened with their first page, closed with their last one."""

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from studio.process import counting
from studio.roomtalk.room import Room

if TYPE_CHECKING:
    from studio.roomtalk.consumer import RoomConsumer


class Rooms:
    """Of one event loop. A room that is being opened or closed is waited for."""

    def __init__(self) -> None:
        # This process, as the others know it.
        self.process = uuid4().hex[:12]
        self.opened: dict[UUID, Room] = {}
        self._doors: dict[UUID, asyncio.Lock] = {}
        self._inside: dict[UUID, int] = {}

    async def enter(self, page: "RoomConsumer") -> Room:
        """The room of the page's board. Raises Refused("room_full"), and what opening a room raises."""
        board_id = page.board_id
        self._inside[board_id] = self._inside.get(board_id, 0) + 1
        try:
            async with self._doors.setdefault(board_id, asyncio.Lock()):
                room = self.opened.get(board_id)
                if room is None:
                    room = Room(board_id, self.process)
                    self.opened[board_id] = room
                    try:
                        await room.open()
                    except BaseException:
                        del self.opened[board_id]
                        await room.close()
                        raise
                    counting.hold("rooms", float(len(self.opened)))
                room.check_space()
                return room
        except BaseException:
            await self._count_out(board_id)
            raise

    async def leave(self, page: "RoomConsumer") -> None:
        """The page is gone."""
        try:
            await page.room.leave(page)
        finally:
            await self._count_out(page.board_id)

    async def _count_out(self, board_id: UUID) -> None:
        self._inside[board_id] -= 1
        async with self._doors[board_id]:
            if self._inside.get(board_id, 1) > 0:
                return
            del self._inside[board_id]
            room = self.opened.pop(board_id, None)
            counting.hold("rooms", float(len(self.opened)))
            if room is not None:
                await room.close()
        if board_id not in self._inside:
            self._doors.pop(board_id, None)


def here() -> Rooms:
    """The rooms of the running event loop; a web process has one loop, tests have several."""
    loop = asyncio.get_running_loop()
    if loop not in _rooms:
        _rooms.clear()
        _rooms[loop] = Rooms()
    return _rooms[loop]


async def enter(page: "RoomConsumer") -> Room:
    """See Rooms."""
    return await here().enter(page)


async def leave(page: "RoomConsumer") -> None:
    """See Rooms."""
    await here().leave(page)


_rooms: dict[asyncio.AbstractEventLoop, Rooms] = {}
