"""Archives: ZIP files with everything of a person, or with some works, packed by a task and fetched by the person."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Archive(models.Model):
    """One ZIP that somebody asked for. Its file is `<id>.zip` in settings.ARCHIVES; `size` is 0 until it is ready.

    `works` are the ids of the works in it, or null for everything that the person has. With a
    `workshop` those of its people. `done` of `total` entries are
    packed. `beat_at` is when its task last showed life: a packing one that is silent is packed again.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        PACKING = "packing", _("being packed")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="archives", verbose_name=_("owner")
    )
    works = models.JSONField(_("works"), null=True, editable=False)
    workshop = models.ForeignKey(
        "accounts.Workshop", models.CASCADE, null=True, editable=False, related_name="+", verbose_name=_("workshop")
    )
    title = models.CharField(_("title"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=10, default="en")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    size = models.PositiveBigIntegerField(_("bytes"), default=0)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    beat_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(_("finished at"), null=True, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("archive")
        verbose_name_plural = _("archives")
        indexes = [models.Index(fields=["state", "beat_at"], name="archive_to_be_packed")]

    def __str__(self) -> str:
        return f"archive {self.id}"
