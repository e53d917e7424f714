"""A request with an `Idempotency-Key` is carried out once; sent again, it gets the first one's answer."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from accounts.secondfactor import seal, unseal
from studio.models import Once
from studio.words.errors import Refused

# How often somebody who waits for the first one looks (seconds), and after what time that one counts as dead.
LOOK_EVERY, DEAD_AFTER = 0.05, 120.0


@dataclass(frozen=True, slots=True)
class Kept:
    """The answer that was given before."""

    status: int
    body: str


def begin(user: User, key: str, fingerprint: str) -> Once | Kept:
    """The right to carry the request out (end it with `finish` or `give_up`), or the answer that it had.

    While the same request is being carried out this waits for its answer, settings.ONCE_WAIT seconds at most. Raises
    Refused: idempotency_reused (another request had this key), idempotency_running.
    """
    until = time.monotonic() + settings.ONCE_WAIT
    while True:
        found = _one(user, key, fingerprint)
        if found is not None:
            return found
        if time.monotonic() > until:
            raise Refused("idempotency_running", retry_after=1)
        time.sleep(LOOK_EVERY)


def finish(claim: Once, status: int, body: str) -> None:
    """Keep the answer."""
    Once.objects.filter(pk=claim.pk, begun_at=claim.begun_at).update(status=status, answer=seal(body))


def give_up(claim: Once) -> None:
    """It was refused, or failed: the same key may try again."""
    Once.objects.filter(pk=claim.pk, begun_at=claim.begun_at, status=0).delete()


def purge() -> int:
    """Forget answers that are older than settings.ONCE_KEPT_FOR seconds; how many."""
    gone, _rows = Once.objects.filter(begun_at__lt=_oldest()).delete()
    return gone


def _one(user: User, key: str, fingerprint: str) -> Once | Kept | None:
    """A claim or an answer; None while another one is at it."""
    try:
        with transaction.atomic():
            return Once.objects.create(owner=user, key=key, fingerprint=fingerprint)
    except IntegrityError:
        row = Once.objects.filter(owner=user, key=key).first()
    if row is None:
        return None
    if row.begun_at < _oldest():
        Once.objects.filter(pk=row.pk, begun_at=row.begun_at).delete()
        return None
    if row.fingerprint != fingerprint:
        raise Refused("idempotency_reused")
    if row.status:
        return _opened(row)
    now = timezone.now()
    dead = row.begun_at < now - timedelta(seconds=DEAD_AFTER)
    if dead and Once.objects.filter(pk=row.pk, begun_at=row.begun_at, status=0).update(begun_at=now):
        row.begun_at = now
        return row
    return None


def _opened(row: Once) -> Kept | None:
    try:
        return Kept(row.status, unseal(row.answer))
    except InvalidToken:  # the studio's key was changed meanwhile: nobody can read it
        Once.objects.filter(pk=row.pk).delete()
        return None


def _oldest() -> datetime:
    return timezone.now() - timedelta(seconds=settings.ONCE_KEPT_FOR)
