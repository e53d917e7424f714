"""Pages by keyset: "what comes after this one" stays right while new works arrive, and costs the same on every page."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import Q

from gallery.models import Work, WorkQuerySet

CURSOR = re.compile(r"(\d{1,17})\.([0-9a-f]{32})", re.ASCII)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def cursor_of(work: Work) -> str:
    """Where `work` stands in the newest-first order: microseconds since the epoch and its id."""
    return f"{(work.created_at - EPOCH) // MICROSECOND}.{work.id.hex}"


def page(works: WorkQuerySet, after: str, size: int) -> tuple[list[Work], str]:
    """Up to `size` works, newest first, that come after the cursor (all when it is empty), and the next cursor.

    The next cursor is empty on the last page. Raises ValueError for a cursor that is none of ours.
    """
    if after:
        match = CURSOR.fullmatch(after)
        if match is None:
            raise ValueError("not a cursor")
        moment, last = EPOCH + int(match[1]) * MICROSECOND, UUID(match[2])
        # The first condition alone bounds the index scan; the second leaves out what was shown already.
        works = works.filter(created_at__lte=moment).exclude(Q(created_at=moment) & Q(id__gte=last))
    found = list(works.order_by("-created_at", "-id")[: size + 1])
    return found[:size], cursor_of(found[size - 1]) if len(found) > size else ""
