"""Invitations: links with which somebody may sign up where not everybody may."""

import secrets

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# Letters and digits that nobody mixes up when reading them aloud; 12 of 31 are 59 bits.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
CODE_LENGTH = 12


def new_code() -> str:
    """A fresh code."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def usable(self) -> "InvitationQuerySet":
        """Those with which somebody may sign up now."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), used__lt=F("uses"))


class Invitation(models.Model):
    """`uses` people may sign up with `code`, until `expires_at` (empty: for ever), and come into `group` (a role)."""

    code = models.CharField(_("code"), max_length=40, unique=True, default=new_code)
    group = models.ForeignKey(Group, models.SET_NULL, null=True, blank=True, verbose_name=_("role"))
    uses = models.PositiveSmallIntegerField(_("for how many people"), default=1, validators=[MinValueValidator(1)])
    used = models.PositiveSmallIntegerField(_("used by"), default=0, editable=False)
    expires_at = models.DateTimeField(_("valid until"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("made by"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.note or self.code

    @property
    def is_usable(self) -> bool:
        """Whether somebody may sign up with it now."""
        return self.used < self.uses and (self.expires_at is None or self.expires_at > timezone.now())
