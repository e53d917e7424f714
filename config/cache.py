"""A Redis cache that is missed, not mourned: while Redis is away everything counts as not cached.

Only allauth's rate limits live here. Better to log people in unlimited for a minute than not at all.
"""

import logging
from typing import Any

import redis
from django.core.cache.backends.redis import RedisCache, RedisCacheClient

log = logging.getLogger(__name__)


class _Client(RedisCacheClient):
    def get(self, key: str, default: Any) -> Any:
        return self._try("get", default, key, default)

    def set(self, key: str, value: Any, timeout: float | None) -> Any:
        return self._try("set", None, key, value, timeout)

    def add(self, key: str, value: Any, timeout: float | None) -> Any:
        return self._try("add", True, key, value, timeout)

    def delete(self, key: str) -> Any:
        return self._try("delete", False, key)

    def _try(self, name: str, otherwise: Any, *args: Any) -> Any:
        try:
            return getattr(super(), name)(*args)
        except redis.RedisError as error:
            log.warning("the cache is away: %s", error)
            return otherwise


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache with `_Client`; a get gives its default and the others do nothing while Redis is away."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _Client
