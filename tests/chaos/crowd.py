"""Accounts and their cookies for tests with many people, and how patient to be with a machine that is busy."""

import os
from collections.abc import Callable
from typing import Any

from accounts.models import User
from tests.stack.session import session_cookie


def people(count: int, name: str = "person") -> list[tuple[User, str]]:
    """So many new accounts, each logged in: (account, Cookie header)."""
    made = [User.objects.create_user(f"{name}{n}", f"{name}{n}@example.org", "x") for n in range(count)]
    return [(user, session_cookie(user)) for user in made]


def slack() -> float:
    """By how much longer than on a quiet machine things may take: the processes that wait for each core, at least 1."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


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
