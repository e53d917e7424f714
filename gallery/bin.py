"""The bin: where works of a person rest until they are deleted for good (gallery/expiry.py), and the way back."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from gallery.models import Work


def delete(user: User, works: Iterable[UUID]) -> datetime | None:
    """Put works of `user` into the bin; ids that are not theirs, or lie there already, change nothing.

    Answers the moment, which names this deletion for `undo`; None when nothing was deleted. Links and public pages end
    at once, because no way in shows what lies in the bin; what the works are otherwise stays for when they come back.
    """
    now = timezone.now()
    return now if Work.objects.of(user).filter(pk__in=list(works)).update(deleted_at=now) else None


def restore(user: User, works: Iterable[UUID]) -> int:
    """Take works of `user` out of the bin; how many."""
    return Work.objects.in_bin_of(user).filter(pk__in=list(works)).update(deleted_at=None)


def undo(user: User, moment: datetime) -> list[UUID]:
    """Bring back all that `user` deleted in one go at `moment`; their ids, none when they are gone for good."""
    ids = list(Work.objects.in_bin_of(user).filter(deleted_at=moment).values_list("pk", flat=True))
    restore(user, ids)
    return ids


def wipe(user: User, works: Iterable[UUID] | None = None) -> int:
    """Delete works in the bin of `user` for good, all of them with None; how many. The sweep takes the files."""
    binned = Work.objects.in_bin_of(user)
    gone = binned if works is None else binned.filter(pk__in=list(works))
    return gone.delete()[1].get("gallery.Work", 0)
