"""A stack of its own for every storm: two workers, a short lease, limits out of the way (and said so)."""

import os
from collections.abc import Callable, Iterator

import pytest

from tests.chaos.parts import Chaos
from tests.stack.redis_server import RedisServer

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


@pytest.fixture
def started(transactional_db: None, models: None, redis_server: RedisServer) -> Iterator[Callable[..., Chaos]]:
    """`started("web", …, SETTING="x")`: a running stack with those parts."""
    made: list[Chaos] = []

    def start(*names: str, **env: str) -> Chaos:
        stack = Chaos(2, **env)
        made.append(stack)
        stack.start(*names)
        return stack

    yield start
    for stack in made:
        stack.stop()
