"""The messages of a room's live picture: one for all. A page that may draw asks for it, all pages get the same frames.

A page has one `draw` on its way at a time. The server answers `taken` with the number that the drawing got among all of
the room, or `rejected`. A frame with that number or a higher one is the answer: what a stranger asked for later shows
the stroke as well, or the page asks once more.
"""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from studio.protocol.base import ErrorView, Identifier, Message, Name, Parent, Seq
from studio.protocol.live import Kind, Revision


class RoomDraw(Message):
    """The board as this page has it: a picture of it is wanted at once, for all. A newer one of any page takes its
    place.

    `revision` is the page's own count; `seq` the newest of the room's updates that this drawing has in it. Otherwise as
    the studio's `draw`.
    """

    type: Literal["draw"]
    revision: Revision
    kind: Kind = "draft"
    tool: Name
    model: Name | None = None
    params: dict[str, Any] = Field(default_factory=dict)
    attached: Name | None = None
    seq: Seq = 0


class SwitchLive(Message):
    """The live picture is wanted, or not wanted any more, for all. Without `on`: tell this page how it is, and send it
    the newest picture."""

    type: Literal["live"]
    on: bool | None = None


class RoomPin(Message):
    """Keep the live picture for all: this drawing with these parameters as an ordinary submit of whoever pays.

    `id` is chosen by the page: sent twice, it is kept once.
    """

    type: Literal["pin"]
    id: Identifier
    tool: Name
    model: Name | None = None
    params: dict[str, Any] = Field(default_factory=dict)
    attached: Name | None = None
    parents: list[Parent] = Field(default_factory=list, max_length=8)


class Asked(Message):
    """Who asked for a frame: a page and its own `revision`, the name of its person, and what its drawing had in it."""

    page: str
    name: str
    revision: int
    seq: int = 0


class Taken(Message):
    """The page's `draw` of `revision` has this number among all drawings of the room, whoever asks."""

    type: Literal["taken"] = "taken"
    revision: int
    number: int


class RoomFrame(Message):
    """Header of a binary frame with a picture for all pages of a room; answered by `seen`.

    `number` only grows, whoever asked. Otherwise as the studio's `frame`.
    """

    type: Literal["frame"] = "frame"
    number: int
    kind: Kind
    step: int
    total: int
    done: bool
    seed: int
    ms: int
    media_type: str = "image/jpeg"
    asked: Asked


class RoomDrawFailed(Message):
    """There will be no frame of what this page asked for with `revision`."""

    type: Literal["draw_failed"] = "draw_failed"
    revision: int
    error: ErrorView


class LiveSwitched(Message):
    """The live picture is on or off for all. `name`: who turned it on."""

    type: Literal["live"] = "live"
    on: bool
    name: str = ""


class PinnedWork(Message):
    """A picture that was kept. `image` and `thumbnail` are addresses for the people of this board."""

    id: UUID
    width: int
    height: int
    image: str
    thumbnail: str
    veiled: bool = False


class PinView(Message):
    """A picture kept from the live picture, by `name`; "" where that person is gone. `state`: it is being made, it is
    there, or it came to nothing."""

    id: UUID
    by: int | None
    name: str
    state: Literal["making", "kept", "failed"]
    at: str
    works: list[PinnedWork] = Field(default_factory=list)


class Pinned(Message):
    """Somebody keeps the live picture; said again when it is there. `command` is the `id` of the asker's `pin`."""

    type: Literal["pinned"] = "pinned"
    command: str
    pin: PinView


LiveCommand = SwitchLive | RoomDraw | RoomPin
LiveEvent = LiveSwitched | Taken | RoomFrame | RoomDrawFailed | Pinned
