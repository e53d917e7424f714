"""Whether a person may come in: suspensions, and ending the log-ins of a person."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import keys as api_keys
from accounts.models import LoginSession, User
from accounts.models.key import SOCKETS
from accounts.signals import access_revoked, person_suspended

# How many keys one query asks about: databases limit its parameters.
KEYS_AT_ONCE = 500


def suspend(user: User, until: datetime | None, reason: str) -> None:
    """Keep `user` out until `until` (None: until lifted). `reason` is shown when they try to log in.

    Takes effect at once: the log-ins end, open pages are closed, whatever waits or runs is cancelled (studio/apps.py).
    Suspending anew replaces until and reason.
    """
    with transaction.atomic():
        user.suspended_at, user.suspended_until, user.suspended_reason = timezone.now(), until, reason
        user.save(update_fields=["suspended_at", "suspended_until", "suspended_reason"])
        end_sessions(user)
        person_suspended.send(sender=None, user_id=user.pk, until=until, reason=reason)


def lift(user: User) -> None:
    """End a suspension; harmless when there is none. The person logs in anew."""
    user.suspended_at, user.suspended_until, user.suspended_reason = None, None, ""
    user.save(update_fields=["suspended_at", "suspended_until", "suspended_reason"])


def end_sessions(user: User, *, but: str | None = None, only: Iterable[str] | None = None) -> int:
    """End the log-ins of `user` and close their open pages; how many.

    All of them, or those whose keys are in `only`; never the one with the key `but`.
    """
    theirs = LoginSession.objects.filter(user_id=user.pk)
    if only is not None:
        theirs = theirs.filter(session_key__in=list(only))
    keys = [key for key in theirs.values_list("session_key", flat=True) if key != but]
    LoginSession.objects.filter(session_key__in=keys).delete()
    for key in keys:
        access_revoked.send(sender=None, user_id=user.pk, session_key=key)
    return len(keys)


def living(keys: Collection[str]) -> set[str]:
    """Those of the session keys, and of the socket names of API keys, with which somebody may still be here."""
    of_keys = [key for key in keys if key.startswith(SOCKETS)]
    found = api_keys.living(of_keys) if of_keys else set[str]()
    now, known = timezone.now(), [key for key in keys if not key.startswith(SOCKETS)]
    for start in range(0, len(known), KEYS_AT_ONCE):
        rows = LoginSession.objects.filter(session_key__in=known[start : start + KEYS_AT_ONCE], expire_date__gt=now)
        rows = rows.filter(user__is_active=True).exclude(user__closes_at__lte=now)
        out = Q(user__suspended_at__isnull=False) & (Q(user__suspended_until=None) | Q(user__suspended_until__gt=now))
        found.update(rows.exclude(out).values_list("session_key", flat=True))
    return found
