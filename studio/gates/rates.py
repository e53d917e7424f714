"""How often somebody may do something: one token bucket for pages, API and socket, in Redis for all processes together.

A bucket is taken from by one Lua script, by Redis' own clock. While Redis does not answer each process counts in its
own memory by the same numbers: with n processes somebody may then do up to n times as much, and nobody waits or is kept
out. A socket's messages are counted in memory first (`Bucket`): asking Redis for each of them would cost more than what
it protects.
"""

import hashlib
import logging
import math
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, cast

import redis
from django.conf import settings

from studio.process import quick
from studio.words.errors import Refused

log = logging.getLogger(__name__)

# How many buckets a process remembers while Redis is away, and how often it says so (seconds).
REMEMBERED, COMPLAIN_EVERY = 10_000, 60.0

# The tokens that are left and the moment they were counted. A bucket that would be full again is forgotten.
_TAKE = """
local burst, rate, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local kept = redis.call('HMGET', KEYS[1], 'left', 'at')
local left = tonumber(kept[1]) or burst
left = math.min(burst, left + math.max(0, now - (tonumber(kept[2]) or now)) * rate)
local enough = left >= cost
if enough then
  left = left - cost
  redis.call('HSET', KEYS[1], 'left', string.format('%.6f', left), 'at', string.format('%.6f', now))
  redis.call('PEXPIRE', KEYS[1], math.ceil((burst - left) / rate * 1000) + 1000)
end
return {enough and 1 or 0, string.format('%.6f', left)}
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a bucket said. `left` of `burst` tokens; `again` and `full`: seconds until it would allow the same, until it
    is full."""

    allowed: bool
    burst: int
    left: int
    again: int
    full: int

    def headers(self) -> dict[str, str]:
        """What an answer over HTTP says of it."""
        if not self.burst:
            return {}
        told = {"Limit": self.burst, "Remaining": self.left, "Reset": self.full}
        wait = {} if self.allowed else {"Retry-After": str(self.again)}
        return {f"RateLimit-{name}": str(number) for name, number in told.items()} | wait


def take(what: str, whom: str, cost: float = 1.0) -> Taken:
    """Take `cost` from the bucket of `whom` for `what` (a key of settings.RATES); nothing is taken when it has less.

    `whom` is `person(…)` or `address(…)`. What costs more than a whole bucket costs a whole bucket.
    """
    if not settings.RATE_FACTOR or not whom:
        return Taken(True, 0, 0, 0, 0)
    burst, rate = (number * settings.RATE_FACTOR for number in settings.RATES[what])
    cost = min(cost, burst)
    try:
        allowed, left = cast(list[Any], quick.script(_TAKE)(keys=[f"rate:{what}:{whom}"], args=[burst, rate, cost]))
    except redis.RedisError as error:
        _complain(error)
        allowed, left = _here.take(f"{what}:{whom}", burst, rate, cost)
    have = float(left)
    again = 0 if allowed else max(1, math.ceil((cost - have) / rate))
    return Taken(bool(allowed), int(burst), int(have), again, math.ceil((burst - have) / rate))


def check(what: str, user_id: int, cost: float = 1.0) -> None:
    """Take from a person's bucket. Raises Refused("rate_limited") with `retry_after` (seconds)."""
    taken = take(what, person(user_id), cost)
    if not taken.allowed:
        raise Refused("rate_limited", retry_after=taken.again)


def person(user_id: int) -> str:
    """A person, as `take` names them."""
    return f"p{user_id}"


def address(network: str) -> str:
    """Whoever comes from a network (accounts/addresses.py), as `take` names them. No address is kept in Redis."""
    return f"a{hashlib.sha256(f'{settings.SECRET_KEY}{network}'.encode()).hexdigest()[:24]}" if network else ""


class Bucket:
    """A token bucket in memory, for one socket: `rate` tokens a second, at most `burst` saved up."""

    __slots__ = ("_at", "_tokens", "burst", "rate")

    def __init__(self, rate: float, burst: float) -> None:
        self.rate, self.burst = rate, burst
        self._tokens = burst
        self._at = time.monotonic()

    def take(self, cost: float = 1.0) -> bool:
        """Use so many tokens; False, and none is used, when there are fewer."""
        now = time.monotonic()
        self._tokens = min(self.burst, self._tokens + (now - self._at) * self.rate)
        self._at = now
        if self._tokens < cost:
            return False
        self._tokens -= cost
        return True

    @property
    def left(self) -> float:
        """The tokens that there were when it was last asked."""
        return self._tokens


class _Here:
    """The buckets of this process, for as long as Redis is away; those used longest ago are forgotten."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, key: str, burst: float, rate: float, cost: float) -> tuple[bool, float]:
        with self._lock:
            bucket = self._buckets.pop(key, None)
            if bucket is None or (bucket.rate, bucket.burst) != (rate, burst):
                bucket = Bucket(rate, burst)
            self._buckets[key] = bucket
            if len(self._buckets) > REMEMBERED:
                self._buckets.popitem(last=False)
            return bucket.take(cost), bucket.left


_here = _Here()
_complained_at = -COMPLAIN_EVERY


def _complain(error: Exception) -> None:
    global _complained_at  # noqa: PLW0603
    now = time.monotonic()
    if now - _complained_at >= COMPLAIN_EVERY:
        _complained_at = now
        log.warning("rates are counted by each process for itself, Redis does not answer: %s", error)
