"""What people made: works, and the files they consist of. Files are named by their content, rows say whose they are."""

import uuid

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class Visibility(models.TextChoices):
    PRIVATE = "private", _("private")
    UNLISTED = "unlisted", _("unlisted")
    PUBLIC = "public", _("public")


class WorkQuerySet(models.QuerySet["Work"]):
    def visible_to(self, user: User | AnonymousUser) -> "WorkQuerySet":
        """The works that `user` may see: the own ones, and public ones that no moderator has hidden.

        Every view starts here; nobody reaches a work by another way.
        """
        shown = models.Q(visibility=Visibility.PUBLIC, hidden=False)
        if user.is_authenticated:
            shown |= models.Q(owner_id=user.pk)
        return self.filter(shown)


class Work(models.Model):
    """One picture and how it was made. Tool, model and engine are kept as text: they may be gone tomorrow.

    `generation` is what made it and `index` (from 0) which of its outputs it is. `recipe` holds tool, model, engine,
    params, versions, seconds and facts (gallery/keeping.py). `blur` is a data URL of a picture 16 px wide or high.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="works", verbose_name=_("owner"))
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    generation = models.UUIDField(_("generation"), db_index=True, editable=False)
    index = models.PositiveSmallIntegerField(_("output"), default=0, editable=False)
    tool = models.CharField(_("tool"), max_length=40)
    model_name = models.CharField(_("model"), max_length=64)
    engine = models.CharField(_("engine"), max_length=40)
    prompt = models.TextField(_("prompt"), blank=True)
    negative_prompt = models.TextField(_("negative prompt"), blank=True)
    seed = models.BigIntegerField(_("seed"))
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    recipe = models.JSONField(_("recipe"), default=dict)
    visibility = models.CharField(_("visibility"), max_length=10, choices=Visibility, default=Visibility.PRIVATE)
    hidden = models.BooleanField(_("hidden"), default=False, help_text=_("Hidden works are shown to their owner only."))
    favourite = models.BooleanField(_("favourite"), default=False)
    blur = models.TextField(blank=True, editable=False)
    # What an edited picture was made from. Deleting that one leaves the edited one, which then stands for itself.
    parent = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="edits",
        verbose_name=_("made from"),
    )

    objects = WorkQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("work")
        verbose_name_plural = _("works")
        constraints = [
            models.UniqueConstraint(fields=["generation", "index"], name="work_once_per_output"),
            models.CheckConstraint(condition=models.Q(visibility__in=Visibility.values), name="work_visibility_known"),
        ]
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="work_own_newest_first"),
            models.Index(fields=["visibility", "hidden", "-created_at", "-id"], name="work_shown_newest_first"),
        ]

    def __str__(self) -> str:
        # Never the prompt: this line stands in admin lists and logs, and the work may be private.
        return f"work {self.id}"

    @property
    def tool_title(self) -> str:
        """The tool's name in words; the same words as the studio's own titles, so the same translation."""
        return gettext(self.tool.replace("_", " ").capitalize()) if self.tool else ""

    def file(self, role: str) -> "WorkFile | None":
        """This work's file of that role, from the prefetched ones where there are any."""
        return next((file for file in self.files.all() if file.role == role), None)


class WorkFile(models.Model):
    """One file of a work: its bytes lie in the storage "works" under `sha256`. Several rows may name one file."""

    class Role(models.TextChoices):
        IMAGE = "image", _("picture")
        SKETCH = "sketch", _("sketch")
        THUMB_320 = "thumb-320", _("thumbnail, 320 px")
        THUMB_640 = "thumb-640", _("thumbnail, 640 px")

    work = models.ForeignKey(Work, models.CASCADE, related_name="files", verbose_name=_("work"))
    role = models.CharField(_("role"), max_length=12, choices=Role)
    sha256 = models.CharField(max_length=64, db_index=True)
    media_type = models.CharField(_("media type"), max_length=40)
    size = models.PositiveBigIntegerField(_("bytes"))
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        ordering = ["work", "role"]
        constraints = [models.UniqueConstraint(fields=["work", "role"], name="work_file_once_per_role")]

    def __str__(self) -> str:
        return f"{self.role} of work {self.work_id}"
