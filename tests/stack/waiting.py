"""Waiting until something is so, without a clock that a slow machine could miss."""

import asyncio
import time
from collections.abc import Callable

from tests.stack import PATIENCE


async def until(what: Callable[[], object], why: str = "it did not come to that") -> None:
    """Wait for `what`, which may ask the database; pages go on reading meanwhile."""
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, why
        await asyncio.sleep(0.05)


def wait_until(what: Callable[[], object], why: str = "it did not come to that") -> None:
    """The same where no event loop runs."""
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, why
        time.sleep(0.05)
