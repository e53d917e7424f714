"""The messages of live drawing: the board goes up whenever it changed, frames of it come down. Nothing of it is kept.

A browser has one `draw` on its way at a time: the next one goes when a finished frame (or `draw_failed`) came back, or
when that takes too long. Whatever is lost on the way is sent again with a new revision.
"""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from studio.protocol.base import ErrorView, Identifier, Message, Name, Parent

# Revisions of one board only grow: one for each `draw`, whatever changed.
Revision = Annotated[int, Field(ge=1, le=2**53 - 1, strict=True)]
Kind = Literal["draft", "refined"]


class Draw(Message):
    """The board as it is now: a picture of it is wanted at once. A newer `revision` takes an older one's place.

    `kind` says how: "draft" in the model's few quick steps, "refined" with all that `params` ask for. A binary frame's
    bytes are the input of role `attached`. The answer are `frame` events, to this connection only.
    """

    type: Literal["draw"]
    board: Identifier
    revision: Revision
    kind: Kind = "draft"
    tool: Name
    model: Name | None = None
    params: dict[str, Any] = Field(default_factory=dict)
    attached: Name | None = None


class Leave(Message):
    """The board is no longer live: what is being made of it stops."""

    type: Literal["leave"]
    board: Identifier


class Pin(Message):
    """Keep the refined frame of `revision`: its drawing, parameters and seed as an ordinary submit with this `id`.

    `board` is the live board, one for each window; `on_board` the drawing board that the window shows.
    """

    type: Literal["pin"]
    id: Identifier
    board: Identifier
    revision: Revision
    tool: Name
    model: Name | None = None
    params: dict[str, Any] = Field(default_factory=dict)
    attached: Name | None = None
    on_board: UUID | None = None
    parents: list[Parent] = Field(default_factory=list, max_length=8)


class Frame(Message):
    """Header of a binary frame with a picture of a live board; answered by `seen`.

    `done` marks the last frame of a revision, in full size; before it come small ones after `step` of `total`. `ms` is
    the time from the server's taking the drawing to this frame.
    """

    type: Literal["frame"] = "frame"
    board: str
    revision: int
    kind: Kind
    step: int
    total: int
    done: bool
    seed: int
    ms: int
    media_type: str = "image/jpeg"


class DrawFailed(Message):
    """There will be no frame of this revision."""

    type: Literal["draw_failed"] = "draw_failed"
    board: str
    revision: int
    error: ErrorView
