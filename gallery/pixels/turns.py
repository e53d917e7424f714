"""Turns for work on pixels inside a request: a large picture takes Pillow a second or more, outside the GIL."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

WAIT = 15.0  # seconds
_turns = threading.BoundedSemaphore(settings.RENDERINGS_AT_ONCE)


class Busy(Exception):
    """All turns were taken for WAIT seconds."""


class TooLarge(Exception):
    """The picture has more than RENDER_MAX_PIXELS."""


@contextmanager
def turn(pixels: int) -> Iterator[None]:
    """RENDERINGS_AT_ONCE of them in one process; the others wait. Raises Busy, TooLarge."""
    if pixels > settings.RENDER_MAX_PIXELS:
        raise TooLarge
    if not _turns.acquire(timeout=WAIT):
        raise Busy
    try:
        yield
    finally:
        _turns.release()
