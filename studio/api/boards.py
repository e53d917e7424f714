"""The API's addresses of boards: what the studio page saves by itself, and what a program may read."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import File, Form, Path, Query, Router, Schema, Status
from ninja.files import UploadedFile

from accounts.models import User
from studio.api.auth import by
from studio.api.bodies import Body
from studio.api.paging import Page, Paged, page
from studio.api.pictures import picture
from studio.api.repeated import idempotent
from studio.commands import boards, results
from studio.files import boardfiles
from studio.models import Board, BoardVersion
from studio.protocol import GenerationView

router = Router(tags=["boards"], auth=by("boards"))
Key = Path[str]


class BoardView(Schema):
    """A board without its document. `revision` is what the next save must name; `kind` says what the document is."""

    id: UUID
    kind: Literal["drawing", "world"]
    title: str
    revision: int
    changed_at: str
    thumbnail: str | None


class VersionView(Schema):
    """An earlier version: `id` names it in the address of its document. `thumbnail` is a small picture, where there is
    one."""

    id: int
    revision: int
    changed_at: str
    thumbnail: str | None = None


class SaveForm(Body):
    revision: int
    keep: bool = False
    kind: Literal["drawing", "world"] = "drawing"


class TitleForm(Body):
    title: str


@router.get("", auth=by("read", "boards"), response=Page[BoardView])
def own_boards(request: HttpRequest, paged: Query[Paged], kind: Literal["drawing", "world"] | None = None) -> Any:
    """One's own boards, the last changed first; all of them, or those of a kind."""
    own = Board.objects.filter(owner=_person(request)).defer("document")
    found, after = page(own.filter(kind=kind) if kind else own, paged, "updated_at")
    return {"items": [_view(board) for board in found], "next": after}


@router.get("/{board_id}", auth=by("read", "boards"))
def open_board(request: HttpRequest, board_id: UUID) -> HttpResponse:
    """A board that one may watch, with its document."""
    board = boards.current(_person(request), board_id)
    head = BoardView(**_view(board)).model_dump_json()
    # The document is JSON already, and may be megabytes: it is not read only to be written again.
    return HttpResponse(f'{head[:-1]},"document":{board.document}}}', content_type="application/json")


@router.post("/{board_id}", response=BoardView)
def save_board(
    request: HttpRequest,
    board_id: UUID,
    form: Form[SaveForm],
    document: File[UploadedFile],
    thumbnail: File[UploadedFile] = None,  # type: ignore[assignment]
) -> Any:
    """Keep a board; `revision` 0 makes it. 409 board_conflict when it has been changed elsewhere meanwhile."""
    small = thumbnail.read() if thumbnail else None
    change = boards.Save(form.revision, document.read(), small, form.keep, form.kind)
    return _view(boards.save(_person(request), board_id, change))


@router.patch("/{board_id}", response=BoardView)
def name_board(request: HttpRequest, board_id: UUID, body: TitleForm) -> Any:
    """Name a board."""
    return _view(boards.rename(_person(request), board_id, body.title))


@router.delete("/{board_id}", response={204: None})
def delete_board(request: HttpRequest, board_id: UUID) -> Any:
    """Delete a board with its versions."""
    boards.delete(_person(request), board_id)
    return Status(204, None)


@router.post("/{board_id}/duplicate", response={201: BoardView})
@idempotent
def duplicate_board(request: HttpRequest, board_id: UUID) -> Any:
    """A second board like this one."""
    return Status(201, _view(boards.duplicate(_person(request), board_id)))


@router.get("/{board_id}/results", auth=by("read", "boards"), response=Page[GenerationView])
def board_results(request: HttpRequest, board_id: UUID, cursor: datetime | None = None) -> Any:
    """What one has made on a board, a page at a time, the newest first."""
    found, earlier = results.of_board(_person(request), board_id, cursor)
    return {"items": found, "next": earlier.isoformat() if earlier else None}


@router.get("/{board_id}/versions", auth=by("read", "boards"), response=Page[VersionView])
def board_versions(request: HttpRequest, board_id: UUID) -> Any:
    """Earlier versions, the newest first."""
    found = boards.versions(_person(request), board_id)
    return {"items": [_version_view(each) for each in found]}


@router.post("/{board_id}/versions", response={201: None})
def keep_version(request: HttpRequest, board_id: UUID, document: File[UploadedFile]) -> Any:
    """Keep a document as a version without changing the board."""
    boards.keep_version(_person(request), board_id, document.read())
    return Status(201, None)


@router.get("/{board_id}/versions/{number}", auth=by("read", "boards"))
def board_version(request: HttpRequest, board_id: UUID, number: int) -> HttpResponse:
    """The document of an earlier version."""
    found = boards.version(_person(request), board_id, number)
    return HttpResponse(found.document, content_type="application/json")


@router.get("/{board_id}/versions/{number}/thumbnail", auth=by("read", "boards"), url_name="board_version_thumbnail")
def version_thumbnail(request: HttpRequest, board_id: UUID, number: int) -> HttpResponse:
    """A small picture of an earlier version (WebP)."""
    return _webp(boardfiles.small_of(boards.version(_person(request), board_id, number)))


@router.post("/{board_id}/versions/{number}/restore", response=BoardView)
def restore_version(request: HttpRequest, board_id: UUID, number: int) -> Any:
    """Go back to an earlier version of a drawing; what the board is now becomes a version first."""
    return _view(boards.restore(_person(request), board_id, number))


@router.post("/{board_id}/pictures/{key}", response={201: None})
def lay_picture(request: HttpRequest, board_id: UUID, key: Key, file: File[UploadedFile]) -> Any:
    """Keep a picture under the name (32 hexadecimal digits) that the board's document uses."""
    boards.lay(_person(request), board_id, key, file.read())
    return Status(201, None)


@router.get("/{board_id}/pictures/{key}", auth=by("read", "boards"))
def board_picture(request: HttpRequest, board_id: UUID, key: Key) -> HttpResponse:
    """A picture of a board (WebP)."""
    return _webp(boards.picture(_person(request), board_id, key))


@router.get("/{board_id}/thumbnail", auth=by("read", "boards"), url_name="board_thumbnail")
def board_thumbnail(request: HttpRequest, board_id: UUID) -> HttpResponse:
    """A small picture of a board (WebP)."""
    return _webp(boards.thumbnail(_person(request), board_id))


def _person(request: HttpRequest) -> User:
    assert not isinstance(request.user, AnonymousUser)
    return request.user


def _view(board: Board) -> dict[str, Any]:
    place = reverse("studio:api:board_thumbnail", args=[board.pk])
    small = f"{place}?{board.thumbnail[:8]}" if board.thumbnail else None
    names = {"id": board.pk, "kind": board.kind, "title": board.title, "revision": board.revision}
    return names | {"changed_at": board.updated_at.isoformat(), "thumbnail": small}


def _version_view(version: BoardVersion) -> dict[str, Any]:
    place = reverse("studio:api:board_version_thumbnail", args=[version.board_id, version.pk])
    told = {"id": version.pk, "revision": version.revision, "changed_at": version.created_at.isoformat()}
    return told | {"thumbnail": place if version.thumbnail else None}


def _webp(data: bytes) -> HttpResponse:
    return picture(data, "image/webp")
