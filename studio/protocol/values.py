"""Values that events of the socket and answers of the API carry: generations and their works."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from studio.protocol.base import ErrorView, Message, Parent


class WorkView(Message):
    """A picture in the gallery. `image`, `thumbnail` and `page` are addresses; `index` counts the outputs from 0.

    `veiled`: it is blurred until its owner asks to see it. `model` is the address of the shape (GLB) that the picture
    shows, where it shows one.
    """

    id: UUID
    index: int
    seed: int
    width: int
    height: int
    image: str
    thumbnail: str
    page: str
    favourite: bool = False
    veiled: bool = False
    model: str | None = None


class WaitView(Message):
    """Why something waits: a code of studio/words/reasons.py, its parameters, and a sentence for the reader."""

    code: str
    params: dict[str, Any] = Field(default_factory=dict)
    message: str = ""


class PartView(Message):
    """A part of a TimelineView: `stage` is "waiting", a stage of making it, "making" where nobody measured stages,
    "saving" or "delivery"; seconds, `begins` counted from the moment it was asked for."""

    stage: str
    begins: float
    seconds: float


class TimelineView(Message):
    """Where the time of one generation went. `seconds` is all of it so far, `device_seconds` what the device worked.

    `steps` are the seconds of each real step of each picture, of `steps_each` steps together where there were very
    many. `delivered` tells whether its end is known to have been sent to a page or a program; that is the last part.
    """

    generation: UUID
    state: Literal["queued", "running", "finished", "failed", "cancelled", "expired"]
    attempt: int
    seconds: float
    device_seconds: float
    parts: list[PartView]
    steps: list[list[float]] = Field(default_factory=list)
    steps_each: int = 1
    delivered: bool = False


class GenerationView(Message):
    """The whole state of one generation. `position` is its place in the queue, 1 being next.

    `starts_in` is a range of seconds in which it will probably start, by the times of earlier ones like those that come
    first, `wait` why it does not start yet; both only while it waits. `cost` are the device seconds that were charged
    for it, without what was given back.

    `inputs` are the ids of its inputs by role, as long as they are kept, `parents` the works it was made from.
    `expected` is a range of seconds that it will probably run, by the times of earlier ones like it; null when there
    were too few. `board` is the drawing board it was made on, if any. `notes` are codes of what to tell, such as that
    words of the prompt were softened. `after` is another generation whose picture this one waits for.
    """

    id: UUID
    command: str
    tool: str
    model: str
    params: dict[str, Any]
    state: Literal["queued", "running", "finished", "failed", "cancelled", "expired"]
    stage: str = "waiting"
    step: int = 0
    total: int = 0
    index: int = 0
    count: int = 1
    share: float | None = None
    position: int | None = None
    starts_in: tuple[float, float] | None = None
    wait: WaitView | None = None
    cost: float = 0.0
    lane: str = "interactive"
    inputs: dict[str, UUID] = Field(default_factory=dict)
    parents: list[Parent] = Field(default_factory=list)
    expected: tuple[float, float] | None = None
    works: list[WorkView] = Field(default_factory=list)
    error: ErrorView | None = None
    board: UUID | None = None
    notes: list[str] = Field(default_factory=list)
    after: UUID | None = None
    created_at: str
