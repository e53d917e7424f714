"""The messages about comments, signs on them, and cheers. The REST API carries the same values.

A page asks for what is there over the API (`/boards/<id>/comments`), and hears of every change from then on here. News
is absolute: what is said of a comment is all there is to say of it, so one that comes twice does no harm.
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from studio.protocol.base import Identifier, Message

TEXT_MAX = 1000
# From the middle of the board, in its units. Beside the paper there is room too; farther away nobody would find it.
Place = Annotated[float, Field(ge=-512, le=512, allow_inf_nan=False)]
Said = Annotated[str, Field(min_length=1, max_length=TEXT_MAX)]
SignName = Literal["like", "love", "laugh", "party", "star"]


class Author(Message):
    """Somebody who drew or spoke on a board; `colour` is "#rrggbb", the one of their cursor."""

    user: int
    name: str
    colour: str


class CommentView(Message):
    """`text` is empty where a moderator has hidden it from the reader; `at` is when it was said (ISO 8601).

    `reactions`: who left which sign, by the ids of the people.
    """

    id: UUID
    thread: UUID
    author: Author
    text: str
    at: str
    edited: bool = False
    hidden: bool = False
    reactions: dict[str, list[int]] = Field(default_factory=dict)


class PlaceView(Message):
    """Where people talk: board units. `resolved_by` is a name; empty where that person is gone."""

    id: UUID
    x: float
    y: float
    at: str
    resolved: bool = False
    resolved_by: str = ""


class ThreadView(PlaceView):
    """A place with what was said there, the oldest first."""

    comments: list[CommentView]


# Page to server. `id` names the wish itself: the answer is `done` with it, or `rejected` ------------------------------


class Comment(Message):
    """Say something. The ids are chosen by the page: a `comment` that is sent twice is said once. `thread` is one that
    is there, or, with `x` and `y`, a new one."""

    type: Literal["comment"]
    id: Identifier
    comment: UUID
    thread: UUID
    text: Said
    x: Place | None = None
    y: Place | None = None


class CommentEdit(Message):
    """Say one's own comment in other words."""

    type: Literal["comment_edit"]
    id: Identifier
    comment: UUID
    text: Said


class CommentDelete(Message):
    """Take a comment away: one's own, or anybody's where one has the right to share or to steer."""

    type: Literal["comment_delete"]
    id: Identifier
    comment: UUID


class CommentResolve(Message):
    """What was talked about is settled, or not yet."""

    type: Literal["comment_resolve"]
    id: Identifier
    thread: UUID
    on: bool


class React(Message):
    """Leave a sign on a comment, or take it back."""

    type: Literal["react"]
    id: Identifier
    comment: UUID
    sign: SignName
    on: bool


class Cheer(Message):
    """Call a sign over the board at a place. Nothing of it is kept, and nothing is answered but a refusal."""

    type: Literal["cheer"]
    sign: SignName
    x: Place
    y: Place


CommentCommand = Comment | CommentEdit | CommentDelete | CommentResolve | React | Cheer


# Server to page -----------------------------------------------------------------------------------------------------


class Done(Message):
    """The wish `id` was carried out."""

    type: Literal["done"] = "done"
    id: str


class CommentSaid(Message):
    """A comment is there, or has changed."""

    type: Literal["comment"] = "comment"
    place: PlaceView
    comment: CommentView


class CommentGone(Message):
    type: Literal["comment_gone"] = "comment_gone"
    thread: UUID
    comment: UUID


class ThreadChanged(Message):
    type: Literal["thread"] = "thread"
    place: PlaceView


class Reaction(Message):
    """All signs on a comment, by the ids of the people who left them."""

    type: Literal["reaction"] = "reaction"
    thread: UUID
    comment: UUID
    reactions: dict[str, list[int]]


class Cheered(Message):
    """Somebody called a sign over the board: it is shown once."""

    type: Literal["cheer"] = "cheer"
    by: Author
    sign: SignName
    x: float
    y: float


CommentEvent = Done | CommentSaid | CommentGone | ThreadChanged | Reaction | Cheered
