"""What there is to choose from in a list's filters: the tools, models and tags that its works really have."""

from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import Count

from accounts.models import User
from gallery.models import Work, WorkQuerySet, WorkTag

# Seconds that the choices of everybody's works are kept; a new tool shows that much later.
KEPT_FOR = 600
TAGS_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Facets:
    """(value, words) of tools, and the values of models and tags, the most used tags first."""

    tools: list[tuple[str, str]]
    models: list[str]
    tags: list[str]


def of_person(user: User) -> Facets:
    """Of one's own works."""
    links = WorkTag.objects.filter(work__owner=user, work__deleted_at=None)
    return _facets(_columns(Work.objects.of(user)), _tags(links))


def of_everybody() -> Facets:
    """Of public works. Counted anew every few minutes, by whoever comes first then."""
    columns: Any = cache.get("gallery.facets")
    if columns is None:
        columns = _columns(Work.objects.explored())
        cache.set("gallery.facets", columns, KEPT_FOR)
    return _facets(columns, [])


def _columns(works: WorkQuerySet) -> list[list[str]]:
    rows = works.order_by().values_list("tool", "model_name").distinct()
    return [sorted({row[column] for row in rows}) for column in (0, 1)]


def _tags(links: Any) -> list[str]:
    counted = links.values_list("tag__name").annotate(times=Count("id")).order_by("-times", "tag__name")
    return [name for name, _ in counted[:TAGS_SHOWN]]


def _facets(columns: list[list[str]], tags: list[str]) -> Facets:
    tools = sorted(((name, Work(tool=name).tool_title) for name in columns[0]), key=lambda choice: choice[1])
    return Facets(tools, columns[1], tags)
