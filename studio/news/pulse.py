"""Signs of life: each process behind the pages writes one every few seconds; /readyz and the admin read them."""

import os
import socket
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from studio.models import Pulse

# A process that was silent for so long (seconds) counts as gone.
FRESH_FOR = 12.0

_began = timezone.now()


def name_of(kind: str) -> str:
    """The name of this process's row."""
    return f"{kind}@{socket.gethostname()}:{os.getpid()}"


def beat(kind: str, **about: Any) -> None:
    """Say that this process, of `kind` ("worker:gpu", "reconciler"), is alive now; `about` it: columns of Pulse."""
    said = about | {"kind": kind, "seen_at": Now()}
    known = {"host": socket.gethostname()[:100], "pid": os.getpid(), "version": settings.VERSION, "started_at": _began}
    Pulse.objects.update_or_create(name=name_of(kind), defaults=said, create_defaults=said | known)


def asked(kind: str) -> tuple[bool, list[str]]:
    """What staff ask of this process: whether to take nothing new, and the models to load. These are asked once."""
    row = Pulse.objects.filter(name=name_of(kind)).values_list("drain_at", "warm").first()
    if row is None:
        return False, []
    if row[1]:
        Pulse.objects.filter(name=name_of(kind)).update(warm=[])
    return row[0] is not None, list(row[1])


def alive(kind: str) -> bool:
    """Whether some process of `kind` was alive within the last FRESH_FOR seconds, and takes on work."""
    working = fresh().filter(kind=kind, state__in=[Pulse.State.READY, Pulse.State.BUSY])
    return working.filter(drain_at=None).exists()


def fresh() -> QuerySet[Pulse]:
    """The rows of processes that live."""
    return Pulse.objects.filter(seen_at__gt=Now() - timedelta(seconds=FRESH_FOR))


def forget(kind: str) -> None:
    """Drop what an earlier process of this name left: in containers the same numbers come back."""
    Pulse.objects.filter(name=name_of(kind)).delete()


def forget_old() -> None:
    """Drop the rows of processes long gone."""
    Pulse.objects.filter(seen_at__lt=Now() - timedelta(hours=1)).delete()
