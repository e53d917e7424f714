"""Signs of life: each process behind the pages writes one every few seconds; /readyz reads them."""

import logging
import os
import socket
import threading
from datetime import timedelta

from django.db import DatabaseError, close_old_connections
from django.db.models.functions import Now

from studio.models import Pulse

log = logging.getLogger(__name__)

EVERY = 3.0
FRESH_FOR = 12.0


def beat(kind: str) -> None:
    """Say that this process, of `kind` ("worker:gpu", "reconciler"), is alive now."""
    name = f"{kind}@{socket.gethostname()}:{os.getpid()}"
    Pulse.objects.update_or_create(name=name, defaults={"kind": kind, "seen_at": Now()})


def alive(kind: str) -> bool:
    """Whether some process of `kind` was alive within the last FRESH_FOR seconds."""
    return Pulse.objects.filter(kind=kind, seen_at__gt=Now() - timedelta(seconds=FRESH_FOR)).exists()


def keep_beating(kind: str) -> None:
    """Beat from a thread of its own until the process ends."""
    threading.Thread(target=_loop, args=[kind], name=f"pulse {kind}", daemon=True).start()


def forget_old() -> None:
    """Drop the rows of processes long gone."""
    Pulse.objects.filter(seen_at__lt=Now() - timedelta(hours=1)).delete()


def _loop(kind: str) -> None:
    pause = threading.Event()
    while True:
        try:
            close_old_connections()
            beat(kind)
        except DatabaseError as error:
            log.warning("no pulse written: %s", error)
        pause.wait(EVERY)
