"""The API's addresses of collections: making, describing and filling one's own, and looking at public ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema, Status

from accounts.models import User
from gallery import collecting
from gallery.models import Collection, Visibility
from studio.api.auth import by, person
from studio.api.bodies import Body
from studio.api.paging import Page, Paged, page, part
from studio.api.repeated import idempotent
from studio.api.workviews import WorkDetail, details, with_parts
from studio.words.errors import Refused

router = Router(tags=["collections"], auth=by("gallery"))
READ = by("read", "gallery")


class CollectionView(Schema):
    """A collection; `count` are the works in it that one may see. `cover` is one of them, or null for the first."""

    id: UUID
    owner: str
    own: bool
    title: str
    description: str
    visibility: str
    count: int
    cover: UUID | None
    created_at: str
    changed_at: str
    page: str


class NewCollection(Body):
    title: str = Field(max_length=1000)
    description: str = Field("", max_length=10_000)


class CollectionForm(Body):
    """What to change; what is left out stays."""

    title: str | None = Field(None, max_length=1000)
    description: str | None = Field(None, max_length=10_000)
    visibility: Visibility | None = None
    cover: UUID | None = None


class WorksForm(Body):
    works: list[UUID] = Field(min_length=1, max_length=500)


class ChangedView(Schema):
    """How many works came or went."""

    count: int


@router.get("", auth=READ, response=Page[CollectionView])
def own_collections(request: HttpRequest, paged: Query[Paged]) -> Any:
    """One's own collections, the last changed first."""
    found, after = page(Collection.objects.of(person(request)), paged, "updated_at")
    return {"items": _views(found, person(request)), "next": after}


@router.post("", response={201: CollectionView})
@idempotent
def make_collection(request: HttpRequest, body: NewCollection) -> Any:
    """A new private collection."""
    user = person(request)
    try:
        with _told():
            made = collecting.make(user, body.title, body.description)
    except collecting.Full:
        raise Refused("collections_full", limit=settings.COLLECTIONS_PER_PERSON) from None
    return Status(201, _views([made], user)[0])


@router.get("/{uuid:collection_id}", auth=READ, response=CollectionView)
def one_collection(request: HttpRequest, collection_id: UUID) -> Any:
    """One's own collection, or a public one of somebody else."""
    return _views([_visible(request, collection_id)], person(request))[0]


@router.patch("/{uuid:collection_id}", response=CollectionView)
def change_collection(request: HttpRequest, collection_id: UUID, body: CollectionForm) -> Any:
    """Describe one's own collection, choose its cover, and who may see it."""
    user = person(request)
    with _told():
        found = collecting.find(user, collection_id)
        if body.title is not None or body.description is not None:
            title = found.title if body.title is None else body.title
            collecting.describe(found, title, found.description if body.description is None else body.description)
        if "cover" in body.model_fields_set:
            _cover(found, body.cover)
        if body.visibility is not None:
            collecting.set_visibility(found, body.visibility)
    return _views([found], user)[0]


@router.delete("/{uuid:collection_id}", response={204: None})
def delete_collection(request: HttpRequest, collection_id: UUID) -> Any:
    """Delete one's own collection; its works stay."""
    with _told():
        collecting.find(person(request), collection_id).delete()
    return Status(204, None)


@router.get("/{uuid:collection_id}/works", auth=READ, response=Page[WorkDetail])
def collected_works(request: HttpRequest, collection_id: UUID, paged: Query[Paged]) -> Any:
    """The works in a collection that one may see, in its order."""
    user = person(request)
    works: Any = collecting.works_of(_visible(request, collection_id), user)
    found: Any
    found, after = part(with_parts(works, user), paged)  # type: ignore[arg-type]
    return {"items": details(found, user), "next": after}


@router.post("/{uuid:collection_id}/works", response=ChangedView)
def collect_works(request: HttpRequest, collection_id: UUID, body: WorksForm) -> Any:
    """Put works that one may see at the end of one's own collection; those in it already stay where they are."""
    user = person(request)
    try:
        with _told():
            return {"count": collecting.add(user, collecting.find(user, collection_id), body.works)}
    except collecting.Full:
        raise Refused("collection_full", limit=settings.WORKS_PER_COLLECTION) from None


@router.delete("/{uuid:collection_id}/works/{uuid:work_id}", response={204: None})
def uncollect_work(request: HttpRequest, collection_id: UUID, work_id: UUID) -> Any:
    """Take a work out of one's own collection; the work itself stays."""
    with _told():
        if not collecting.remove(collecting.find(person(request), collection_id), [work_id]):
            raise Refused("not_found")
    return Status(204, None)


def _visible(request: HttpRequest, collection_id: UUID) -> Collection:
    with _told():
        return Collection.objects.visible_to(person(request)).get(pk=collection_id)


def _cover(collection: Collection, work: UUID | None) -> None:
    try:
        collecting.set_cover(collection, work)
    except ValueError:
        told = {"code": "unknown", "message": _("This is not in the collection.")}
        raise Refused("invalid", fields={"cover": told}) from None


def _views(collections: list[Collection], user: User) -> list[dict[str, Any]]:
    rows = Collection.objects.filter(pk__in=[each.pk for each in collections]).select_related("owner")
    known = {row.pk: row for row in collecting.with_covers(rows, user)}
    return [_view(known[each.pk], user) for each in collections]


def _view(row: Any, user: User) -> dict[str, Any]:
    return {
        "id": row.pk,
        "owner": row.owner.get_username(),
        "own": row.owner_id == user.pk,
        "title": row.title,
        "description": row.description,
        "visibility": row.visibility,
        "count": row.count,
        "cover": row.cover_id,
        "created_at": row.created_at.isoformat(),
        "changed_at": row.updated_at.isoformat(),
        "page": reverse("gallery:collection", args=[row.pk]),
    }


@contextmanager
def _told() -> Iterator[None]:
    """What gallery/collecting.py raises, as the API tells it."""
    try:
        yield
    except Collection.DoesNotExist:
        raise Refused("not_found") from None
    except ValueError:
        told = {"code": "required", "message": _("A collection needs a title.")}
        raise Refused("invalid", fields={"title": told}) from None
