"""The API's addresses of works: what owners say of theirs, and liking those of others."""

from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema

from accounts.models import User
from gallery import publishing
from gallery.favourites import mark
from gallery.likes import like
from gallery.models import Visibility, Work
from gallery.tags import TAGS_MAX, UnfitTags
from studio.api.auth import by
from studio.api.bodies import Body
from studio.errors import Refused

router = Router(tags=["works"], auth=by("gallery"))


class WorkForm(Body):
    """What to change; what is left out stays."""

    favourite: bool | None = None
    saved: bool | None = None
    visibility: Visibility | None = None
    title: str | None = Field(None, max_length=1000)
    description: str | None = Field(None, max_length=10_000)
    tags: list[str] | None = Field(None, max_length=100)


class WorkView(Schema):
    """One's own work as it is now."""

    id: UUID
    favourite: bool
    saved: bool
    visibility: str
    moderation: str
    title: str
    description: str
    tags: list[str]
    likes: int

    @staticmethod
    def resolve_tags(work: Work) -> list[str]:
        return [link.tag.name for link in work.tag_links.select_related("tag").order_by("id")]


class LikeView(Schema):
    liked: bool
    likes: int


@router.patch("/{work_id}", response=WorkView)
def change_work(request: HttpRequest, work_id: UUID, body: WorkForm) -> Any:
    """Change one's own work: favourite, saved, visibility, title, description, tags. All of it, or nothing."""
    assert not isinstance(request.user, AnonymousUser)
    try:
        with transaction.atomic():
            _change(request.user, work_id, body)
            return Work.objects.of(request.user).get(pk=work_id)
    except Work.DoesNotExist:
        raise Refused("not_found") from None
    except publishing.UnfitWords as unfit:
        message = _("At most %(limit)s characters.") % {"limit": unfit.limit}
        raise Refused("invalid", fields={unfit.field: {"code": "too_long", "message": message}}) from None
    except UnfitTags as unfit:
        message = _("At most %(limit)s tags of 40 characters.") % {"limit": TAGS_MAX}
        raise Refused("invalid", fields={"tags": {"code": unfit.code, "message": message}}) from None


def _change(user: User, work: UUID, body: WorkForm) -> None:
    if body.favourite is not None:
        mark(user, work, body.favourite)
    if body.saved is not None:
        publishing.save(user, [work], body.saved)
    if body.visibility is not None:
        publishing.set_visibility(user, [work], body.visibility)
    if body.title is not None or body.description is not None:
        publishing.describe(user, work, title=body.title, description=body.description)
    if body.tags is not None:
        publishing.set_tags(user, work, body.tags)


@router.put("/{work_id}/like", response=LikeView)
def like_work(request: HttpRequest, work_id: UUID) -> Any:
    """Like a public work of somebody else; once more changes nothing."""
    return _like(request, work_id, True)


@router.delete("/{work_id}/like", response=LikeView)
def unlike_work(request: HttpRequest, work_id: UUID) -> Any:
    """Take the like back."""
    return _like(request, work_id, False)


def _like(request: HttpRequest, work_id: UUID, liked: bool) -> dict[str, Any]:
    assert not isinstance(request.user, AnonymousUser)
    try:
        return {"liked": liked, "likes": like(request.user, work_id, liked)}
    except Work.DoesNotExist:
        raise Refused("not_found") from None
