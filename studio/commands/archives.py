"""Commands about archives: ask for one, look at it, throw it away."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone, translation

from accounts.models import User, Workshop
from gallery.models import Work
from studio import tasks
from studio.files import parcels
from studio.models import Archive
from studio.words.errors import Refused
from studio.worker import archiving

UNFINISHED = (Archive.State.WAITING, Archive.State.PACKING)


def ask(user: User, works: Sequence[UUID] | None = None, title: str = "", workshop: Workshop | None = None) -> Archive:
    """Have `works` packed (the person's own; others are left out without a word), or with None everything.

    With a `workshop` of theirs: what its people made.

    Raises Refused: archive_running, too_many_archives, archive_too_large, nothing_chosen.
    """
    own = of(user)
    if own.filter(state__in=UNFINISHED).exists():
        raise Refused("archive_running")
    if own.filter(created_at__gt=timezone.now() - timedelta(days=1)).count() >= settings.ARCHIVES_PER_DAY:
        raise Refused("too_many_archives", limit=settings.ARCHIVES_PER_DAY)
    chosen = None if works is None else _own(user, works)
    archive = Archive.objects.create(
        owner=user, works=chosen, workshop=workshop, title=title[:120], language=translation.get_language() or "en"
    )
    tasks.pack_soon()
    return archive


def of(user: User) -> QuerySet[Archive]:
    """The person's archives, the newest first."""
    return Archive.objects.filter(owner=user)


def find(user: User, archive_id: UUID) -> Archive:
    """One's own archive. Raises Refused("not_found")."""
    found = of(user).filter(pk=archive_id).first()
    if found is None:
        raise Refused("not_found")
    return found


def discard(user: User, archive_id: UUID) -> None:
    """Throw one's own archive away, also while it is packed. Raises Refused("not_found")."""
    archive = find(user, archive_id)
    name = archiving.name_of(archive)
    archive.delete()
    parcels.remove(name)


def _own(user: User, works: Sequence[UUID]) -> list[str]:
    if len(works) > settings.ARCHIVE_WORKS:
        raise Refused("archive_too_large", limit=settings.ARCHIVE_WORKS)
    own = [str(pk) for pk in Work.objects.of(user).filter(pk__in=works).values_list("pk", flat=True)]
    if not own:
        raise Refused("nothing_chosen")
    return own
