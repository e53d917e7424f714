"""Who has a generation in hand: its lease is held, renewed and asked for by whoever has its token, and nobody else.

Times are by the database's clock. What becomes of a lost one is lifecycle.py's.
"""

import uuid
from datetime import timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection, models
from django.db.models.functions import Now

from studio.models import Generation, State


class LeaseLost(Exception):
    """Somebody else holds the generation now, or it has ended: stop, and throw away what was made."""


def held(generation: Generation) -> models.QuerySet[Generation]:
    """The row, as long as it is this claim's."""
    return Generation.objects.filter(pk=generation.pk, token=generation.token, state=State.RUNNING)


def until() -> Any:
    """The end of a lease that begins now, for a query."""
    return Now() + timedelta(seconds=settings.LEASE)


def renew(generation: Generation) -> bool:
    """Hold the lease for another LEASE seconds; False when it is lost."""
    return bool(held(generation).update(lease_until=until()))


def check(generation: Generation) -> bool:
    """Whether the owner wants it stopped. Raises LeaseLost when it is no longer this claim's."""
    with connection.cursor() as cursor:
        cursor.execute(*_wanted(generation.pk, generation.token))
        rows = cursor.fetchall()
    if not rows:
        raise LeaseLost
    return rows[0][0] is not None


@lru_cache(maxsize=256)
def _wanted(pk: uuid.UUID, token: uuid.UUID | None) -> tuple[str, tuple[Any, ...]]:
    """The question of `check` as SQL. It is asked after every step, and to put it together takes ten times as long."""
    row = held(Generation(pk=pk, token=token)).order_by()
    return row.values_list("cancel_requested_at").query.sql_with_params()
