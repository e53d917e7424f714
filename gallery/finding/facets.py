"""What there is to choose from in a list's filters: the tools, models and tags that its works really have."""

from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import Count

from accounts.models import User
from gallery.models import Work, WorkQuerySet, WorkTag

# Seconds that choices are kept; a new tool or model shows that much later, a new tag of one's own at once.
KEPT_FOR = 300
TAGS_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Facets:
    """(value, words) of tools, and the values of models and tags, the most used tags first."""

    tools: list[tuple[str, str]]
    models: list[str]
    tags: list[str]


def of_person(user: User) -> Facets:
    """Of one's own works."""
    found: Any = cache.get(_key(user))
    if found is None:
        links = WorkTag.objects.filter(work__owner=user, work__deleted_at=None)
        found = _columns(Work.objects.of(user)), _tags(links)
        cache.set(_key(user), found, KEPT_FOR)
    columns, tags = found
    return _facets(columns, tags)


def forget(user: User) -> None:
    """The person's tags have changed."""
    cache.delete(_key(user))


def of_everybody() -> Facets:
    """Of public works, which say no tags: there are too many."""
    columns: Any = cache.get("gallery.facets")
    if columns is None:
        columns = _columns(Work.objects.explored())
        cache.set("gallery.facets", columns, KEPT_FOR)
    return _facets(columns, [])


def _key(user: User) -> str:
    return f"gallery.facets.{user.pk}"


def _columns(works: WorkQuerySet) -> list[list[str]]:
    rows = works.order_by().values_list("tool", "model_name").distinct()
    return [sorted({row[column] for row in rows}) for column in (0, 1)]


def _tags(links: Any) -> list[str]:
    counted = links.values_list("tag__name").annotate(times=Count("id")).order_by("-times", "tag__name")
    return [name for name, _ in counted[:TAGS_SHOWN]]


def _facets(columns: list[list[str]], tags: list[str]) -> Facets:
    tools, models = columns
    titled = sorted(((name, Work(tool=name).tool_title) for name in tools), key=lambda choice: choice[1])
    return Facets(titled, models, tags)
