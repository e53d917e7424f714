"""What this process counts, and the figures of all processes together, for /metrics and the operations page.

Each process counts in memory and lays its totals into Redis every round (studio/process/rounds.py), under its own name;
those of a process that ended are gone after a while. So any web process can tell of all of them, on whatever host they
run, and nobody's file is read. Counting itself never waits and never fails.
"""

import json
import os
import socket
import threading
import time as clock
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

import redis

from studio.process import quick, rounds
from studio.process.rounds import every_round

# A process that said nothing for so long (seconds) is gone; its counts are kept so long.
FRESH_FOR = 30.0
PROCESSES = "counts:processes"
# So many different figures one process keeps: labels come from rows and routes, but never without end.
MOST = 5000
_QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_SLOW = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that is counted: its kind, what it says, and the upper ends of its classes, if it is a distribution."""

    kind: Literal["counter", "gauge", "times"]
    about: str
    ends: tuple[float, ...] = ()


FIGURES: Mapping[str, Figure] = {
    "requests": Figure("counter", "HTTP requests answered, by route and status."),
    "request_seconds": Figure("times", "How long an answer took, in seconds.", _QUICK),
    "sockets": Figure("gauge", "Open connections: pages, programs and event streams, and pages in rooms."),
    "rooms": Figure("gauge", "Boards that are open in rooms."),
    "commands": Figure("counter", "Commands that came over sockets."),
    "submitted": Figure("counter", "Generations that were asked for."),
    "waited": Figure("times", "How long a generation waited before it was begun, in seconds.", _SLOW),
    "made": Figure("times", "How long a finished generation was made, in seconds.", _SLOW),
    "ended": Figure("counter", "Generations that workers ended, by how: finished, cancelled or the code of an error."),
    "device_seconds": Figure("counter", "Seconds that devices worked."),
    "taken_back": Figure("counter", "Generations whose worker was lost and that wait again."),
    "rung_again": Figure("counter", "Queues whose doorbell was lost and rung again."),
}

Key = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Process:
    """What one process counted: `figures` are pairs of labels and value, by name; of a distribution the value is the
    number in each class (one more than its ends) and the sum."""

    name: str
    kind: str
    figures: Mapping[str, list[tuple[dict[str, str], Any]]]


_counts: dict[Key, float | list[float]] = {}
_lock = threading.Lock()


def add(name: str, value: float = 1.0, /, **labels: str) -> None:
    """Count `value` more."""
    with _lock:
        key = _key(name, labels)
        if key in _counts or len(_counts) < MOST:
            _counts[key] = cast(float, _counts.get(key, 0.0)) + value


def hold(name: str, value: float, /, **labels: str) -> None:
    """It is `value` now."""
    with _lock:
        key = _key(name, labels)
        if key in _counts or len(_counts) < MOST:
            _counts[key] = value


def time(name: str, seconds: float, /, **labels: str) -> None:
    """Something took so long."""
    ends = FIGURES[name].ends
    with _lock:
        key = _key(name, labels)
        if key not in _counts and len(_counts) >= MOST:
            return
        classes = cast(list[float], _counts.setdefault(key, [0.0] * (len(ends) + 2)))
        classes[bisect_left(ends, seconds)] += 1
        classes[-1] += max(0.0, seconds)


@every_round
def tell() -> None:
    """Lay the totals into Redis. Raises redis.RedisError."""
    with _lock:
        told: dict[Any, Any] = {json.dumps(key): json.dumps(value) for key, value in _counts.items()}
    name = name_of_process()
    with quick.state().pipeline() as together:
        together.zadd(PROCESSES, {name: clock.time()})
        together.zremrangebyscore(PROCESSES, "-inf", clock.time() - 10 * FRESH_FOR)
        if told:
            together.hset(f"counts:{name}", mapping=told)
        together.expire(f"counts:{name}", round(FRESH_FOR))
        together.execute()


def read() -> list[Process]:
    """What every living process counted, this one as of its last round. Empty while Redis does not answer."""
    try:
        names = cast(list[bytes], quick.state().zrangebyscore(PROCESSES, clock.time() - FRESH_FOR, "+inf"))
        with quick.state().pipeline(transaction=False) as together:
            for name in names:
                together.hgetall(f"counts:{name.decode()}")
            found = together.execute()
    except redis.RedisError:
        return []
    return [_process(name.decode(), counts) for name, counts in zip(names, found, strict=True)]


def total(processes: list[Process], name: str) -> float:
    """A counter or gauge over all `processes` and labels."""
    return sum(value for process in processes for _labels, value in process.figures.get(name, []))


def name_of_process() -> str:
    """This process's name: what it is, where, and its number."""
    return f"{rounds.kind() or 'command'}@{socket.gethostname()[:100]}:{os.getpid()}"


def _process(name: str, counts: Mapping[bytes, bytes]) -> Process:
    figures: dict[str, list[tuple[dict[str, str], Any]]] = {}
    for key, value in counts.items():
        figure, labels = json.loads(key)
        if figure in FIGURES:  # another version of us may count other things
            figures.setdefault(figure, []).append((dict(labels), json.loads(value)))
    return Process(name, name.partition("@")[0], figures)


def _key(name: str, labels: Mapping[str, str]) -> Key:
    assert name in FIGURES, name
    return name, tuple(sorted(labels.items()))
