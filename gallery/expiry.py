"""History comes to its end: what nobody saved goes into the bin after HISTORY_DAYS, told before; the bin is emptied.

Every rule is a query, so that whoever was asleep for a week does the work of a week.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Min
from django.utils import timezone

from accounts import notices
from gallery.models import ShareLink, Visibility, Work, WorkQuerySet

BATCH = 500


def history() -> WorkQuerySet:
    """Works that nobody saved, marked, liked, shared or collected: they expire.

    A link counts until it runs out, also while it leads nowhere: its owner may be let in again.
    """
    plain = Work.objects.filter(deleted_at=None, saved=False, favourite=False, likes=0, visibility=Visibility.PRIVATE)
    return plain.filter(collection_items=None).exclude(links__in=ShareLink.objects.lasting())


def keep_house() -> None:
    """What housekeeping does for the gallery."""
    tell_what_expires()
    expire()
    empty_bins()


def tell_what_expires() -> int:
    """Tell everybody whose history comes to its end within HISTORY_NOTICE_DAYS, each work once. Returns how many
    people were told."""
    days = settings.HISTORY_DAYS - settings.HISTORY_NOTICE_DAYS
    due = history().filter(created_at__lt=_ago(days), expiry_told_at=None)
    people = list(due.values("owner").annotate(count=Count("pk"), first=Min("created_at")))
    for person in people:
        with transaction.atomic():
            told = due.filter(owner_id=person["owner"]).update(expiry_told_at=timezone.now())
            if told:
                ends = person["first"] + timedelta(days=settings.HISTORY_DAYS)
                ends = max(ends, timezone.now() + timedelta(days=settings.HISTORY_NOTICE_DAYS))
                notices.tell(
                    person["owner"], "history_expires", link="/gallery/", count=told, day=ends.date().isoformat()
                )
    return len(people)


def expire() -> int:
    """Put history past its days, and told of, into the bin. Returns how many works."""
    told = history().filter(expiry_told_at__lt=_ago(settings.HISTORY_NOTICE_DAYS))
    return told.filter(created_at__lt=_ago(settings.HISTORY_DAYS)).update(deleted_at=timezone.now())


def empty_bins() -> int:
    """Delete for good what lay in a bin for BIN_DAYS; the sweep takes the files. Returns how many works."""
    gone = 0
    old = Work.objects.filter(deleted_at__lt=_ago(settings.BIN_DAYS))
    while batch := list(old.values_list("pk", flat=True)[:BATCH]):
        gone += Work.objects.filter(pk__in=batch).delete()[1].get("gallery.Work", 0)
    return gone


def _ago(days: float) -> datetime:
    return timezone.now() - timedelta(days=days)
