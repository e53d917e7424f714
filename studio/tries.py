"""Which generation a program's request means when it is sent again, and who still waits for one, over all processes.

Programs that lost an answer on the wire ask again by themselves. The first try notes what it asks for before it asks,
so that the second finds it, however far the first came. Kept in Redis for KEPT_FOR; while Redis is away the database
tells what is known (studio/commands/programs.py), and nobody is counted.
"""

import hashlib
import logging
from functools import cache
from typing import cast
from uuid import uuid4

import redis
from django.conf import settings

from studio import quick

log = logging.getLogger(__name__)

# How long (seconds) a request may be sent again after it was first, and how many of one body are remembered.
KEPT_FOR, REMEMBERED = 3600, 16
# For how long (seconds) somebody who waits counts without saying so again.
WAITS_FOR = 20.0

# Those of one body, the newest first: the one that nobody waits for is the one whose program lost its answer.
_AGAIN = """
local t = redis.call('TIME') local now = t[1] + t[2] / 1000000
local known = redis.call('LRANGE', KEYS[1], 0, -1)
for _, command in ipairs(known) do
  if redis.call('ZCOUNT', ARGV[1] .. command, now, '+inf') == 0 then return command end
end
return known[1] or false
"""
_WAIT = """
local t = redis.call('TIME') local now = t[1] + t[2] / 1000000
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], math.ceil(ARGV[2] * 2000))
"""
_LEFT = """
local t = redis.call('TIME') local now = t[1] + t[2] / 1000000
return redis.call('ZCOUNT', KEYS[1], now, '+inf')
"""


def digest(*parts: str | bytes) -> str:
    """What tells one request from another: 32 hexadecimal digits of SHA-256 over its parts and their lengths."""
    told = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        told.update(len(data).to_bytes(8, "big") + data)
    return told.hexdigest()[:32]


def first(owner_id: int, asked: str) -> str:
    """A new command for a request with the digest `asked`, noted for its later tries."""
    command = f"try-{asked}-{uuid4().hex[:12]}"
    try:
        pipe = _redis().pipeline()
        pipe.lpush(_tries(owner_id, asked), command)
        pipe.ltrim(_tries(owner_id, asked), 0, REMEMBERED - 1)
        pipe.expire(_tries(owner_id, asked), KEPT_FOR)
        pipe.execute()
    except redis.RedisError as error:
        log.warning("a try is not noted, Redis does not answer: %s", error)
    return command


def again(owner_id: int, asked: str) -> str | None:
    """The command that a try of the same request had before; None for none. Raises redis.RedisError."""
    script = _redis().register_script(_AGAIN)
    found = cast(bytes | None, script(keys=[_tries(owner_id, asked)], args=[f"waits:p{owner_id}:"]))
    return found.decode() if found else None


def prefix(asked: str) -> str:
    """What the commands of such a request begin with."""
    return f"try-{asked}-"


def forget(owner_id: int, command: str) -> None:
    """Nobody waited for it any more, and it was stopped: whoever sends the request again wants it made anew."""
    asked = command.split("-")[1] if command.startswith("try-") else ""
    try:
        _redis().lrem(_tries(owner_id, asked), 0, command)
    except redis.RedisError:
        pass  # it is forgotten by itself


def wait(owner_id: int, command: str, name: str) -> None:
    """Say that somebody called `name` waits (still) for what `command` asked for."""
    try:
        _redis().register_script(_WAIT)(keys=[_waits(owner_id, command)], args=[name, WAITS_FOR])
    except redis.RedisError as error:
        log.warning("who waits is not counted, Redis does not answer: %s", error)


def leave(owner_id: int, command: str, name: str) -> None:
    """The reverse of `wait`."""
    try:
        _redis().zrem(_waits(owner_id, command), name)
    except redis.RedisError:
        pass  # it is forgotten by itself


def anybody(owner_id: int, command: str) -> bool:
    """Whether anybody waits; yes while Redis does not answer."""
    try:
        return bool(_redis().register_script(_LEFT)(keys=[_waits(owner_id, command)]))
    except redis.RedisError:
        return True


def _tries(owner_id: int, asked: str) -> str:
    return f"tries:p{owner_id}:{asked}"


def _waits(owner_id: int, command: str) -> str:
    return f"waits:p{owner_id}:{command}"


@cache
def _redis() -> redis.Redis:
    return quick.connect(settings.STATE_REDIS_URL)
