"""What a person has used: today against the limits, and day by day. Reads only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, IntegerField, Q, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, TruncDate
from django.utils import timezone

from studio.models import Generation, LiveDay, State
from studio.queue import limits

DAYS = 14


@dataclass(frozen=True, slots=True)
class Day:
    """Finished pictures, and device seconds as they were charged, of what was asked for on one day (in
    settings.TIME_ZONE), live drawing included."""

    day: date
    images: int
    seconds: float


def history(owner_id: int, days: int = DAYS) -> list[Day]:
    """The last `days` days, the oldest first, today last, in two queries."""
    today = timezone.localdate()
    begins = limits.midnight() - timedelta(days=days)
    made = Generation.objects.filter(owner=owner_id, created_at__gte=begins).order_by()
    count = Cast(KT("params__count"), IntegerField())
    rows = made.values(day=TruncDate("created_at")).annotate(
        images=Sum(count, filter=Q(state=State.FINISHED), default=0),
        seconds=Sum(F("cost") - F("refunded"), default=0.0),
    )
    known = {row["day"]: row for row in rows}
    live: Mapping[date, float] = dict(
        LiveDay.objects.filter(owner=owner_id, day__gt=today - timedelta(days=days)).values_list("day", "seconds")
    )
    found = []
    for ago in reversed(range(days)):
        day = today - timedelta(days=ago)
        row = known.get(day, {"images": 0, "seconds": 0.0})
        found.append(Day(day, int(row["images"] or 0), row["seconds"] + live.get(day, 0.0)))
    return found
