"""Liking public works of others. The count is changed in the same transaction as the row, and only if the row was."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts.models import User
from gallery.models import Like, Work


def like(user: User, work_id: UUID, liked: bool) -> int:
    """Like a public work, or no longer; the number of its likes after that. Doing it twice changes nothing.

    Nobody likes their own works: the count says what others think, and favourites are there for the rest. A like can be
    taken back from any work that has it. Raises Work.DoesNotExist for works that `user` cannot like.
    """
    with transaction.atomic():
        # The work's row first, and locked: who changes its count waits here, so two at once cannot block each other.
        found = Work.objects.select_for_update().filter(pk=work_id).first()
        if found is None:
            raise Work.DoesNotExist
        rows = Like.objects.filter(user=user, work=found)
        open_to_likes = Work.objects.explored().exclude(owner=user).filter(pk=work_id).exists()
        if liked and open_to_likes:
            changed = rows.get_or_create(user=user, work=found)[1]
        else:
            changed = not liked and bool(rows.delete()[0])
            if not changed and not open_to_likes:
                raise Work.DoesNotExist
        if changed:
            Work.objects.filter(pk=work_id).update(likes=F("likes") + (1 if liked else -1))
        return found.likes + changed * (1 if liked else -1)


def liked_by(user: User, works: Iterable[Work]) -> set[UUID]:
    """Which of `works` the person likes, by id; one query."""
    return set(Like.objects.filter(user=user, work__in=works).values_list("work_id", flat=True))
