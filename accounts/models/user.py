"""People with an account."""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.secondfactor import suffices

ABOUT_MAX = 500


class User(AbstractUser):
    """A person with an account. `about` is shown on the public page; `language` is empty for the browser's own.

    A suspension holds from `suspended_at` on, until `suspended_until` or, where that is empty, until it is lifted
    (accounts/standing.py).
    """

    about = models.TextField(_("about me"), max_length=ABOUT_MAX, blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    embed_prompt = models.BooleanField(_("put my prompt into files that others download"), default=True)
    suspended_at = models.DateTimeField(_("suspended since"), null=True, blank=True, editable=False)
    suspended_until = models.DateTimeField(_("suspended until"), null=True, blank=True)
    suspended_reason = models.TextField(_("reason of the suspension"), blank=True)

    # The account was made by this workshop, belongs to it and ends with it.
    workshop = models.ForeignKey(
        "accounts.Workshop", models.PROTECT, null=True, blank=True, related_name="people", verbose_name=_("workshop")
    )

    # Kept here, too (accounts/workshops.py): it is asked at every request, also where no other row may be fetched.
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True, editable=False)

    class Meta(AbstractUser.Meta):
        permissions = [
            ("suspend_user", _("Can suspend people")),
            ("run_workshops", _("Can run workshops")),
        ]

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """As Django says; what staff may do only with a second factor where STAFF_SECOND_FACTOR says so."""
        return super().has_perm(perm, obj) and (not self.is_staff or suffices(self))

    @property
    def is_suspended(self) -> bool:
        """Whether the person is kept out now."""
        return self.suspended_at is not None and (self.suspended_until is None or self.suspended_until > timezone.now())

    @property
    def is_closed(self) -> bool:
        """Whether the account's time is over."""
        return self.closes_at is not None and self.closes_at <= timezone.now()
