"""Which generation a program's request means when it is sent again, and who still waits for one, over all processes.

Programs that lost an answer on the wire ask again by themselves. The first try notes what it asks for before it asks,
so that the second finds it, however far the first came. Kept in Redis for KEPT_FOR; while Redis is away the database
tells what is known (studio/commands/programs.py), and nobody is counted.
"""

import hashlib
import logging
from typing import cast
from uuid import uuid4

import redis

from studio.process import quick

log = logging.getLogger(__name__)

# How long (seconds) a request may be sent again after it was first, and how many of one body are remembered.
KEPT_FOR, REMEMBERED = 3600, 16
# For how long (seconds) somebody who waits counts without saying so again.
WAITS_FOR = 20.0
COMING = 1.5

# Of those of one body, the newest first, the one that nobody waits for: its program lost its answer. Whoever asks for
# it counts as waiting from here on, for COMING seconds until it says so itself.
_AGAIN = """
local known = redis.call('LRANGE', KEYS[1], 0, -1)
local chosen = known[1]
for _, command in ipairs(known) do
  if redis.call('ZCOUNT', ARGV[1] .. command, now, '+inf') == 0 then chosen = command break end
end
if not chosen then return false end
redis.call('ZADD', ARGV[1] .. chosen, now + ARGV[2], 'coming')
redis.call('PEXPIRE', ARGV[1] .. chosen, math.ceil(ARGV[3] * 2000))
return chosen
"""
_WAIT = """
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], math.ceil(ARGV[2] * 2000))
"""
# In one step: nobody finds it any more after it was found that nobody waits.
_GIVE_UP = """
if redis.call('ZCOUNT', KEYS[1], now, '+inf') > 0 then return 0 end
redis.call('LREM', KEYS[2], 0, ARGV[1])
return 1
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
    note(owner_id, command)
    return command


def note(owner_id: int, command: str) -> None:
    """Let later tries of the same request mean `command`."""
    tries = _tries(owner_id, command)
    try:
        pipe = quick.state().pipeline()
        pipe.lpush(tries, command)
        pipe.ltrim(tries, 0, REMEMBERED - 1)
        pipe.expire(tries, KEPT_FOR)
        pipe.execute()
    except redis.RedisError as error:
        log.warning("a try is not noted, Redis does not answer: %s", error)


def again(owner_id: int, asked: str) -> str | None:
    """The command that a try of the same request had before; None for none. Raises redis.RedisError."""
    args: list[str | float] = [_waits(owner_id, ""), COMING, WAITS_FOR]
    found = cast(bytes | None, quick.script(_AGAIN)(keys=[_tries(owner_id, prefix(asked))], args=args))
    return found.decode() if found else None


def prefix(asked: str) -> str:
    """What the commands of such a request begin with."""
    return f"try-{asked}-"


def wait(owner_id: int, command: str, name: str) -> None:
    """Say that somebody called `name` waits (still) for what `command` asked for."""
    try:
        quick.script(_WAIT)(keys=[_waits(owner_id, command)], args=[name, WAITS_FOR])
    except redis.RedisError as error:
        log.warning("who waits is not counted, Redis does not answer: %s", error)


def leave(owner_id: int, command: str, name: str) -> None:
    """The reverse of `wait`."""
    try:
        quick.state().zrem(_waits(owner_id, command), name)
    except redis.RedisError:
        pass  # it is forgotten by itself


def give_up(owner_id: int, command: str) -> bool:
    """Whether nobody waits for it; then no later try means it any more. No while Redis does not answer."""
    keys = [_waits(owner_id, command), _tries(owner_id, command)]
    try:
        return bool(quick.script(_GIVE_UP)(keys=keys, args=[command]))
    except redis.RedisError:
        return False


def _tries(owner_id: int, command: str) -> str:
    """The list in which the commands of the same request stand."""
    return f"tries:p{owner_id}:{command.rpartition('-')[0]}"


def _waits(owner_id: int, command: str) -> str:
    return f"waits:p{owner_id}:{command}"
