"""Pages by keyset: "what comes after this one" stays right while new works arrive, and costs the same on every page."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import BigIntegerField, BooleanField, DateTimeField, F, Field, Func, UUIDField, Value

from gallery.models import Work, WorkQuerySet

CURSOR = re.compile(r"(\d{1,17})\.([0-9a-f]{32})", re.ASCII)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Order:
    """The largest `column` first, and among equals the largest id. The column is never NULL in what is paged."""

    column: str

    @property
    def by(self) -> tuple[str, str]:
        return f"-{self.column}", "-id"

    def number_of(self, work: Work) -> int:
        """Where `work` stands: a moment in microseconds since the epoch, or a count."""
        value = getattr(work, self.column)
        return (value - EPOCH) // MICROSECOND if isinstance(value, datetime) else value

    def place(self, number: int) -> Value:
        """The other way round, as the database compares it."""
        of_time = isinstance(Work._meta.get_field(self.column), DateTimeField)
        kind: Field[Any, Any] = DateTimeField() if of_time else BigIntegerField()
        return Value(EPOCH + number * MICROSECOND if of_time else number, output_field=kind)


MADE, PUBLISHED, LIKED = Order("created_at"), Order("published_at"), Order("likes")


class _Row(Func):
    """`(a, b)`. The field is only there because Django wants one."""

    template = "(%(expressions)s)"
    output_field = BooleanField()


class _Before(Func):
    """`row < row`: both databases walk an index on the two columns from there, however many rows share the first."""

    template = "%(expressions)s"
    arg_joiner = " < "
    arity = 2
    output_field = BooleanField()


def cursor_of(work: Work, order: Order = MADE) -> str:
    """Where `work` stands in `order`: its number and its id."""
    return f"{order.number_of(work)}.{work.id.hex}"


def page(works: WorkQuerySet, after: str, size: int, order: Order = MADE) -> tuple[list[Work], str]:
    """Up to `size` works in `order` that come after the cursor (all when it is empty), and the next cursor.

    The next cursor is empty on the last page. Raises ValueError for a cursor that is none of ours.
    """
    if after:
        match = CURSOR.fullmatch(after)
        if match is None:
            raise ValueError("not a cursor")
        last = Value(UUID(match[2]), output_field=UUIDField())
        works = works.filter(_Before(_Row(F(order.column), F("id")), _Row(order.place(int(match[1])), last)))
    found = list(works.order_by(*order.by)[: size + 1])
    return found[:size], cursor_of(found[size - 1], order) if len(found) > size else ""
