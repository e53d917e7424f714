"""The files of works that were kept from a board's live picture, for the people of that board."""

from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from gallery.pages import media
from studio.rooms import pins
from studio.rooms.access import rights_of

# What is shown of them; what they began with is the board itself.
ROLES = ("image", "thumb-320", "thumb-640")


@require_safe
async def pin_file(request: HttpRequest, board: UUID, work: UUID, role: str) -> HttpResponseBase:
    """`/boards/<id>/pins/<work>/<role>`: the picture or a small one; 404 for anybody who may not watch the board, and
    for works that were not kept from it, are deleted or held by a moderator."""
    viewer = await request.auser()
    if role not in ROLES or isinstance(viewer, AnonymousUser):
        raise Http404
    if await sync_to_async(rights_of)(viewer, board) is None:
        raise Http404
    return await media.file_among(request, pins.works_of(board), work, role)
