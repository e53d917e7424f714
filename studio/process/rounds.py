"""What a process does every few seconds beside its work, in one thread: tell its figures, write down what it noted.

A module registers its act with `every_round`; the processes that have such acts call `begin`.
"""

import logging
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.db import close_old_connections

log = logging.getLogger(__name__)
Act = TypeVar("Act", bound=Callable[[], Any])

_acts: list[Callable[[], Any]] = []
_lock = threading.Lock()
_kind = ""


def every_round(act: Act) -> Act:
    """Have `act` called every round, once the process has begun them."""
    _acts.append(act)
    return act


def begin(kind: str) -> None:
    """Begin the rounds of this process, a "web", "worker" or "reconciler"; once, however often it is called."""
    global _kind  # noqa: PLW0603
    with _lock:
        if _kind or settings.ROUND_EVERY <= 0:
            return
        _kind = kind
    threading.Thread(target=_run, name="rounds", daemon=True).start()


def kind() -> str:
    """What this process is; "" for one without rounds, such as a command."""
    return _kind


def go_round() -> None:
    """One round. One act that fails does not keep the others from theirs."""
    for act in _acts:
        try:
            act()
        except Exception as error:  # noqa: BLE001  Redis or the database is away: the next round comes
            log.warning("%s.%s was not done: %s", act.__module__, getattr(act, "__name__", act), error)
    close_old_connections()


def _run() -> None:
    pause = threading.Event()
    while not pause.wait(settings.ROUND_EVERY):
        close_old_connections()
        go_round()
