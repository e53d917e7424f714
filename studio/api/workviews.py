"""Works as the API tells of them: all to their owner, to others what the owner shows."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.urls import reverse
from ninja import Schema

from accounts.models import User
from gallery.models import Lineage, Reveals, Work, WorkFile, WorkQuerySet, WorkTag
from gallery.recipes import media_url

# Files that show what a work began with.
BEGUN_WITH = {WorkFile.Role.SKETCH, WorkFile.Role.INPUT, WorkFile.Role.MASK, WorkFile.Role.HINTS}


class FileView(Schema):
    """One file of a work; `address` takes the same key. `role` is "image" for the picture itself."""

    role: str
    media_type: str
    size: int
    width: int
    height: int
    sha256: str
    address: str


class OriginView(Schema):
    """A work that this one was made from, and how: edit, input, remix or rerun."""

    work: UUID
    kind: str


class WorkDetail(Schema):
    """A work. Of somebody else's work null is what its owner does not show (`reveals`), or nobody else's matter."""

    id: UUID
    owner: str
    own: bool
    created_at: str
    published_at: str | None
    generation: UUID | None
    index: int
    title: str
    description: str
    tags: list[str]
    likes: int
    width: int
    height: int
    visibility: str
    reveals: str
    veiled: bool
    moderation: str | None
    saved: bool | None
    favourite: bool | None
    tool: str | None
    model: str | None
    engine: str | None
    prompt: str | None
    negative_prompt: str | None
    seed: int | None
    params: dict[str, Any] | None
    parents: list[OriginView]
    files: list[FileView]
    page: str


def with_parts(works: WorkQuerySet, viewer: User) -> WorkQuerySet:
    """`works` with all that `detail` needs, in a fixed number of queries."""
    seen = Lineage.objects.filter(parent__in=Work.objects.visible_to(viewer)).order_by("id")
    tags = WorkTag.objects.select_related("tag").order_by("id")
    parts = ("files", Prefetch("tag_links", tags), Prefetch("parent_links", seen))
    return works.select_related("owner").prefetch_related(*parts)


def details(works: Iterable[Work], viewer: User) -> list[dict[str, Any]]:
    """Each of `works` as `viewer` may see it."""
    return [detail(work, viewer) for work in works]


def detail(work: Work, viewer: User) -> dict[str, Any]:
    """A work as `viewer`, who may see it, is told of it."""
    own, recipe = work.owner_id == viewer.pk, work.shows(viewer, Reveals.RECIPE)
    told = {name: getattr(work, name) for name in ("id", "index", "title", "description", "likes", "width", "height")}
    told |= {name: getattr(work, name) for name in ("visibility", "reveals", "veiled")}
    told |= {name: getattr(work, name) if own else None for name in ("moderation", "saved", "favourite", "generation")}
    made = ("tool", "engine", "prompt", "negative_prompt", "seed")
    told |= {name: getattr(work, name) if recipe else None for name in made}
    return told | {
        "owner": work.owner.get_username(),
        "own": own,
        "created_at": work.created_at.isoformat(),
        "published_at": work.published_at.isoformat() if work.published_at else None,
        "model": work.model_name if recipe else None,
        "params": work.recipe.get("params", {}) if recipe else None,
        "tags": [link.tag.name for link in work.tag_links.all()],
        "parents": [{"work": link.parent_id, "kind": link.kind} for link in work.parent_links.all()] if recipe else [],
        "files": files(work, viewer),
        "page": reverse("gallery:work", args=[work.pk]),
    }


def files(work: Work, viewer: User) -> list[dict[str, Any]]:
    """The files of a work that `viewer` may fetch."""
    shown = [each for each in work.files.all() if each.role not in BEGUN_WITH or work.shows(viewer, Reveals.ALL)]
    columns = ("role", "media_type", "size", "width", "height", "sha256")
    return [{name: getattr(file, name) for name in columns} | {"address": media_url(work, file.role)} for file in shown]
