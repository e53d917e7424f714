"""What a list of works can be narrowed by, and how that stands in its address: every filter is a parameter there.

Nothing in an address is an error: a value that means nothing is left out, one that nothing has finds nothing.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gallery.finding import search, tags
from gallery.finding.paging import LIKED, Order
from gallery.finding.words import QUERY_MAX
from gallery.models import Lineage, Reveals, Shape, Work, WorkFile, WorkQuerySet
from gallery.pixels import colours

WORD_MAX = 150  # as long as a person's name may be

COLOURS: dict[str, str | Promise] = {
    "red": gettext_lazy("red"),
    "orange": gettext_lazy("orange"),
    "yellow": gettext_lazy("yellow"),
    "green": gettext_lazy("green"),
    "teal": gettext_lazy("teal"),
    "blue": gettext_lazy("blue"),
    "purple": gettext_lazy("purple"),
    "pink": gettext_lazy("pink"),
    "brown": gettext_lazy("brown"),
    "black": gettext_lazy("black"),
    "grey": gettext_lazy("grey"),
    "white": gettext_lazy("white"),
}
ORIGINS: dict[str, str | Promise] = {
    "drawing": gettext_lazy("made from a drawing"),
    "picture": gettext_lazy("made from a picture"),
    "any": gettext_lazy("made from another work"),
    "edit": gettext_lazy("edited"),
    "input": gettext_lazy("used another as input"),
    "remix": gettext_lazy("remixed"),
    "rerun": gettext_lazy("made again"),
    "none": gettext_lazy("made from nothing else"),
}
# Of these the files tell, which others are shown only where Work.reveals says so.
BEGINNINGS = {"drawing": WorkFile.Role.SKETCH, "picture": WorkFile.Role.INPUT}
KINDS: dict[str, str | Promise] = {"picture": gettext_lazy("pictures"), "model": gettext_lazy("3D models")}
KEPT = ("saved", "favourite", "unsaved")
SORTS = ("new", "liked")


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter that is on: what it says, and the query of the address without it."""

    text: str
    without: str


@dataclass(frozen=True, slots=True)
class Filters:
    """The parameters of a list's address; empty means not narrowed by it. `by` is a person's name."""

    q: str = ""
    kept: str = ""
    tool: str = ""
    model: str = ""
    kind: str = ""
    shape: str = ""
    colour: str = ""
    tag: str = ""
    by: str = ""
    origin: str = ""
    since: date | None = None
    until: date | None = None
    sort: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Filters":
        return cls(
            q=_clean(given.get("q", ""), QUERY_MAX),
            kept=_one_of(given.get("kept", ""), KEPT),
            tool=_clean(given.get("tool", "")),
            model=_clean(given.get("model", "")),
            kind=_one_of(given.get("kind", ""), KINDS),
            shape=_one_of(given.get("shape", ""), Shape.values),
            colour=_one_of(given.get("colour", ""), colours.NAMES),
            tag=tags.fold(_clean(given.get("tag", ""))),
            by=_clean(given.get("by", "")),
            origin=_one_of(given.get("origin", ""), ORIGINS),
            since=_day(given.get("since", "")),
            until=_day(given.get("until", "")),
            sort="liked" if given.get("sort") == "liked" else "",
        )

    def query(self, **changes: str | date | None) -> str:
        """The address's query for these filters with `changes`: "?…", or nothing."""
        new = replace(self, **changes)  # type: ignore[arg-type]
        given = {each.name: str(value) for each in fields(new) if (value := getattr(new, each.name))}
        return f"?{urlencode(given)}" if given else ""

    def apply(self, works: WorkQuerySet, newest: Order, *, own: bool = False) -> tuple[WorkQuerySet, Order]:
        """Those of `works` that pass, and their order; `newest` says what is new: made, or published.

        `own` works are found by everything; those of others by nothing that their owners do not show.
        """
        works = search.matching(works, self.q, tag=self.tag, own=own)
        if not own and (self.tool or self.model or self.origin):
            works = works.exclude(reveals=Reveals.PICTURE)
        if not own and self.origin in BEGINNINGS:
            works = works.filter(reveals=Reveals.ALL)
        same = {"tool": self.tool, "model_name": self.model, "shape": self.shape, "owner__username": self.by}
        works = works.filter(**{column: value for column, value in same.items() if value})
        if self.kept:
            kept = {"favourite": True} if self.kept == "favourite" else {"saved": self.kept == "saved"}
            works = works.filter(**kept)
        if self.kind:
            works = works.filter(is_model=self.kind == "model")
        if self.colour:
            works = works.filter(colours__contains=f" {self.colour} ")
        if self.origin:
            works = works.filter(_origin(self.origin))
        if self.since:
            works = works.filter(**{f"{newest.column}__gte": _midnight(self.since)})
        if self.until:
            works = works.filter(**{f"{newest.column}__lt": _midnight(self.until) + timedelta(days=1)})
        return works, LIKED if self.sort == "liked" else newest

    def chips(self) -> list[Chip]:
        """What is on, in words; the tabs and the order show themselves."""
        words = {
            "q": self.q and f"“{self.q}”",
            "tool": self.tool and Work(tool=self.tool).tool_title,
            "model": self.model,
            "kind": self.kind and str(KINDS[self.kind]),
            "shape": self.shape and str(Shape(self.shape).label),
            "colour": self.colour and str(COLOURS[self.colour]),
            "tag": self.tag and f"#{self.tag}",
            "by": self.by and _("by %(name)s") % {"name": self.by},
            "origin": self.origin and str(ORIGINS[self.origin]),
            "since": self.since and _("from %(day)s on") % {"day": date_format(self.since)},
            "until": self.until and _("until %(day)s") % {"day": date_format(self.until)},
        }
        empty = {"since": None, "until": None}
        return [Chip(text, self.query(**{name: empty.get(name, "")})) for name, text in words.items() if text]

    @property
    def narrowed(self) -> int:
        """How many filters are on besides the words and the tab."""
        return len(self.chips()) - bool(self.q)


def _origin(origin: str) -> Any:
    if origin in BEGINNINGS:
        return Exists(WorkFile.objects.filter(work=OuterRef("pk"), role=BEGINNINGS[origin]))
    links = Lineage.objects.filter(child=OuterRef("pk"))
    if origin == "none":
        return ~Exists(links)
    return Exists(links if origin == "any" else links.filter(kind=origin))


def _clean(text: str, most: int = WORD_MAX) -> str:
    """Without what no database stores and nobody sees."""
    return "".join(each for each in text[:most] if unicodedata.category(each)[0] != "C" or each.isspace()).strip()


def _one_of(text: str, known: object) -> str:
    return text if text in known else ""  # type: ignore[operator]


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1970 <= day.year <= 2200 else None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
