"""Reports: anybody may say that something breaks the rules, also without an account; nobody can flood us with it."""

import hashlib
import hmac
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.addresses import network_of
from accounts.models import User
from gallery.models import Remark, Report
from gallery.models.cases import Thing
from gallery.moderation import cases

TEXT_MAX = 1000


class TooManyReports(Exception):
    """From this address, or by this person, there were as many as may be for now."""


def report(reporter: User | None, address: str, person: User, thing: Thing | None, *, reason: str, text: str) -> Report:
    """Say that `thing`, or `person` where that is None, breaks the rules. `address` is the visitor's IP address.

    One more by the same person in the same open case replaces the one before. Raises TooManyReports.
    """
    digest = _digest(address)
    with transaction.atomic():
        _check_rate(reporter, digest, thing, person)
        if isinstance(thing, Remark):
            thing.save()  # the words as they are at this moment
        case = cases.open_case(person, thing, cases.REPORTED, reason=reason)
        said = {"reason": reason, "text": text[:TEXT_MAX], "address": digest}
        if reporter is None:
            return Report.objects.create(case=case, **said)
        return Report.objects.update_or_create(case=case, reporter=reporter, defaults=said)[0]


def _check_rate(reporter: User | None, digest: str, thing: Thing | None, person: User) -> None:
    now = timezone.now()
    if reporter is not None:
        if reporter.reports.filter(created_at__gt=now - timedelta(days=1)).count() >= settings.REPORTS_PER_DAY:
            raise TooManyReports
        return
    lately = Report.objects.filter(address=digest, reporter=None, created_at__gt=now - timedelta(hours=1))
    if lately.count() >= settings.REPORTS_PER_ADDRESS:
        raise TooManyReports
    same: dict[str, object] = {f"case__{name}": thing for name in cases.column(thing)}
    if thing is None:
        same = {"case__person": person, "case__about_person": True}
    today = Report.objects.filter(address=digest, reporter=None, created_at__gt=now - timedelta(days=1), **same)
    if today.exists():
        raise TooManyReports


def _digest(address: str) -> str:
    """The same for the same address, and no way back to it without our key. Of IPv6 the network (/64) counts."""
    told = f"report:{network_of(address)}"
    return hmac.new(settings.SECRET_KEY.encode(), told.encode(), hashlib.sha256).hexdigest()
