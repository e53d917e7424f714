"""Links that show a work or a collection to whoever has them: made, listed, ended, and followed.

The secret of a link is not stored (accounts/secretlinks.py): the owner can see the address again at any time.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import secretlinks
from accounts.models import User
from gallery.models import Collection, ShareLink, ShareLinkQuerySet, Work
from gallery.moderation import gate

PURPOSE = "gallery.sharing"
USED_EVERY = timedelta(minutes=1)


class TooManyLinks(Exception):
    """The work, or the collection, has SHARE_LINKS_PER_WORK links that have not run out."""


def create(user: User, work_id: UUID, lasting: str) -> ShareLink:
    """A new link to one's own work. Raises Work.DoesNotExist for others', KeyError for a time that is not offered,
    TooManyLinks."""
    return _create(user, Work.objects.of(user).get(pk=work_id), lasting)


def create_to_collection(user: User, collection_id: UUID, lasting: str) -> ShareLink:
    """A new link to one's own collection, whatever its visibility. Raises Collection.DoesNotExist for others', and as
    `create`; gate.Closed where its words are none that others may be shown."""
    collection = Collection.objects.of(user).get(pk=collection_id)
    gate.check_words(f"{collection.title}\n{collection.description}")
    return _create(user, collection, lasting)


def _create(user: User, thing: Work | Collection, lasting: str) -> ShareLink:
    span = secretlinks.LASTING[lasting]
    if links(user, thing).count() >= settings.SHARE_LINKS_PER_WORK:
        raise TooManyLinks
    now = timezone.now()
    return ShareLink.objects.create(**_to(thing), created_at=now, expires_at=now + span if span else None)


def links(user: User, thing: Work | Collection) -> ShareLinkQuerySet:
    """The links to one's own work or collection that have not run out, the newest first."""
    return ShareLink.objects.lasting().of(user).filter(**_to(thing))


def _to(thing: Work | Collection) -> dict[str, Any]:
    return {"work": thing} if isinstance(thing, Work) else {"collection": thing}


def revoke(user: User, link_id: UUID) -> Work | Collection:
    """End a link of one's own; what it led to. Raises ShareLink.DoesNotExist."""
    link = ShareLink.objects.of(user).select_related("work", "collection").get(pk=link_id)
    link.delete()
    return link.thing


def token(link: ShareLink) -> str:
    """What stands in the address of `link`: 43 characters of base64url."""
    return secretlinks.token(link.pk, PURPOSE)


def follow(told: str) -> ShareLink | None:
    """The link whose token this is, if it still leads somewhere; None for everything else."""
    return behind(told).first()


def used(link: ShareLink) -> None:
    """Somebody looked: noted once a minute at most."""
    now = timezone.now()
    before = Q(used_at=None) | Q(used_at__lt=now - USED_EVERY)
    ShareLink.objects.filter(before, pk=link.pk).update(used_at=now)


def address(request: HttpRequest, link: ShareLink) -> str:
    """The whole address of `link`, to be given away."""
    return request.build_absolute_uri(reverse("gallery:shared", args=[token(link)]))


def media_address(token: str, work: Work, role: str) -> str:
    """Where a file of a work in the collection behind this token is fetched."""
    return reverse("gallery:shared_work_media", args=[token, work.pk, role])


def lasting_choices() -> list[tuple[str, str]]:
    """The names of secretlinks.LASTING with their words, in that order."""
    texts = {
        "hour": _("1 hour"),
        "day": _("1 day"),
        "week": _("7 days"),
        "month": _("30 days"),
        "always": _("until I end it"),
    }
    return [(name, texts[name]) for name in secretlinks.LASTING]


def purge() -> int:
    """Forget links that ran out; how many."""
    return ShareLink.objects.filter(expires_at__lt=timezone.now()).delete()[0]


def behind(told: str) -> ShareLinkQuerySet:
    """The link of this token, while it leads somewhere; none for everything else."""
    link_id = secretlinks.read(told, PURPOSE)
    found = ShareLink.objects.none() if link_id is None else ShareLink.objects.valid().filter(pk=link_id)
    return found.select_related("work__owner", "collection__owner")
