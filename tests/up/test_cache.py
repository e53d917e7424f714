"""The cache: one client of Redis for a process, however many pages are open in it."""

import contextvars
from typing import Any

import redis
from django.conf import settings
from django.core.cache import cache, caches


def test_pages_do_not_hold_a_connection_each(redis_server: Any) -> None:
    cache.get("x")
    counted = redis.Redis.from_url(settings.CACHES["default"]["LOCATION"])
    before = len(counted.client_list())
    contexts = [contextvars.copy_context() for _ in range(10)]  # as a socket's task has one

    def look(number: int) -> Any:
        cache.set(f"page-{number}", number)
        return caches["default"]

    held = [context.run(look, number) for number, context in enumerate(contexts)]
    assert len(counted.client_list()) == before
    assert len({id(each._cache) for each in held}) == 1
    assert cache.get("page-7") == 7
