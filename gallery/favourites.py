"""Marking one's own works as favourites. Collections and likes of other people's works are not here."""

from uuid import UUID

from accounts.models import User
from gallery.models import Work


def mark(user: User, work_id: UUID, favourite: bool) -> None:
    """Mark a work of `user`, or take the mark away. Raises Work.DoesNotExist for anybody else's."""
    own = Work.objects.of(user).filter(pk=work_id)
    if not own.update(favourite=favourite):
        raise Work.DoesNotExist
