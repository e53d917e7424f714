"""Lists of the API: `{"items": […], "next": "…"}`, and `?cursor=<next>` for what comes after. One form everywhere."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from ninja import Field, Schema

from studio.words.errors import Refused

Item = TypeVar("Item")
Row = TypeVar("Row", bound=Model)

CURSOR = re.compile(r"(\d{1,17})\.([0-9a-f]{1,32})", re.ASCII)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Page(Schema, Generic[Item]):
    """Some items of a list. `next` is the cursor of those after them, null on the last page."""

    items: list[Item]
    next: str | None = None


class Paged(Schema):
    """Which part of a list: after `cursor`, the `next` of an earlier answer; `limit` items at most."""

    cursor: str = Field("", max_length=60, description="The `next` of an earlier answer.")
    limit: int = Field(settings.API_PAGE, ge=1, le=settings.API_PAGE_MOST, description="Items at most.")


def page(rows: QuerySet[Row], paged: Paged, column: str = "created_at") -> tuple[list[Row], str | None]:
    """The part of `rows` with the largest `column` (a moment) first, among equals the largest id; and the next cursor.

    Raises Refused("invalid") for a cursor that is none of ours.
    """
    if paged.cursor:
        moment, pk = _place(paged.cursor, rows.model)
        rows = rows.filter(Q(**{f"{column}__lt": moment}) | Q(**{column: moment, "pk__lt": pk}))
    found = list(rows.order_by(f"-{column}", "-pk")[: paged.limit + 1])
    if len(found) <= paged.limit:
        return found, None
    last = found[paged.limit - 1]
    pk = last.pk.hex if isinstance(last.pk, UUID) else f"{last.pk:x}"
    return found[: paged.limit], f"{(getattr(last, column) - EPOCH) // MICROSECOND}.{pk}"


def part(items: Sequence[Item], paged: Paged) -> tuple[Sequence[Item], str | None]:
    """The part of a list whose order is its own; the cursor is a place in it. Refused as in `page`."""
    start = 0
    if paged.cursor:
        if not re.fullmatch(r"[0-9]{1,9}", paged.cursor, re.ASCII):
            raise bad_cursor()
        start = int(paged.cursor)
    end = start + paged.limit
    found = list(items[start : end + 1])
    return found[: paged.limit], str(end) if len(found) > paged.limit else None


def bad_cursor() -> Refused:
    """What refuses a cursor that no answer had."""
    message = _("Use the “next” of an earlier answer.")
    return Refused("invalid", fields={"cursor": {"code": "invalid", "message": message}})


def _place(cursor: str, model: type[Model]) -> tuple[datetime, Any]:
    match = CURSOR.fullmatch(cursor)
    is_uuid = model._meta.pk is not None and model._meta.pk.get_internal_type() == "UUIDField"
    if match is None or (is_uuid and len(match[2]) != 32) or (not is_uuid and len(match[2]) > 15):
        raise bad_cursor()
    return EPOCH + int(match[1]) * MICROSECOND, UUID(match[2]) if is_uuid else int(match[2], 16)
