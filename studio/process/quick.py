"""Redis, asked with little patience: whoever finds it away says so to the whole process, and nobody waits again for it.

For what is good to know but not needed: the cache, the newest progress, live drawings. After a question that Redis did
not answer in time the others fail at once; every AGAIN seconds one of them asks whether it is back. A process has one
client for each address, for all its threads; what is no cache and no message lies in `state`.
"""

import threading
import time
from functools import cache
from typing import Any, cast

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.commands.core import Script
from redis.retry import Retry

# How long Redis may take for an answer, and how long it then counts as away, in seconds.
PATIENCE, AGAIN = 0.5, 1.0
# Connections of a client: more than a process has threads, for one too many would be refused as if Redis were away.
CONNECTIONS = 4096
# In seconds, and Redis' own: machines with different clocks agree on it.
_NOW = "local t = redis.call('TIME') local now = t[1] + t[2] / 1000000\n"

# By the address of a Redis: until when (monotonic) it counts as away.
_away: dict[str, float] = {}
_lock = threading.Lock()


class QuickRedis(redis.Redis):
    """A client whose commands raise redis.ConnectionError at once while Redis counts as away."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """See redis.Redis."""
        place = _address(self.connection_pool.connection_kwargs)
        if not _may_ask(place):
            raise redis.ConnectionError("Redis did not answer just now")
        try:
            answer = super().execute_command(*args, **options)
        except (redis.ConnectionError, redis.TimeoutError):
            _away[place] = time.monotonic() + AGAIN
            raise
        _away.pop(place, None)
        return answer


@cache
def connect(url: str) -> QuickRedis:
    """The client for `url`; it connects when it is first asked something, and again in a forked process."""
    return cast(QuickRedis, QuickRedis.from_url(url, max_connections=CONNECTIONS, **options()))


def state() -> QuickRedis:
    """The client for what is known for a while only: who is here, what waits, what was counted."""
    return connect(settings.STATE_REDIS_URL)


def script(text: str) -> Script:
    """The Lua `text`, to be called with keys=[…] and args=[…]; it runs in `state` and knows Redis' time as `now`.

    It is asked for by its hash (EVALSHA), and handed over where Redis does not know it (any more).
    """
    return _script(settings.STATE_REDIS_URL, text)


@cache
def _script(url: str, text: str) -> Script:
    return connect(url).register_script(_NOW + text)


def options() -> dict[str, Any]:
    """What the connections of such a client are made with: no second attempt, which would double the patience."""
    return {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE, "retry": Retry(NoBackoff(), 0)}


def _may_ask(place: str) -> bool:
    """Whether Redis is not away, or it is this caller's turn to find out."""
    until = _away.get(place)
    if until is None:
        return True
    with _lock:
        now = time.monotonic()
        if now < _away.get(place, 0.0):
            return False
        if place in _away:  # the others wait for what this one finds out
            _away[place] = now + AGAIN
        return True


def _address(given: dict[str, Any]) -> str:
    return str(given.get("path") or f"{given.get('host')}:{given.get('port')}")
