"""Who listens at the channel layer: whether a person has a page open, which rooms are open. Asked of Redis itself."""

import logging
import threading
import time
from collections.abc import Iterable
from typing import Any, cast
from uuid import UUID

import redis
from django.conf import settings

from studio.news.events import MAX_PENDING, ROOM_GROUPS, group_for, room_group
from studio.process import quick

log = logging.getLogger(__name__)

# Seconds between two questions whether a person watches.
WATCH_AGAIN = 1.0
# How many groups one question names.
AT_ONCE = 500


def watched(owner_id: int) -> bool:
    """Whether any page of the person listens, asked once in WATCH_AGAIN seconds; yes while Redis does not answer."""
    now = time.monotonic()
    with _watched_lock:
        at, answer = _watched.get(owner_id, (-WATCH_AGAIN, True))
        if now - at < WATCH_AGAIN:
            return answer
        if len(_watched) >= MAX_PENDING:
            _watched.clear()
        _watched[owner_id] = now, answer  # other threads of this person need not ask meanwhile
    try:
        answer = bool(_listened([group_for(owner_id)]))
    except redis.RedisError as error:
        log.warning("nobody knows who watches, Redis does not answer: %s", error)
        answer = True
    with _watched_lock:
        _watched[owner_id] = now, answer
    return answer


def open_rooms(boards: Iterable[UUID]) -> set[UUID]:
    """Those of `boards` whose rooms are open in any process; all of them while Redis does not answer."""
    wanted = {room_group(board): board for board in boards}
    groups, found = list(wanted), set[str]()
    try:
        for start in range(0, len(groups), AT_ONCE):
            found |= _listened(groups[start : start + AT_ONCE])
    except redis.RedisError as error:
        log.warning("nobody knows which rooms are open, Redis does not answer: %s", error)
        return set(wanted.values())
    return {wanted[group] for group in found}


def rooms_open() -> int:
    """How many rooms are open, each counted once however many processes have it; 0 while Redis does not answer."""
    try:
        pattern = f"{_layer()['prefix']}__group__{ROOM_GROUPS}*"
        return len(cast(list[bytes], _layer_redis().pubsub_channels(pattern)))
    except redis.RedisError:
        return 0


def _listened(groups: list[str]) -> set[str]:
    """Those of the groups that somebody listens to."""
    # As RedisPubSubChannelLayer names them.
    channels = {f"{_layer()['prefix']}__group__{group}": group for group in groups}
    told = cast(list[tuple[bytes, int]], _layer_redis().pubsub_numsub(*channels))
    return {channels[channel.decode()] for channel, count in told if count}


_watched: dict[int, tuple[float, bool]] = {}
_watched_lock = threading.Lock()


def _layer() -> dict[str, Any]:
    config: dict[str, Any] = settings.CHANNEL_LAYERS["default"]["CONFIG"]  # type: ignore[assignment]
    return config


def _layer_redis() -> redis.Redis:
    return quick.connect(_layer()["hosts"][0]["address"])
