"""Albums: many photos that the same is done to, one generation each. Their rows are all there is to remember."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Album(models.Model):
    """What is done to all its photos: `tool` with `model_name` and `params`. `archive` is the ZIP of its results."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="albums", verbose_name=_("owner"))
    title = models.CharField(_("title"), max_length=120, blank=True)
    tool = models.CharField(_("tool"), max_length=40)
    model_name = models.CharField(_("model name"), max_length=64)
    params = models.JSONField(_("parameters"), default=dict)
    archive = models.ForeignKey(
        "studio.Archive", models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("archive")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("album")
        verbose_name_plural = _("albums")

    def __str__(self) -> str:
        return self.title or str(self.id)


class AlbumPhoto(models.Model):
    """A photo of an album. `input` is what was sent in, as long as it is kept; `generation` what is made of it.

    `error_code` says why there is no generation: it could not be read, or could not be asked for.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    album = models.ForeignKey(Album, models.CASCADE, related_name="photos", verbose_name=_("album"))
    name = models.CharField(_("name"), max_length=255)
    sha256 = models.CharField(max_length=64, editable=False)
    input = models.ForeignKey("studio.Input", models.SET_NULL, null=True, related_name="+", verbose_name=_("input"))
    generation = models.OneToOneField(
        "studio.Generation", models.SET_NULL, null=True, related_name="album_photo", verbose_name=_("generation")
    )
    tries = models.PositiveSmallIntegerField(default=0, editable=False)
    error_code = models.CharField(_("error code"), max_length=40, blank=True)
    error_params = models.JSONField(_("error parameters"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        ordering = ["created_at", "id"]
        verbose_name = _("photo of an album")
        verbose_name_plural = _("photos of albums")
        constraints = [models.UniqueConstraint(fields=["album", "sha256"], name="album_photo_once")]

    def __str__(self) -> str:
        return self.name
