"""Accounts and their cookies for tests with many people, and how patient to be with a machine that is busy."""

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

from accounts.models import User
from tests.stack.session import session_cookie


def people(count: int, name: str = "person") -> list[tuple[User, str]]:
    """So many new accounts, each logged in: (account, Cookie header)."""
    made = [User.objects.create_user(f"{name}{n}", f"{name}{n}@example.org", "x") for n in range(count)]
    return [(user, session_cookie(user)) for user in made]


# Seconds of a small piece of work on the machine of docs/reliability.md, with nothing beside it.
WORK = 0.0044


def slack() -> float:
    """By how much longer things may take than on that machine while it is quiet, at least 1: how much slower this one
    computes, times the processes that waited for each core in the last minute, or what a piece of work takes now."""
    took, computed = zip(*(_work() for _ in range(7)), strict=True)
    waiting = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    return max(1.0, waiting * min(computed) / WORK, statistics.median(took) / WORK)


def _work() -> tuple[float, float]:
    """What it takes: seconds by the clock, and of computing."""
    begun, computed = time.perf_counter(), time.thread_time()
    sum(n * n % 7 for n in range(100_000))
    return time.perf_counter() - begun, time.thread_time() - computed


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` (0 to 1) of `values` lie."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def memory(process: Any) -> int:
    """Bytes of RAM that a process (anything with a `pid`) holds."""
    with open(f"/proc/{process.pid}/statm") as told:  # noqa: PTH123
        return int(told.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def busy(process: Any) -> float:
    """Seconds that a process (anything with a `pid`) has computed: what its work costs, whoever shares the cores."""
    with open(f"/proc/{process.pid}/stat") as told:  # noqa: PTH123
        spent = told.read().rpartition(")")[2].split()[11:13]
    return sum(map(int, spent)) / os.sysconf("SC_CLK_TCK")


Started = Callable[..., Any]
