"""What an engine writes, kept in Redis while it is written and a while afterwards: any page may read it from any byte.

One string for each attempt at a generation, only ever grown, so a place in it is a number of bytes and stays true. It
may be lost with Redis: what counts in the end is kept with the work.
"""

import codecs
import logging
from typing import cast
from uuid import UUID

import redis

from studio.news import events
from studio.process import quick
from studio.protocol import TextGrew

log = logging.getLogger(__name__)

KEPT_FOR = 15 * 60
# Bytes that are read at once.
CHUNK = 16 * 1024


class Writer:
    """Writes one attempt's text and tells its owner's pages. What Redis did not take is written with the next piece."""

    def __init__(self, owner_id: int, generation: UUID, attempt: int) -> None:
        self._owner_id, self._generation, self._attempt = owner_id, generation, attempt
        self._key = _key(generation, attempt)
        self._whole = bytearray()
        self._kept = 0

    def add(self, piece: str) -> None:
        """The next piece. Never raises because of Redis."""
        self._whole += piece.encode()
        try:
            self._keep()
        except redis.RedisError as error:
            log.warning("a text was not kept, Redis does not answer: %s", error)
        told = TextGrew(generation=self._generation, attempt=self._attempt, size=len(self._whole))
        events.publish(self._owner_id, told.model_dump(mode="json"))

    def _keep(self) -> None:
        state = quick.state()
        if self._kept and state.strlen(self._key) < self._kept:
            self._kept = 0  # Redis has lost it: all of it anew
        if self._kept:  # at its place, so that what is written twice is there once
            state.setrange(self._key, self._kept, bytes(self._whole[self._kept :]))
            state.expire(self._key, KEPT_FOR)
        else:
            state.set(self._key, bytes(self._whole), ex=KEPT_FOR)
        self._kept = len(self._whole)


def read(generation: UUID, attempt: int, at: int, most: int = CHUNK) -> str | None:
    """What stands after byte `at`, `most` bytes at most and whole characters only; "" when nothing is there yet.

    None for a place that is none: beyond the end, or inside a character. Raises redis.RedisError.
    """
    key = _key(generation, attempt)
    data = cast(bytes, quick.state().getrange(key, at, at + most - 1))
    if not data and at and quick.state().strlen(key) < at:
        return None
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return None


def _key(generation: UUID, attempt: int) -> str:
    return f"text:{generation}:{attempt}"
