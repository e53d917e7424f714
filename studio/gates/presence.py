"""Which sockets are open, over all processes: so many of one person, so many from one address.

Kept in Redis, one list a person and one an address; each process says at its heartbeat that its sockets are still
there, and what a killed one leaves behind is forgotten after FORGOTTEN_AFTER heartbeats. While Redis does not answer
nobody is counted here: each process then knows only its own (studio/sockets/consumers.py), and news reaches no new ones
anyway.
"""

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast
from uuid import uuid4

import redis
from django.conf import settings

from studio.gates import rates
from studio.process import quick

log = logging.getLogger(__name__)

# Heartbeats that a socket may miss before it counts as gone: a busy process beats late.
FORGOTTEN_AFTER = 2.0

# Names begin with the moment of arrival: in their order the oldest is the first.
_ARRIVE = """
for _, key in ipairs(KEYS) do redis.call('ZREMRANGEBYSCORE', key, '-inf', now) end
if KEYS[2] and redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[4]) then return false end
for _, key in ipairs(KEYS) do
  redis.call('ZADD', key, now + ARGV[2], ARGV[1])
  redis.call('PEXPIRE', key, math.ceil(ARGV[2] * 2000))
end
local mine, oldest = redis.call('ZRANGE', KEYS[1], 0, -1), {}
table.sort(mine)
for n = 1, #mine - tonumber(ARGV[3]) do
  redis.call('ZREM', KEYS[1], mine[n])
  oldest[n] = mine[n]
end
return oldest
"""
_STAY = """
for n, key in ipairs(KEYS) do
  redis.call('ZADD', key, now + ARGV[1], ARGV[n + 1])
  redis.call('PEXPIRE', key, math.ceil(ARGV[1] * 2000))
end
"""
# How many keys one call of a script names.
AT_ONCE = 1000
_LETTERS = {"page": "p", "program": "k", "room": "r"}


@dataclass(frozen=True, slots=True)
class Socket:
    """One open socket: whose, from which network (accounts/addresses.py; "" where that is not known), and its name.

    Those of programs, by key, are counted by themselves: they never close the pages of their person. So are those of
    rooms (`room`): a page may have one beside its own.
    """

    user_id: int
    network: str
    name: str
    program: bool = False
    room: bool = False

    @property
    def kind(self) -> str:
        """What it is counted with: page, program or room."""
        return "room" if self.room else "program" if self.program else "page"

    def lists(self) -> list[str]:
        """Its lists in Redis: of the person, and of the address."""
        where = rates.address(self.network)
        return [f"sockets:{_LETTERS[self.kind]}{self.user_id}", *([f"sockets:{where}"] if where else [])]


class TooManyFromHere(Exception):
    """As many are open from this address as may be."""


def new_name() -> str:
    """A name for a socket; later ones come later in the order of the alphabet."""
    return f"{time.time_ns():020d}-{uuid4().hex[:12]}"


def arrive(socket: Socket) -> list[str]:
    """Note that it is open; the names of the oldest ones of its person, which must give way. Raises TooManyFromHere."""
    most = [settings.MAX_SOCKETS_PER_USER, settings.MAX_SOCKETS_PER_ADDRESS]
    try:
        oldest = quick.script(_ARRIVE)(keys=socket.lists(), args=[socket.name, _kept_for(), *most])
    except redis.RedisError as error:
        log.warning("open sockets are not counted, Redis does not answer: %s", error)
        return []
    if oldest is None:
        raise TooManyFromHere
    return [name.decode() for name in cast(list[bytes], oldest)]


def stay(sockets: Iterable[Socket]) -> None:
    """Say that these are still open."""
    pairs = [(key, socket.name) for socket in sockets for key in socket.lists()]
    try:
        for start in range(0, len(pairs), AT_ONCE):
            keys, names = zip(*pairs[start : start + AT_ONCE], strict=True)
            quick.script(_STAY)(keys=keys, args=[_kept_for(), *names])
    except redis.RedisError as error:
        log.warning("open sockets are not counted, Redis does not answer: %s", error)


def leave(socket: Socket) -> None:
    """It is closed."""
    try:
        for key in socket.lists():
            quick.state().zrem(key, socket.name)
    except redis.RedisError:
        pass  # it is forgotten by itself


def _kept_for() -> float:
    return FORGOTTEN_AFTER * settings.HEARTBEAT_EVERY
