"""How many people are in each room, over all web processes, and whether somebody draws there just now: for the wall.

Kept in Redis, one list a room; each process says at its heartbeat that its pages are still there, and what a killed one
leaves behind is forgotten after FORGOTTEN_AFTER heartbeats. While Redis does not answer nobody knows, and the wall says
so by saying nothing: rooms themselves go on without this.
"""

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import redis
from django.conf import settings

from studio.process import quick

log = logging.getLogger(__name__)

# Heartbeats that a page may miss before it counts as gone.
FORGOTTEN_AFTER = 2.0
# For how long (s) a room counts as drawn in after a change, and how often at most a process says that there was one.
DRAWING_FOR, SAID_EVERY = 6.0, 2.0
# How many rooms one process remembers to have told of.
REMEMBERED = 5000

_STAY = """
for n, key in ipairs(KEYS) do
  redis.call('ZADD', key, now + ARGV[1], ARGV[n + 1])
  redis.call('PEXPIRE', key, math.ceil(ARGV[1] * 2000))
end
"""
# A person with three pages is one person: a member's name begins with whose page it is.
_LOOK = """
local found = {}
for n, key in ipairs(KEYS) do
  local seen, people = {}, 0
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', key, now, '+inf')) do
    local who = string.match(name, '^%d+')
    if not seen[who] then seen[who] = true people = people + 1 end
  end
  found[2 * n - 1] = people
  found[2 * n] = redis.call('EXISTS', key .. ':drawn')
end
return found
"""


@dataclass(frozen=True, slots=True)
class Here:
    """One open page of a person in a room; `page` is its short name there."""

    board: UUID
    user_id: int
    page: str

    @property
    def name(self) -> str:
        """Its name in the room's list."""
        return f"{self.user_id}:{self.page}"


@dataclass(frozen=True, slots=True)
class Crowd:
    """People (not pages) in a room, and whether it was drawn in within DRAWING_FOR seconds."""

    people: int = 0
    drawing: bool = False


def stay(pages: Iterable[Here]) -> None:
    """Say that these are in their rooms: as they come, and at each heartbeat."""
    found = list(pages)
    if not found:
        return
    try:
        names = [page.name for page in found]
        quick.script(_STAY)(keys=[_key(page.board) for page in found], args=[_kept_for(), *names])
    except redis.RedisError as error:
        log.warning("people in rooms are not counted, Redis does not answer: %s", error)


def leave(page: Here) -> None:
    """It is gone."""
    try:
        quick.state().zrem(_key(page.board), page.name)
    except redis.RedisError:
        pass  # it is forgotten by itself


def drew(board: UUID) -> None:
    """Somebody drew there. Cheap: says so once in SAID_EVERY seconds."""
    now = time.monotonic()
    if now - _said.get(board, -SAID_EVERY) < SAID_EVERY:
        return
    if len(_said) >= REMEMBERED:
        _said.clear()
    _said[board] = now
    try:
        quick.state().set(f"{_key(board)}:drawn", b"1", px=round(DRAWING_FOR * 1000))
    except redis.RedisError:
        pass  # the wall shows the new picture anyway


def look(boards: Sequence[UUID]) -> dict[UUID, Crowd]:
    """What is known of these rooms, in one question; everything zero while Redis does not answer."""
    try:
        told: list[int] = quick.script(_LOOK)(keys=[_key(board) for board in boards]) if boards else []
    except redis.RedisError as error:
        log.warning("nobody knows who is in the rooms, Redis does not answer: %s", error)
        told = [0] * (2 * len(boards))
    return {board: Crowd(told[2 * n], bool(told[2 * n + 1])) for n, board in enumerate(boards)}


def first_within(what: str, seconds: float) -> bool:
    """Whether this is the first time, over all processes, that this is asked about `what` within so long. Raises
    redis.RedisError."""
    return bool(quick.state().set(f"room:{what}", b"1", px=round(seconds * 1000), nx=True))


def _key(board: UUID) -> str:
    return f"room:{board.hex}:here"


def _kept_for() -> float:
    return FORGOTTEN_AFTER * settings.HEARTBEAT_EVERY


_said: dict[UUID, float] = {}
