"""Queues that staff paused. A queue needs no row to exist: it is a name, and workers listen to it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PausedQueue(models.Model):
    """Nothing more of the queue `name` is begun until the row is gone; what runs is finished."""

    name = models.CharField(_("queue"), max_length=20, primary_key=True)
    since = models.DateTimeField(_("paused since"), auto_now_add=True)
    why = models.CharField(_("why"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("paused queue")
        verbose_name_plural = _("paused queues")
        default_permissions = ()
