"""The live picture in a room: what pages say of it, and its frames on their way to all of them.

Each page that asked how it is (`live`) gets frames as it shows them (`seen`): of those that wait for it only the
newest. studio/commands/roomlive.py does the rest.
"""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from accounts.models import User
from studio.commands import roomlive
from studio.protocol.roomlive import RoomDraw, RoomPin, SwitchLive
from studio.rooms import access, live
from studio.roomtalk.room import Room
from studio.sockets.telling import in_words
from studio.values.frames import parts

if TYPE_CHECKING:
    from studio.roomtalk.consumer import RoomConsumer

# A room has one live picture: its place in the outbox of a page.
PICTURE = "live"


async def draw(page: "RoomConsumer", message: RoomDraw, blob: bytes | None) -> None:
    """A picture of the board as this page has it is wanted, for all."""
    page.outbox.drawn(PICTURE)
    await page.send_message(await page.command(roomlive.draw, _here(page), message, blob))


async def switch(page: "RoomConsumer", message: SwitchLive, blob: bytes | None) -> None:
    """On or off, for all, who hear of it as of any news; or only the question how it is, with the newest picture."""
    page.outbox.drawn(PICTURE)
    if message.on is None:
        switched, picture = await page.command(_now, page.board_id)
        await page.send_message(switched)
        if picture is not None:
            header, _ = parts(picture)
            await show(page, header["number"], picture)
        return
    assert page.rights is not None
    access.check(page.rights, "draw")
    await page.command(roomlive.turn, _here(page), message)


async def pin(page: "RoomConsumer", message: RoomPin, blob: bytes | None) -> None:
    """Keep the picture; all hear of it."""
    await page.command(roomlive.pin, _here(page), message, blob)


async def frame(room: Room, message: dict[str, Any]) -> None:
    """A picture for all pages, from a worker."""
    for page in tuple(room.pages.values()):
        await show(page, message["number"], message["frame"])


async def draw_failed(room: Room, message: dict[str, Any]) -> None:
    """There will be no picture of what one page asked for: it alone is told, in its language."""
    page = room.pages.get(message["page"])
    if page is not None and not page.leaving:
        await page.send_value(in_words(message["event"], page.language))


async def show(page: "RoomConsumer", number: int, picture: bytes) -> None:
    """Send a frame as soon as the page has room for it, if none of a higher number comes before."""
    page.outbox.put_frame(PICTURE, number, picture)
    if not page.leaving:
        await page.send_ready()


def _now(user: User, board_id: UUID) -> tuple[live.LiveSwitched, bytes | None]:
    return live.now(board_id)


def _here(page: "RoomConsumer") -> roomlive.Page:
    return roomlive.Page(page.board_id, page.name, page.person.name)
