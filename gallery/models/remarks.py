"""Words that people said to each other elsewhere in the house, once somebody has reported them."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gallery.models.work import Moderation

# So much of the words stands for them in lists and notices.
TITLE_MAX = 60


class Remark(models.Model):
    """A comment, as it was when it was last reported: what moderators see of it, and nothing of what stands around.

    `id` is the comment's own; the rooms above know where it is. They hear of what is decided by `remark_judged`
    (gallery/signals.py). `owner` said it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="remarks", verbose_name=_("by"))
    text = models.TextField(_("words"), max_length=1000)
    moderation = models.CharField(_("moderation"), max_length=10, choices=Moderation, default=Moderation.CLEAR)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"comment {self.pk}"

    @property
    def title(self) -> str:
        """The beginning of it, in one line."""
        return " ".join(self.text.split())[:TITLE_MAX]

    @property
    def description(self) -> str:
        """All of it: as far as rules are concerned, the words of it."""
        return self.text
