"""The API's addresses of comments on boards, and of who drew and spoke there."""

from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest
from ninja import Query, Router, Status
from pydantic import Field

from studio.api.auth import by, person
from studio.api.bodies import Body
from studio.api.paging import Page, Paged, page
from studio.api.repeated import idempotent
from studio.commands import comments
from studio.protocol.comments import Author, CommentView, Place, PlaceView, Said, SignName, ThreadView
from studio.rooms import access, people

router = Router(tags=["boards"], auth=by("boards"))


class CommentBody(Body):
    """`thread` is one that is there; without one, `x` and `y` (board units) begin a new one. The same `id` sent twice
    is said once."""

    text: Said
    thread: UUID | None = None
    x: Place | None = None
    y: Place | None = None
    id: UUID = Field(default_factory=uuid4)


class TextBody(Body):
    text: Said


class SettledBody(Body):
    resolved: bool


@router.get("/{board_id}/authors", auth=by("read", "boards"), response=list[Author])
def board_authors(request: HttpRequest, board_id: UUID) -> Any:
    """Who has drawn or spoken on a board, and who may: names for the numbers in its marks."""
    return people.authors(access.find(person(request), board_id, "watch"))


@router.get("/{board_id}/comments", auth=by("read", "boards"), response=Page[ThreadView])
def board_comments(request: HttpRequest, board_id: UUID, paged: Query[Paged], resolved: bool | None = None) -> Any:
    """The places of a board at which something was said, the newest first; all, or those that are (not) settled."""
    found, after = page(comments.threads(person(request), board_id, resolved=resolved), paged)
    return {"items": comments.views(person(request), found), "next": after}


@router.post("/{board_id}/comments", response={201: CommentView})
@idempotent
def add_comment(request: HttpRequest, board_id: UUID, body: CommentBody) -> Any:
    """Say something at a place of a board. Takes the right to comment."""
    wish = comments.Wish(body.id, body.thread or uuid4(), body.text, body.x, body.y)
    return Status(201, comments.view(comments.add(person(request), board_id, wish), person(request)))


@router.patch("/{board_id}/comments/{comment_id}", response=CommentView)
def edit_comment(request: HttpRequest, board_id: UUID, comment_id: UUID, body: TextBody) -> Any:
    """Say one's own comment in other words."""
    return comments.view(comments.edit(person(request), board_id, comment_id, body.text), person(request))


@router.delete("/{board_id}/comments/{comment_id}", response={204: None})
def delete_comment(request: HttpRequest, board_id: UUID, comment_id: UUID) -> Any:
    """Take a comment away: one's own, or anybody's on a board that one shares or steers."""
    comments.delete(person(request), board_id, comment_id)
    return Status(204, None)


@router.patch("/{board_id}/threads/{thread_id}", response=PlaceView)
def settle_thread(request: HttpRequest, board_id: UUID, thread_id: UUID, body: SettledBody) -> Any:
    """What is talked about at a place is settled, or not yet."""
    return comments.place(comments.resolve(person(request), board_id, thread_id, on=body.resolved))


@router.put("/{board_id}/comments/{comment_id}/reactions/{sign}", response=CommentView)
def leave_sign(request: HttpRequest, board_id: UUID, comment_id: UUID, sign: SignName) -> Any:
    """Leave a sign on a comment."""
    return comments.view(comments.react(person(request), board_id, comment_id, sign, on=True), person(request))


@router.delete("/{board_id}/comments/{comment_id}/reactions/{sign}", response=CommentView)
def take_sign(request: HttpRequest, board_id: UUID, comment_id: UUID, sign: SignName) -> Any:
    """Take one's sign back."""
    return comments.view(comments.react(person(request), board_id, comment_id, sign, on=False), person(request))
