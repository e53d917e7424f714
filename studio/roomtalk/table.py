"""What is done with each message of a room: of a page, by the right that it needs, and of other processes.

A line here is all that a new message needs, beside its model (studio/protocol/rooms.py): for pages its type, the right
(one of studio/rooms/access.py's) and the function; for news the `kind` with which it is announced.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from studio.roomtalk import acts, heard, live, remarks, wall
from studio.roomtalk.room import Room

if TYPE_CHECKING:
    from studio.roomtalk.consumer import RoomConsumer

Does = Coroutine[Any, Any, None]


@dataclass(frozen=True, slots=True)
class Act:
    """`run(page, message, bytes or None)`; the bytes are there where the message's frame had some."""

    right: str
    run: "Callable[[RoomConsumer, Any, bytes | None], Does]"


SAID: dict[str, Act] = {
    "update": Act("draw", acts.update),
    "ink": Act("draw", acts.ink),
    "presence": Act("watch", acts.presence),
    "seen": Act("watch", acts.seen),
    "comment": Act("comment", remarks.comment),
    "comment_edit": Act("comment", remarks.edit),
    "comment_delete": Act("watch", remarks.delete),
    "comment_resolve": Act("comment", remarks.resolve),
    "react": Act("comment", remarks.react),
    "cheer": Act("comment", remarks.cheer),
    "live": Act("watch", live.switch),
    "draw": Act("draw", live.draw),
    "pin": Act("pin", live.pin),
    "thumbnail": Act("draw", wall.thumbnail),
    "steer": Act("steer", wall.steer),
}

HEARD: dict[str, Callable[[Room, dict[str, Any]], Does]] = {
    "who": heard.who,
    "here": heard.here,
    "joined": heard.joined,
    "left": heard.left,
    "presence": heard.presence,
    "ink": heard.ink,
    "update": heard.update,
    "tell": heard.tell,
    "access": heard.access_changed,
    "deleted": heard.deleted,
    "live_frame": live.frame,
    "draw_failed": live.draw_failed,
}
