"""Every WebSocket message, once. `static/js/studio/protocol.js` is generated from here (`manage.py protocol_js`).

A message is a JSON object with a `type`; how messages and bytes lie in frames is in studio/values/frames.py.
"""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from studio.protocol.base import ErrorView as ErrorView
from studio.protocol.base import Identifier, Name, Seq
from studio.protocol.base import Message as Message
from studio.protocol.base import Parent as Parent
from studio.protocol.live import Draw as Draw
from studio.protocol.live import DrawFailed as DrawFailed
from studio.protocol.live import Frame as Frame
from studio.protocol.live import Leave as Leave
from studio.protocol.live import Pin as Pin
from studio.protocol.values import GenerationView as GenerationView
from studio.protocol.values import PartView as PartView
from studio.protocol.values import TimelineView as TimelineView
from studio.protocol.values import WaitView as WaitView
from studio.protocol.values import WorkView as WorkView

SUBPROTOCOL = "brushwire.v1"
VERSION = 1
MAX_MESSAGE = 512 * 1024
MAX_HEADER = 64 * 1024
WATCH_LASTS = 45
INPUTS_MOST = 4

CLOSE = {
    "protocol_error": 4400,
    "signed_out": 4401,
    "forbidden": 4403,
    "too_slow": 4408,
    "too_many_sockets": 4409,
    "flood": 4429,
    "fault": 1011,
    "restart": 1012,
}


# Commands: browser to server -----------------------------------------------------------------------------------


class Hello(Message):
    """Opens the conversation: everything after event `last_seq` is wanted, or a snapshot when that is null."""

    type: Literal["hello"]
    version: int
    last_seq: Seq | None = None


class Sync(Message):
    """A gap was seen: send everything after `last_seq` again."""

    type: Literal["sync"]
    last_seq: Seq


class Wish(Message):
    """What to make, whoever asks: the socket and the REST API."""

    tool: Name = Field(description="One of /tools.")
    model: Name | None = Field(default=None, description="One of the tool's models; the first where none is named.")
    params: dict[str, Any] = Field(default_factory=dict, description="The tool's parameters, as /tools tells them.")
    inputs: dict[Name, UUID] = Field(default_factory=dict, max_length=INPUTS_MOST, description="By role.")
    board: UUID | None = Field(default=None, description="The drawing board whose filmstrip shows it.")
    parents: list[Parent] = Field(default_factory=list, max_length=8, description="Works to be credited.")
    lane: Literal["interactive", "bulk"] = Field(default="interactive", description="Whether somebody waits for it.")


class Submit(Wish):
    """Make something. `id` is chosen by the client: sent twice, it is made once.

    `inputs` names earlier uploads by role. A binary frame's bytes are the input of role `attached`. `parents` are the
    works that it is made from, for the credit; those that the person may not see are left out. `lane` "bulk" is for one
    of many that nobody sits and waits for: all that are "interactive" go before it.
    """

    type: Literal["submit"]
    id: Identifier
    attached: Name | None = None


class Cancel(Message):
    """Stop a generation, wherever it is."""

    type: Literal["cancel"]
    generation: UUID


class Seen(Message):
    """`frames` preview frames have been shown: the server may send as many more."""

    type: Literal["seen"]
    frames: int = Field(default=1, ge=1, le=100)


class Watch(Message):
    """Tell me every second how the studio does, or no longer; for operators.

    It counts for WATCH_LASTS seconds, then it must be said again."""

    type: Literal["watch"]
    what: Literal["operations"]
    on: bool = True


Command = Hello | Sync | Submit | Cancel | Draw | Leave | Pin | Seen | Watch


# Events: server to browser. Those with `seq` are kept and replayed; the others may be lost ----------------------


class Numbered(Message):
    seq: int = 0


class Snapshot(Message):
    """The state as of event `seq`: everything unfinished and the newest finished generations, oldest first."""

    type: Literal["snapshot"] = "snapshot"
    seq: int
    generations: list[GenerationView]


class Heartbeat(Message):
    """`seq` is the newest event: a client that has less asks `sync`."""

    type: Literal["heartbeat"] = "heartbeat"
    seq: int


class Queued(Numbered):
    """A submit was accepted, or a lost generation went back into the queue (then it is `requeued`)."""

    type: Literal["queued"] = "queued"
    generation: GenerationView


class Requeued(Numbered):
    type: Literal["requeued"] = "requeued"
    generation: UUID


class Started(Numbered):
    type: Literal["started"] = "started"
    generation: UUID
    attempt: int


class Finished(Numbered):
    """`seconds` is what the device worked for it."""

    type: Literal["finished"] = "finished"
    generation: UUID
    works: list[WorkView]
    seconds: float


class Failed(Numbered):
    type: Literal["failed"] = "failed"
    generation: UUID
    error: ErrorView


class Cancelled(Numbered):
    type: Literal["cancelled"] = "cancelled"
    generation: UUID


class Expired(Numbered):
    type: Literal["expired"] = "expired"
    generation: UUID
    error: ErrorView


class StageEvent(Message):
    """A stage has begun; while `waiting`, `position`, `starts_in` and `wait` are those of GenerationView."""

    type: Literal["stage"] = "stage"
    generation: UUID
    stage: str
    index: int = 0
    count: int = 1
    position: int | None = None
    starts_in: tuple[float, float] | None = None
    wait: WaitView | None = None


class Progress(Message):
    """Output `index` of `count` has done `step` of `total` real steps.

    Where a stage has no steps `total` is 0, and `share` tells how much of everything is done (0 to 1), by time.
    """

    type: Literal["progress"] = "progress"
    generation: UUID
    stage: str
    step: int
    total: int
    index: int
    count: int
    share: float | None = None


class TextGrew(Message):
    """Of what is written for a generation, so many bytes (UTF-8) are there in this attempt.

    The text itself is read at `/api/v1/generations/<id>/text`.
    """

    type: Literal["text"] = "text"
    generation: UUID
    attempt: int
    size: int


class PreviewFrame(Message):
    """Header of a binary frame with a small picture of `media_type`; answered by `seen`."""

    type: Literal["preview"] = "preview"
    generation: UUID
    index: int
    step: int
    total: int
    media_type: str = "image/jpeg"


class Rejected(Message):
    """A command was not carried out. `id` is the submit's id, `generation` the cancel's, `board` the draw's.

    `params` are what the message was filled in with, for a program: of quota_exceeded what, limit and until.
    """

    type: Literal["rejected"] = "rejected"
    id: str | None = None
    generation: UUID | None = None
    board: str | None = None
    revision: int | None = None
    code: str
    message: str
    fields: dict[str, Any] = Field(default_factory=dict)
    params: dict[str, Any] = Field(default_factory=dict)


class Notice(Message):
    """Something new for the person (accounts/notices.py), already in the reader's words. `unseen` counts all notices
    that they have not had before them; `link` is a page of ours, or empty."""

    type: Literal["notice"] = "notice"
    code: str
    params: dict[str, Any] = Field(default_factory=dict)
    message: str = ""
    link: str = ""
    unseen: int = 0


class Operations(Message):
    """How the studio does (studio/operations), for those who `watch`."""

    type: Literal["operations"] = "operations"
    snapshot: dict[str, Any]


class Bye(Message):
    """The server is about to close this connection, and why."""

    type: Literal["bye"] = "bye"
    code: str
    message: str


Event = (
    Snapshot
    | Heartbeat
    | Queued
    | Requeued
    | Started
    | Finished
    | Failed
    | Cancelled
    | Expired
    | StageEvent
    | Progress
    | TextGrew
    | PreviewFrame
    | Frame
    | DrawFailed
    | Rejected
    | Notice
    | Operations
    | Bye
)
