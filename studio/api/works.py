"""The API's addresses of works: finding them, what owners say of theirs, and liking those of others."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema, Status

from accounts.models import User
from gallery import publishing
from gallery.bin import delete as put_into_bin
from gallery.favourites import mark
from gallery.finding import paging
from gallery.finding.filters import Filters
from gallery.finding.tags import TAGS_MAX, UnfitTags
from gallery.likes import like
from gallery.models import Reveals, Visibility, Work
from studio.api.auth import by, person
from studio.api.bodies import Body
from studio.api.paging import Page, Paged, bad_cursor
from studio.api.workviews import FileView, WorkDetail, detail, details, files, with_parts
from studio.words.errors import Refused

router = Router(tags=["works"], auth=by("gallery"))
READ = by("read", "gallery")


class Sought(Schema):
    """What works shall have. `q`: words of the prompt, the title, the description or the tags."""

    whose: Literal["own", "everybody"] = Field("own", description="One's own, or all that are public.")
    q: str = Field("", max_length=200)
    kept: Literal["", "saved", "favourite", "unsaved"] = ""
    tool: str = Field("", max_length=40)
    model: str = Field("", max_length=64)
    kind: Literal["", "picture", "model"] = Field("", description="What it is: a picture, or a shape in space.")
    shape: Literal["", "square", "landscape", "portrait"] = ""
    colour: str = Field("", max_length=20)
    tag: str = Field("", max_length=60)
    by: str = Field("", max_length=150, description="A person's name.")
    origin: Literal["", "drawing", "picture", "any", "edit", "input", "remix", "rerun", "none"] = ""
    since: date | None = None
    until: date | None = None
    sort: Literal["new", "liked"] = "new"


class WorkForm(Body):
    """What to change; what is left out stays."""

    favourite: bool | None = None
    saved: bool | None = None
    visibility: Visibility | None = None
    reveals: Reveals | None = None
    title: str | None = Field(None, max_length=1000)
    description: str | None = Field(None, max_length=10_000)
    tags: list[str] | None = Field(None, max_length=100)


class LikeView(Schema):
    liked: bool
    likes: int


@router.get("", auth=READ, response=Page[WorkDetail])
def find_works(request: HttpRequest, sought: Query[Sought], paged: Query[Paged]) -> Any:
    """One's own works, or everybody's public ones, narrowed by what they shall have."""
    user = person(request)
    own = sought.whose == "own"
    asked = {name: str(value) for name, value in sought.dict(exclude={"whose"}).items() if value}
    newest = paging.MADE if own else paging.PUBLISHED
    works = Work.objects.of(user) if own else Work.objects.explored()
    narrowed, order = Filters.read(asked).apply(works, newest, own=own)
    try:
        found, after = paging.page(with_parts(narrowed, user), paged.cursor, paged.limit, order)
    except ValueError:
        raise bad_cursor() from None
    return {"items": details(found, user), "next": after or None}


@router.get("/{uuid:work_id}", auth=READ, response=WorkDetail)
def one_work(request: HttpRequest, work_id: UUID) -> Any:
    """One's own work, or a public one of somebody else."""
    return detail(_visible(person(request), work_id), person(request))


@router.get("/{uuid:work_id}/files", auth=READ, response=Page[FileView])
def work_files(request: HttpRequest, work_id: UUID) -> Any:
    """The files of a work: the picture, smaller ones, and what it was made from where that is shown."""
    return {"items": files(_visible(person(request), work_id), person(request))}


@router.patch("/{uuid:work_id}", response=WorkDetail)
def change_work(request: HttpRequest, work_id: UUID, body: WorkForm) -> Any:
    """Change one's own work: favourite, saved, visibility, title, description, tags. All of it, or nothing."""
    user = person(request)
    try:
        with transaction.atomic():
            _change(user, work_id, body)
            if not Work.objects.of(user).filter(pk=work_id).exists():
                raise Work.DoesNotExist
    except Work.DoesNotExist:
        raise Refused("not_found") from None
    except publishing.UnfitWords as unfit:
        message = _("At most %(limit)s characters.") % {"limit": unfit.limit}
        raise Refused("invalid", fields={unfit.field: {"code": "too_long", "message": message}}) from None
    except UnfitTags as unfit:
        message = _("At most %(limit)s tags of 40 characters.") % {"limit": TAGS_MAX}
        raise Refused("invalid", fields={"tags": {"code": unfit.code, "message": message}}) from None
    return detail(_visible(user, work_id), user)


@router.delete("/{uuid:work_id}", response={204: None})
def delete_work(request: HttpRequest, work_id: UUID) -> Any:
    """Put one's own work into the bin, where it rests 30 days."""
    if put_into_bin(person(request), [work_id]) is None:
        raise Refused("not_found")
    return Status(204, None)


@router.put("/{uuid:work_id}/like", response=LikeView)
def like_work(request: HttpRequest, work_id: UUID) -> Any:
    """Like a public work of somebody else; once more changes nothing."""
    return _like(request, work_id, True)


@router.delete("/{uuid:work_id}/like", response=LikeView)
def unlike_work(request: HttpRequest, work_id: UUID) -> Any:
    """Take the like back."""
    return _like(request, work_id, False)


def _visible(user: User, work_id: UUID) -> Work:
    found = with_parts(Work.objects.visible_to(user), user).filter(pk=work_id).first()
    if found is None:
        raise Refused("not_found")
    return found


def _change(user: User, work: UUID, body: WorkForm) -> None:
    if body.favourite is not None:
        mark(user, work, body.favourite)
    if body.saved is not None:
        publishing.save(user, [work], body.saved)
    if body.visibility is not None:
        publishing.set_visibility(user, [work], body.visibility)
    if body.reveals is not None:
        publishing.set_reveals(user, [work], body.reveals)
    if body.title is not None or body.description is not None:
        publishing.describe(user, work, title=body.title, description=body.description)
    if body.tags is not None:
        publishing.set_tags(user, work, body.tags)


def _like(request: HttpRequest, work_id: UUID, liked: bool) -> dict[str, Any]:
    try:
        return {"liked": liked, "likes": like(person(request), work_id, liked)}
    except Work.DoesNotExist:
        raise Refused("not_found") from None
