"""Every message of a room's socket (`/ws/boards/<id>/`), once. static/js/studio/room/protocol.js is generated from it.

A room is an open board with its people. What is drawn travels as Yjs updates, in the bytes of binary frames; this file
knows their headers and everything that is not part of the document. Lengths are board units, as in
studio/values/drawing.py.
"""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from studio.protocol import CLOSE as STUDIO_CLOSE
from studio.protocol import MAX_HEADER, Bye, Seen
from studio.protocol.base import Message, Name, Seq
from studio.protocol.comments import CommentCommand, CommentEvent
from studio.protocol.roomlive import LiveCommand, LiveEvent

SUBPROTOCOL = "brushwire.board.v1"
VERSION = 1
# The bytes of one update; a page that kept more while it was away sends it in several.
MAX_UPDATE = 512 * 1024
MAX_MESSAGE = MAX_UPDATE + MAX_HEADER
# Points of somebody's stroke in one message.
MAX_INK = 8 * 1024
# What a tab calls itself in the document (a Yjs client id).
MAX_CLIENT = 2**53 - 1

CLOSE = STUDIO_CLOSE | {"removed": 4404, "deleted": 4410, "room_full": 4413, "closed": 4423}

Coordinate = Annotated[float, Field(ge=-100_000, le=100_000, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
Short = Annotated[str, Field(pattern=r"^[\w-]{1,40}$")]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
Number = Annotated[int, Field(ge=1, le=2**53 - 1, strict=True)]


# Values ---------------------------------------------------------------------------------------------------------


class Person(Message):
    """An open page of somebody in the room. The server says who it is: no page can name itself.

    `page` is the page's own short name, new at each visit; `user` the person's number, as `by` in the marks."""

    page: str
    user: int
    name: str
    colour: str
    role: str
    teacher: bool = False


class RoomBoard(Message):
    """What is told of the board itself. `payer` says who is charged for what is made here: its owner, or who asks.

    `there`: it is kept here already; one that is not begins with its first change. `followed`: somebody may look at its
    small picture while it is drawn."""

    id: UUID
    title: str
    owner: int
    owner_name: str
    payer: Literal["owner", "each"]
    frozen: bool
    shared: bool
    followed: bool = False
    there: bool = True


class RoomRights(Message):
    """What a page may do here now."""

    role: str
    watch: bool
    comment: bool
    draw: bool
    pin: bool
    share: bool
    steer: bool
    own: bool
    teacher: bool = False
    frozen: bool = False


# Page to server -------------------------------------------------------------------------------------------------


class Hello(Message):
    """Opens the conversation. `client` is the id under which this page writes; the bytes of a binary frame are the
    state vector of what it has. The answer are `welcome`, `vector` and `update`."""

    type: Literal["hello"]
    version: int
    client: Annotated[int, Field(ge=0, le=MAX_CLIENT, strict=True)]


class Update(Message):
    """A change of the document; the bytes are a Yjs update (v1) of at most MAX_UPDATE. Answered by `ack` with the same
    `n` once it is kept for good, or by `rejected`."""

    type: Literal["update"]
    n: Number


class Ink(Message):
    """A stroke in the making: the bytes are the points since the last message of this `stroke`, packed as in a mark,
    each message from nothing. The last one has `end`: "done" when the mark itself comes as an update."""

    type: Literal["ink"]
    stroke: Short
    layer: Short
    kind: Name
    tool: Name = "brush"
    color: Colour
    size: Annotated[float, Field(gt=0, le=2000)]
    opacity: Share = 1.0
    end: Literal["done", "abandoned"] | None = None


class Presence(Message):
    """Where this page is. What is not named has not changed; null means nowhere. Forgotten when the socket ends.

    `box` is what it has selected (x, y, width, height), `view` what it sees: the middle, and how many board units the
    shorter side of its window shows."""

    type: Literal["presence"]
    cursor: Annotated[list[Coordinate], Field(min_length=2, max_length=2)] | None = None
    box: Annotated[list[Coordinate], Field(min_length=4, max_length=4)] | None = None
    view: Annotated[list[Coordinate], Field(min_length=3, max_length=3)] | None = None
    tool: Name | None = None
    color: Colour | None = None
    layer: Short | None = None


class Thumbnail(Message):
    """The board as a small picture: the bytes are an image. One that comes too soon after another is `rejected` with
    `rate_limited`: send a newer one later."""

    type: Literal["thumbnail"]


class Steer(Message):
    """Freeze the drawing of all, let it go on, clear the board, or bring back what it was cleared of."""

    type: Literal["steer"]
    act: Literal["freeze", "unfreeze", "clear", "bring_back"]


Command = Hello | Update | Ink | Presence | Thumbnail | Steer | Seen | CommentCommand | LiveCommand

# Those whose frames carry bytes: always, or where they like.
CARRYING = {"update", "ink", "thumbnail"}
MAY_CARRY = CARRYING | {"hello", "draw", "pin"}


# Server to page -------------------------------------------------------------------------------------------------


class Welcome(Message):
    """Who is here and what you may do. `vector` and `update`, the document, follow."""

    type: Literal["welcome"] = "welcome"
    you: Person
    people: list[Person]
    board: RoomBoard
    rights: RoomRights


class Vector(Message):
    """Header: the bytes are the server's state vector. What the page has beyond it, it sends."""

    type: Literal["vector"] = "vector"


class Ack(Message):
    """Update `n` is kept for good, in change `seq` of the board."""

    type: Literal["ack"] = "ack"
    n: int
    seq: int


class Updated(Message):
    """Header: the bytes are a change of the document, `by` a page; by nobody when the server made it, or when it is
    what a page lacked."""

    type: Literal["update"] = "update"
    seq: int
    by: str | None = None


class Inked(Ink):
    """Header: somebody's stroke as it grows."""

    type: Literal["ink"] = "ink"
    by: str


class Joined(Message):
    type: Literal["joined"] = "joined"
    person: Person


class Left(Message):
    """A page is gone, with its ink and its cursor."""

    type: Literal["left"] = "left"
    page: str


class Present(Presence):
    """Where a page is; what is not named has not changed."""

    type: Literal["presence"] = "presence"
    page: str


class RightsChanged(Message):
    """What you may do here from now on. Everybody else is told by `joined` with the person's new role."""

    type: Literal["rights"] = "rights"
    rights: RoomRights
    board: RoomBoard


class BoardChanged(Message):
    """The board's name, or how it is shared, has changed."""

    type: Literal["board"] = "board"
    board: RoomBoard


class Restored(Message):
    """`by` (a name) went back to the version of this revision; the change itself comes as an `update`."""

    type: Literal["restored"] = "restored"
    by: str
    revision: int


class RoomRejected(Message):
    """A message was not carried out. `about` is its type; `n` the update's number, `revision` the draw's, `id` the
    pin's."""

    type: Literal["rejected"] = "rejected"
    about: str = ""
    n: int | None = None
    revision: int | None = None
    id: str | None = None
    code: str
    message: str
    fields: dict[str, Any] = Field(default_factory=dict)
    params: dict[str, Any] = Field(default_factory=dict)


class RoomHeartbeat(Message):
    """`seq` is the newest change that this process knows of."""

    type: Literal["heartbeat"] = "heartbeat"
    seq: Seq


Event = (
    Welcome
    | Vector
    | Ack
    | Updated
    | Inked
    | Joined
    | Left
    | Present
    | RightsChanged
    | BoardChanged
    | Restored
    | RoomRejected
    | LiveEvent
    | RoomHeartbeat
    | CommentEvent
    | Bye
)
