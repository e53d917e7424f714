"""Limits on what one person can make the server do."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.cache import cache

from studio.errors import Refused
from studio.models import Generation, State


def check_may_queue(owner_id: int) -> None:
    """Refused("queue_full") when the person already has MAX_QUEUED_PER_USER unfinished generations."""
    unfinished = Generation.objects.filter(owner_id=owner_id, state__in=[State.QUEUED, State.RUNNING]).count()
    if unfinished >= settings.MAX_QUEUED_PER_USER:
        raise Refused("queue_full", limit=settings.MAX_QUEUED_PER_USER)


class Bucket:
    """A token bucket in memory, for one socket: `rate` tokens a second, at most `burst` saved up."""

    def __init__(self, rate: float, burst: float) -> None:
        self.rate, self.burst = rate, burst
        self._tokens = burst
        self._at = time.monotonic()

    def take(self) -> bool:
        """Use one token; False when there is none."""
        now = time.monotonic()
        self._tokens = min(self.burst, self._tokens + (now - self._at) * self.rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def lately(what: str, person: int, *, most: int, seconds: float) -> bool:
    """Note that the person does `what` now; False when they did it `most` times within the last `seconds` already.

    Counted in the cache for all processes together. While Redis is away nothing is counted and everybody may.
    """
    return any(cache.add(f"lately:{what}:{person}:{slot}", 1, seconds) for slot in range(most))


@contextmanager
def alone(what: str, person: int, *, refusal: str, seconds: float) -> Iterator[None]:
    """One at a time for each person, over all processes. Raises Refused(`refusal`).

    `seconds`: after so long it counts as ended, for a process that died.
    """
    key = f"alone:{what}:{person}"
    if not cache.add(key, 1, seconds):
        raise Refused(refusal)
    try:
        yield
    finally:
        cache.delete(key)
