"""What a room hears of other processes, of commands and of workers (studio/rooms/access.py: `announce`)."""

from typing import Any

from studio.commands import roomlive
from studio.protocol.rooms import Left
from studio.roomtalk.room import Room


async def who(room: Room, message: dict[str, Any]) -> None:
    """Another process has opened the room: who is here, and where."""
    room.introduce()


async def here(room: Room, message: dict[str, Any]) -> None:
    """All pages of another process."""
    new, gone = room.others.here(message["origin"], message["people"])
    for person in new:
        await room.tell({"type": "joined", "person": person})
    for page in gone:
        await room.tell(Left(page=page))


async def joined(room: Room, message: dict[str, Any]) -> None:
    room.others.joined(message["origin"], message["person"])
    await room.tell({"type": "joined", "person": message["person"]})


async def left(room: Room, message: dict[str, Any]) -> None:
    if room.others.left(message["origin"], message["page"]):
        await room.tell(Left(page=message["page"]))


async def presence(room: Room, message: dict[str, Any]) -> None:
    room.others.moved(message["origin"], message["told"])
    await room.tell(message["told"])


async def ink(room: Room, message: dict[str, Any]) -> None:
    await room.send(data=message["frame"])


async def update(room: Room, message: dict[str, Any]) -> None:
    await room.take_update(message["seq"], message["data"], message["by"])


async def tell(room: Room, message: dict[str, Any]) -> None:
    """A message for every page, as it is: what commands announce."""
    await room.tell(message["message"])


async def access_changed(room: Room, message: dict[str, Any]) -> None:
    """Who may do what, or what is told of the board, has changed; who pays may be another one, too."""
    roomlive.forget_rules()
    await room.ask_rights()


async def deleted(room: Room, message: dict[str, Any]) -> None:
    """The board is gone, and everybody out."""
    for page in tuple(room.pages.values()):
        await page.say_bye("board_deleted", "deleted")
