"""What pages say in a room, apart from `hello`: changes, ink in the making, and where they are."""

from typing import TYPE_CHECKING

from studio.protocol import Seen
from studio.protocol.rooms import MAX_INK, MAX_UPDATE, Ink, Inked, Presence, Update
from studio.rooms.log import Change
from studio.roomtalk.writing import Sent
from studio.values.frames import encode_frame
from studio.words.errors import Refused

if TYPE_CHECKING:
    from studio.roomtalk.consumer import RoomConsumer

# Strokes that one page may have in the making: ten fingers.
INKS_MOST = 10


async def update(page: "RoomConsumer", message: Update, blob: bytes | None) -> None:
    """A change of the document: into the queue of the log. Answered by `ack` once it is kept for good."""
    data = blob or b""
    if len(data) > MAX_UPDATE:
        raise Refused("too_large", limit=f"{MAX_UPDATE // 1024} kB")
    await page.room.writing.put(Sent(page, message.n, Change(page.user.pk, data, page.provisional)))


async def ink(page: "RoomConsumer", message: Ink, blob: bytes | None) -> None:
    """A stroke as it grows: told to the others as it is, and kept nowhere."""
    data = blob or b""
    if len(data) > MAX_INK:
        raise Refused("too_large", limit=f"{MAX_INK // 1024} kB")
    if message.end:
        page.inks.discard(message.stroke)
    elif message.stroke not in page.inks:
        if len(page.inks) >= INKS_MOST:
            raise Refused("rate_limited", retry_after=1)
        page.inks.add(message.stroke)
    frame = encode_frame(Inked(**message.model_dump(), by=page.name), data)
    await page.room.send(data=frame, but=(page,))
    page.room.say({"kind": "ink", "frame": frame})


async def presence(page: "RoomConsumer", message: Presence, blob: bytes | None) -> None:
    """Where a page is; what it does not name has not changed."""
    told = message.model_dump(mode="json", exclude_unset=True) | {"page": page.name}
    page.presence |= told
    await page.room.tell(told, but=page)
    page.room.say({"kind": "presence", "told": told})


async def seen(page: "RoomConsumer", message: Seen, blob: bytes | None) -> None:
    """Frames of the live picture were shown: as many more may come."""
    page.outbox.seen(message.frames)
    await page.send_ready()
