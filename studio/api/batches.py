"""The API's address for acting on many works at once, and of archives that are being packed."""

from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import reverse
from ninja import Router, Schema

from accounts.models import User
from studio.api.auth import by
from studio.api.bodies import Body
from studio.commands import archives, batches
from studio.models import Archive

router = Router(tags=["works"], auth=by("gallery"))


class BatchForm(Body):
    works: list[UUID]
    act: str
    value: Any = None


class BatchView(Schema):
    """`undo` is the moment to send to /gallery/undo/; `archive` the id of an archive to ask about."""

    count: int
    undo: str | None
    archive: UUID | None


class ArchiveView(Schema):
    """`address` is where to fetch it, once it is ready."""

    state: str
    done: int
    total: int
    address: str | None


@router.post("/batch", response=BatchView)
def batch(request: HttpRequest, body: BatchForm) -> Any:
    """Do one thing (delete, save, favourite, visibility, tag, untag, collect, archive) to up to 500 of one's works."""
    done = batches.act(_person(request), body.act, body.works, body.value)
    return {"count": done.count, "undo": done.undo, "archive": done.archive}


@router.get("/archives/{archive_id}", auth=by("read", "gallery"), response=ArchiveView)
def archive(request: HttpRequest, archive_id: UUID) -> Any:
    """How far one's own archive is."""
    found = archives.find(_person(request), archive_id)
    ready = found.state == Archive.State.READY
    address = reverse("studio:archive_file", args=[found.pk]) if ready else None
    return {"state": found.state, "done": found.done, "total": found.total, "address": address}


def _person(request: HttpRequest) -> User:
    assert not isinstance(request.user, AnonymousUser)
    return request.user
