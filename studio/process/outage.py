"""Is it the database that is away, or a fault of ours? And how to wait for it: what has a lease may try again."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import Error, InterfaceError, OperationalError, close_old_connections

log = logging.getLogger(__name__)

# When a client may come again, and how long a worker waits between two tries (seconds).
COME_AGAIN, TRY_AGAIN = 5, 0.5
# SQLite says "no such table", a fault of ours, with the same class of error.
_SQLITE_AWAY = ("locked", "busy", "unable to open", "disk i/o error", "disk is full", "disk image")
Made = TypeVar("Made")


def is_outage(error: BaseException) -> bool:
    """Whether `error` says that the database did not answer, could not be reached or was locked for too long."""
    if isinstance(error, InterfaceError):
        return True
    if not isinstance(error, OperationalError):
        return False
    if not type(error.__cause__).__module__.startswith("sqlite3"):
        return True
    return any(sign in str(error).lower() for sign in _SQLITE_AWAY)


def persist(act: Callable[[], Made], seconds: float, what: str) -> Made:
    """What `act` gives, which is tried again for so many `seconds` while the database is away. It must do no harm when
    it was done already and only its answer was lost. Raises what it raised last."""
    until = time.monotonic() + seconds
    while True:
        try:
            return act()
        except Error as error:
            if not is_outage(error) or time.monotonic() > until:
                raise
            log.warning("%s: the database is away, trying again: %s", what, first_line(error))
            close_old_connections()
            time.sleep(TRY_AGAIN)


def code_of(error: Exception, what: str) -> str:
    """Log why `what` failed; as which error (studio/words/errors.py) it is told."""
    if is_outage(error):
        log.warning("%s failed, the database is away: %s", what, first_line(error))
        return "db_busy"
    log.error("%s failed", what, exc_info=error)
    return "internal"


def first_line(error: BaseException) -> str:
    """What to log of it: drivers add hints and places over several lines."""
    return str(error).strip().partition("\n")[0]
