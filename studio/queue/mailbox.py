"""Live boards on their way to a worker: one newest-wins slot a board, one list of doorbells a worker. Redis, no rows.

A slot holds the newest drawing of a board and rings once; what is put before it is fetched takes its place. So a bell
list is never longer than the boards that are live. All of it may be lost: the browser sends its board again.

A room (a board that several people draw on) has one slot, too, under the board's owner. Its pages cannot count for each
other, so the slot gives the numbers there: the newest of all wins.
"""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal, cast
from uuid import UUID, uuid4

import redis
from django.conf import settings

from studio.process import quick
from studio.values.queues import DEVICE

# How long an unfetched drawing, the bells of a worker and the uncharged seconds are kept (seconds).
KEPT_FOR = 60
# A worker says every BEAT seconds that it listens; one that was silent for FRESH_FOR gets no more boards.
BEAT, FRESH_FOR = 1.0, 3.0
WORKERS, SECONDS = "live:workers", "live:seconds"
# How long this process trusts its list of workers (seconds).
LIST_KEPT_FOR = 0.5

UNREACHABLE = redis.RedisError

_PUT = """
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[6])
if not redis.call('ZSCORE', KEYS[2], ARGV[1]) and redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[5]) then
  return 'full'
end
local newest = tonumber(redis.call('HGET', KEYS[1], 'revision') or 0)
local revision = ARGV[2]
if revision == '' then
  revision = string.format('%.0f', math.max(newest + 1, math.floor(now * 1000)))
elseif newest >= tonumber(revision) then
  return 'stale'
end
redis.call('ZADD', KEYS[2], now, ARGV[1])
redis.call('EXPIRE', KEYS[2], ARGV[7])
local rung = redis.call('HGET', KEYS[1], 'rung')
redis.call('HSET', KEYS[1], 'revision', revision, 'header', ARGV[3], 'drawing', ARGV[4], 'at', now, 'rung', KEYS[3],
  'bells', KEYS[3])
redis.call('EXPIRE', KEYS[1], ARGV[7])
if rung ~= KEYS[3] then
  redis.call('LPUSH', KEYS[3], ARGV[8])
  redis.call('EXPIRE', KEYS[3], ARGV[7])
end
return revision
"""
_TAKE = """
local found = redis.call('HMGET', KEYS[1], 'header', 'drawing', 'at', 'revision')
redis.call('HDEL', KEYS[1], 'header', 'drawing', 'at', 'rung')
if not found[1] then return nil end
return {found[1], found[2], math.floor((now - found[3]) * 1000), found[4]}
"""
_LEAVE = """
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('LPUSH', KEYS[3], ARGV[2])
redis.call('EXPIRE', KEYS[3], ARGV[3])
"""
_BEAT = """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 60)
redis.call('ZADD', KEYS[1], now, ARGV[1])
"""
_FRESH = "return redis.call('ZRANGEBYSCORE', KEYS[1], now - ARGV[1], '+inf')"
_COLLECT = "local all = redis.call('HGETALL', KEYS[1]) redis.call('DEL', KEYS[1]) return all"

Verdict = Literal["put", "stale", "full"]


@dataclass(frozen=True, slots=True)
class Bell:
    """Somebody's board has something new, or is `left`: no longer live."""

    owner_id: int
    board: str
    left: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """What was in a slot: `header` as it was put, the drawing's bytes (empty: none), how long it lay there (ms), and
    its `revision`, which for a room is the number that the slot gave it."""

    header: bytes
    data: bytes
    waited: int
    revision: int


# The web's side ---------------------------------------------------------------------------------------------------


def put(worker: str, owner_id: int, board: str, *, revision: int, header: bytes, data: bytes) -> Verdict:
    """Leave a board for `worker` and ring, unless it is rung already.

    "stale": a newer revision is known; "full": LIVE_BOARDS_PER_USER others of this person were live lately.
    Raises UNREACHABLE.
    """
    left = [str(revision), header, data, settings.LIVE_BOARDS_PER_USER]
    answer = _put(worker, owner_id, board, left)
    return cast(Verdict, answer if answer in ("stale", "full") else "put")


def put_in_room(worker: str, owner_id: int, board_id: UUID, *, header: bytes, data: bytes) -> int | None:
    """Leave a drawing of a room for `worker`: the newest of all its pages. Its number, which is higher than any that
    the room had before; None when LIVE_ROOMS_PER_OWNER other rooms of this owner were live lately.

    Numbers go on from the clock where Redis has forgotten the room. Raises UNREACHABLE.
    """
    answer = _put(worker, owner_id, room(board_id), ["", header, data, settings.LIVE_ROOMS_PER_OWNER])
    return None if answer == "full" else int(answer)


def room(board_id: UUID) -> str:
    """What a room is called here: no page can give this name to a board of its own."""
    return f"room:{board_id}"


def _put(worker: str, owner_id: int, board: str, left: list[Any]) -> str:
    """`left`: the revision ("": the slot gives it), the header, the drawing, and how many boards there may be."""
    keys = [_slot(owner_id, board), _boards(owner_id, board), _bells(worker)]
    answer = quick.script(_PUT)(
        keys=keys, args=[board, *left, settings.LIVE_BOARD_IDLE, KEPT_FOR, f"draw:{owner_id}:{board}"]
    )
    return str(answer.decode())


def leave(worker: str, owner_id: int, board: str) -> None:
    """Forget the board, and have whatever is being made of it stopped. Raises UNREACHABLE."""
    keys = [_slot(owner_id, board), _boards(owner_id, board), _bells(worker)]
    quick.script(_LEAVE)(keys=keys, args=[board, f"left:{owner_id}:{board}", KEPT_FOR])


def worker_for(owner_id: int, board: str, queue: str = DEVICE) -> str | None:
    """The worker of `queue` that makes this board's frames: always the same while the same workers live; None without
    any.

    Rendezvous hashing: when one goes, only its own boards move. Raises UNREACHABLE.
    """
    alive = _listening(queue, int(time.monotonic() / LIST_KEPT_FOR))
    return max(alive, key=lambda name: hashlib.sha256(f"{name} {owner_id} {board}".encode()).digest(), default=None)


def last_worker(owner_id: int, board: str) -> str | None:
    """The worker for which the board was last left; None when that is a while ago. Raises UNREACHABLE."""
    bells = cast(bytes | None, quick.state().hget(_slot(owner_id, board), "bells"))
    return bells.decode().removeprefix(_bells("")) if bells else None


@lru_cache(maxsize=16)
def _listening(queue: str, _now: int) -> list[str]:
    names = cast(list[bytes], quick.script(_FRESH)(keys=[_workers(queue)], args=[FRESH_FOR]))
    return [name.decode() for name in names]


# The worker's side ------------------------------------------------------------------------------------------------


def listen(worker: str, queue: str = DEVICE) -> None:
    """Say that `worker` takes boards of models of `queue`. To be repeated every BEAT seconds. Raises UNREACHABLE."""
    quick.script(_BEAT)(keys=[_workers(queue)], args=[worker])


def stop_listening(worker: str, queue: str = DEVICE) -> None:
    """Say that `worker` takes no more boards. Raises UNREACHABLE."""
    quick.state().zrem(_workers(queue), worker)


def wait(worker: str, seconds: float) -> Bell | None:
    """The next bell of `worker`; None when there was none for so long. Raises UNREACHABLE."""
    found = cast(tuple[bytes, bytes] | None, _patient().brpop([_bells(worker)], timeout=seconds))
    if found is None:
        return None
    what, owner_id, board = found[1].decode().split(":", 2)
    return Bell(int(owner_id), board, what == "left")


def take(owner_id: int, board: str) -> Drawing | None:
    """What lies in the slot, which is empty afterwards and will ring again. Raises UNREACHABLE."""
    found = quick.script(_TAKE)(keys=[_slot(owner_id, board)])
    return Drawing(found[0], found[1], found[2], int(found[3])) if found else None


def charge(owner_id: int, seconds: float) -> None:
    """Count device seconds that a person's frames took, until `collect_seconds`. Raises UNREACHABLE."""
    with quick.state().pipeline() as together:
        together.hincrbyfloat(SECONDS, str(owner_id), seconds)
        together.expire(SECONDS, KEPT_FOR)
        together.execute()


def collect_seconds() -> Mapping[int, float]:
    """The counted seconds by person; the counters start anew. Raises UNREACHABLE."""
    flat = cast(list[bytes], quick.script(_COLLECT)(keys=[SECONDS]))
    return {int(owner): float(seconds) for owner, seconds in zip(flat[::2], flat[1::2], strict=True)}


def new_name() -> str:
    """A name for a worker that no other has had."""
    return uuid4().hex[:12]


@cache
def _patient() -> redis.Redis:
    """For the one thread that waits: its socket must be silent for longer than a wait."""
    return redis.Redis.from_url(settings.STATE_REDIS_URL, socket_timeout=BEAT + 5, socket_connect_timeout=1)


def _workers(queue: str) -> str:
    return WORKERS if queue == DEVICE else f"{WORKERS}:{queue}"


def _slot(owner_id: int, board: str) -> str:
    return f"live:slot:{owner_id}:{board}"


def _boards(owner_id: int, board: str) -> str:
    """What of a person's was live lately. Rooms are counted apart: what others draw keeps nobody from their own."""
    return f"live:{'rooms' if board.startswith('room:') else 'boards'}:{owner_id}"


def _bells(worker: str) -> str:
    return f"live:bells:{worker}"
