"""The API's addresses of editing a finished picture, as the editor in the page uses them."""

import io
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status

from accounts.models import User
from gallery.pixels import editing
from gallery.recipes import media_url
from studio.api.auth import by
from studio.api.bodies import Body
from studio.api.pictures import picture
from studio.commands import edits
from studio.protocol import WorkView
from studio.queue.describe import work_view

router = Router(tags=["works"], auth=by("gallery"))


class EditView(Schema):
    """What the editor opens: the original's address and size, what was done so far, and the numbers of the formulas."""

    image: str
    width: int
    height: int
    operations: list[Any]
    constants: dict[str, Any]


class EditForm(Body):
    operations: list[Any]


class CaptionForm(Body):
    caption: dict[str, Any]
    width: int
    height: int


@router.get("/{work_id}/edit", auth=by("read", "gallery"), response=EditView)
def open_edit(request: HttpRequest, work_id: UUID) -> Any:
    """The original of one's own work and the edit that made the work of it."""
    work, done = edits.source(_person(request), work_id)
    view = {"image": media_url(work, "image"), "width": work.width, "height": work.height}
    return view | {"operations": done, "constants": editing.constants()}


@router.post("/{work_id}/edit", response={201: WorkView})
def save_edit(request: HttpRequest, work_id: UUID, body: EditForm) -> Any:
    """Carry out operations on the original; the result is a new private work, the original stays as it is."""
    return Status(201, work_view(edits.edit(_person(request), work_id, body.operations)))


@router.post("/{work_id}/edit/caption")
def show_caption(request: HttpRequest, work_id: UUID, body: CaptionForm) -> HttpResponse:
    """A caption as it will be written, on a transparent picture (PNG) of that size."""
    edits.source(_person(request), work_id)
    out = io.BytesIO()
    edits.caption(body.caption, body.width, body.height).save(out, "PNG", compress_level=1)
    return picture(out.getvalue(), "image/png")


def _person(request: HttpRequest) -> User:
    assert not isinstance(request.user, AnonymousUser)
    return request.user
