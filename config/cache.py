"""A Redis cache that is missed, not mourned: while Redis is away everything counts as not cached.

Only allauth's rate limits live here. Better to log people in unlimited for a minute than not at all.
"""

import functools
import logging
from collections.abc import Callable
from typing import Any

import redis
from django.core.cache.backends.redis import RedisCache, RedisCacheClient

from studio.process import quick

log = logging.getLogger(__name__)


def _unless_away(name: str, otherwise: Callable[..., Any]) -> Callable[..., Any]:
    """The method `name` of Django's client, giving what `otherwise` makes of its arguments while Redis is away."""
    usual = getattr(RedisCacheClient, name)

    def method(self: RedisCacheClient, *args: Any, **options: Any) -> Any:
        try:
            return usual(self, *args, **options)
        except redis.RedisError as error:
            log.warning("the cache is away: %s", error)
            return otherwise(*args, **options)

    return method


class _Client(RedisCacheClient):
    def __init__(self, servers: list[str], **options: Any) -> None:
        super().__init__(servers, **quick.options(), **options)
        self._client = quick.QuickRedis

    get = _unless_away("get", lambda key, default: default)
    set = _unless_away("set", lambda *args: None)
    add = _unless_away("add", lambda *args: True)
    delete = _unless_away("delete", lambda *args: False)


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache with `_Client`: while Redis is away a get gives its default and the others do nothing, and
    no request waits for it more than once (studio/process/quick.py)."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _Client

    @property
    def _cache(self) -> _Client:
        """One client for the process. Django makes a cache for each asynchronous context, and a socket's page is one:
        each would hold a connection to Redis of its own for as long as it is open (40 kB, and one of Redis')."""
        return _client(tuple(self._servers), tuple(sorted(self._options.items())))  # type: ignore[attr-defined]


@functools.cache
def _client(servers: tuple[str, ...], options: tuple[tuple[str, Any], ...]) -> _Client:
    return _Client(list(servers), **dict(options))
