"""Whether a room's live picture is on for all, and the newest one: kept in Redis, lost without harm. No rows."""

import json
import logging
import time
from functools import lru_cache
from typing import cast
from uuid import UUID

import redis
from django.conf import settings

from studio.news import events
from studio.process import quick
from studio.protocol.roomlive import LiveSwitched

log = logging.getLogger(__name__)

UNREACHABLE = redis.RedisError
# How often (s) a drawing renews for how long it stays on.
RENEW_EVERY = 60


def turn(board_id: UUID, *, on: bool, name: str) -> LiveSwitched:
    """Switch it for all, and tell them. Raises UNREACHABLE."""
    switched = LiveSwitched(on=on, name=name if on else "")
    if on:
        quick.state().set(_key(board_id), json.dumps(switched.name), ex=settings.LIVE_ROOM_ON_FOR)
    else:
        quick.state().delete(_key(board_id))
    events.tell_room(board_id, {"kind": "tell", "message": switched.model_dump(mode="json")})
    return switched


def drawn(board_id: UUID) -> None:
    """Somebody draws: it stays on. Never raises."""
    try:
        _renew(board_id, int(time.monotonic() / RENEW_EVERY))
    except UNREACHABLE as error:
        log.warning("a live picture was not renewed, Redis does not answer: %s", error)


def now(board_id: UUID) -> tuple[LiveSwitched, bytes | None]:
    """The switch, and the newest finished frame as it was sent; for a page that comes in. Off while Redis is away."""
    try:
        name = cast(bytes | None, quick.state().get(_key(board_id)))
    except UNREACHABLE as error:
        log.warning("nobody knows whether a live picture is on, Redis does not answer: %s", error)
        name = None
    if name is None:
        return LiveSwitched(on=False), None
    return LiveSwitched(on=True, name=json.loads(name)), events.room_latest(board_id)


@lru_cache(maxsize=1024)
def _renew(board_id: UUID, _minute: int) -> None:
    quick.state().expire(_key(board_id), settings.LIVE_ROOM_ON_FOR)


def _key(board_id: UUID) -> str:
    return f"live:on:{board_id}"
