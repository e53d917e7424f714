"""Links that show one work to whoever has them."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gallery.models.work import Moderation, Work


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    def valid(self) -> "ShareLinkQuerySet":
        """Links that lead somewhere now. A work in the bin or kept back by moderators ends its links at once."""
        lasting = models.Q(expires_at=None) | models.Q(expires_at__gt=timezone.now())
        return self.filter(
            lasting, work__deleted_at=None, work__moderation=Moderation.CLEAR, work__owner__is_active=True
        )


class ShareLink(models.Model):
    """Whoever has the address sees the work until `expires_at` (None: for good) or until this row is deleted.

    The secret in the address is no column: gallery/sharing.py derives it from `id`. `used_at` is right to a minute.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    work = models.ForeignKey(Work, models.CASCADE, related_name="links", verbose_name=_("work"))
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)

    objects = ShareLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("link")
        verbose_name_plural = _("links")
        indexes = [models.Index(fields=["expires_at"], name="share_link_expiry")]

    def __str__(self) -> str:
        # Never the address: it opens the work.
        return f"link to work {self.work_id}"
