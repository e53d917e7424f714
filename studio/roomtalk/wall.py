"""What a room tells the teacher's wall and hears of its teacher: small pictures, freezing, clearing."""

from typing import TYPE_CHECKING

from studio.commands import steering
from studio.protocol.rooms import Steer, Thumbnail
from studio.rooms import smalls
from studio.roomtalk.writing import in_rooms_pool

if TYPE_CHECKING:
    from studio.roomtalk.consumer import RoomConsumer


async def thumbnail(page: "RoomConsumer", message: Thumbnail, blob: bytes | None) -> None:
    """The board as a small picture, for lists and walls."""
    await in_rooms_pool(smalls.keep, page.board_id, page.name, blob or b"")


async def steer(page: "RoomConsumer", message: Steer, blob: bytes | None) -> None:
    """Freeze the board, let it be drawn on again, clear it, or bring back what it was cleared of."""
    await page.command(steering.ACTS[message.act], page.board_id)
