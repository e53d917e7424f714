"""What this worker has in hand, and whether it takes on more. In memory; workers.py tells it and decides."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils import timezone

from studio.models import Generation

# Set while the worker finishes what it has and takes nothing new.
resting = threading.Event()

_lock = threading.Lock()
_in_hand: dict[str, dict[str, Any]] = {}
_made = 0


@contextmanager
def having(generation: Generation) -> Iterator[None]:
    """Inside, the worker has it in hand."""
    global _made  # noqa: PLW0603
    told = {"generation": str(generation.pk), "tool": generation.tool, "model": generation.model_name}
    with _lock:
        _in_hand[str(generation.token)] = told | {"since": timezone.now().isoformat(timespec="seconds")}
    try:
        yield
    finally:
        with _lock:
            del _in_hand[str(generation.token)]
            _made += 1


def in_hand() -> list[dict[str, Any]]:
    """What is being made, the oldest first: `generation`, `tool`, `model`, `since` (ISO time)."""
    with _lock:
        return list(_in_hand.values())


def has_worked() -> bool:
    """Whether anything was made since the process began."""
    return _made > 0


def memory_of(pid: int | None = None) -> int:
    """Bytes of RAM that a process holds, this one by default; 0 where the system does not say (only Linux does)."""
    try:
        with open(f"/proc/{pid or os.getpid()}/statm") as told:  # noqa: PTH123
            return int(told.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
