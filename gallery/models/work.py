"""Works: what people made, the files they consist of, and what they were made from."""

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


class Moderation(models.TextChoices):
    """Where a work stands with the moderators. Everybody but its owner sees clear works only."""

    CLEAR = "clear", _("clear")
    HELD = "held", _("waiting for review")
    HIDDEN = "hidden", _("hidden")
    REMOVED = "removed", _("taken down")


class Shape(models.TextChoices):
    """As people say it; square is anything up to a tenth off."""

    SQUARE = "square", _("square")
    LANDSCAPE = "landscape", _("landscape")
    PORTRAIT = "portrait", _("portrait")

    @classmethod
    def of(cls, width: int, height: int) -> "Shape":
        if max(width, height) <= 1.1 * min(width, height):
            return cls.SQUARE
        return cls.LANDSCAPE if width > height else cls.PORTRAIT


class Reveals(models.TextChoices):
    """What others see besides the picture itself, once they may see the work."""

    PICTURE = "picture", _("only the picture")
    RECIPE = "recipe", _("prompt and settings too")
    ALL = "all", _("everything, also what it began with")


class WorkQuerySet(models.QuerySet["Work"]):
    """Ways in. Every view starts at one of these; nobody reaches a work by another way."""

    def visible_to(self, user: User | AnonymousUser) -> "WorkQuerySet":
        """The works that `user` may see by their address: the own ones, and public ones that no moderator holds.

        Nobody sees what lies in the bin here, its owner neither (`in_bin_of`), and what was taken down nobody at all:
        its owner reads why on the page of the decision (gallery/moderation/pages.py).
        """
        shown = models.Q(visibility=Visibility.PUBLIC, moderation=Moderation.CLEAR)
        if user.is_authenticated:
            shown |= models.Q(owner_id=user.pk)
        return self.filter(shown, deleted_at=None).exclude(moderation=Moderation.REMOVED)

    def of(self, user: User) -> "WorkQuerySet":
        """The person's own works, without those in the bin and those that were taken down."""
        return self.filter(owner_id=user.pk, deleted_at=None).exclude(moderation=Moderation.REMOVED)

    def in_bin_of(self, user: User) -> "WorkQuerySet":
        """What the person has deleted and can still bring back."""
        return self.filter(owner_id=user.pk, deleted_at__isnull=False).exclude(moderation=Moderation.REMOVED)

    def taught_by(self, user: User) -> "WorkQuerySet":
        """What the people of the workshops of `user` made; they were told so when they joined."""
        theirs = self.filter(owner__workshop__teacher_id=user.pk, owner__is_active=True, deleted_at=None)
        return theirs.exclude(moderation=Moderation.REMOVED)

    def on_wall(self, workshop_id: int, teacher: User) -> "WorkQuerySet":
        """The wall of one workshop, for its teacher; nothing for anybody else. The newest first."""
        return self.taught_by(teacher).filter(owner__workshop_id=workshop_id).order_by("-created_at", "-id")

    def shown_by_link_of(self, owner: User) -> "WorkQuerySet":
        """What a link of `owner` may show to whoever has it: the owner's works, private ones too, and what everybody
        may find of others. Nothing from the bin, and nothing that moderators keep back."""
        shown = models.Q(owner_id=owner.pk) | models.Q(visibility=Visibility.PUBLIC)
        return self.filter(shown, moderation=Moderation.CLEAR, deleted_at=None)

    def explored(self) -> "WorkQuerySet":
        """What everybody may find: public, clear, not deleted."""
        return self.filter(visibility=Visibility.PUBLIC, moderation=Moderation.CLEAR, deleted_at=None)


class Work(models.Model):
    """One picture and how it was made. Tool, model and engine are kept as text: they may be gone tomorrow.

    `generation` is what made it and `index` (from 0) which of its outputs it is. `recipe` holds tool, model, engine,
    params, versions, seconds and facts (gallery/keeping.py). `blur` is a data URL of a picture 16 px wide or high.
    A work that is not `saved` is history: it expires (gallery/expiry.py). `reveals` holds for everybody but the owner.
    `is_model`: it is a shape in space (file of role "model"), and its picture shows that.
    `size` is the bytes of all its files; `likes` counts its Like rows; `colours` are the names of the colours that rule
    it, the strongest first, as " red blue ". `veiled`: the safety checker found it unsafe, and every page shows its
    `blur` until somebody asks for the picture.
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
    moderation = models.CharField(_("moderation"), max_length=10, choices=Moderation, default=Moderation.CLEAR)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)
    reveals = models.CharField(_("others see"), max_length=10, choices=Reveals, default=Reveals.ALL)
    saved = models.BooleanField(_("saved"), default=False)
    favourite = models.BooleanField(_("favourite"), default=False)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True, editable=False)
    expiry_told_at = models.DateTimeField(null=True, blank=True, editable=False)
    title = models.CharField(_("title"), max_length=120, blank=True)
    description = models.TextField(_("description"), max_length=2000, blank=True)
    likes = models.PositiveIntegerField(_("likes"), default=0, editable=False)
    size = models.PositiveBigIntegerField(_("bytes"), default=0, editable=False)
    is_model = models.BooleanField(_("3D model"), default=False, editable=False)
    shape = models.CharField(_("shape"), max_length=10, choices=Shape, default=Shape.SQUARE, editable=False)
    colours = models.CharField(_("colours"), max_length=60, blank=True, editable=False)
    blur = models.TextField(blank=True, editable=False)
    veiled = models.BooleanField(_("blurred"), default=False, editable=False)
    parents = models.ManyToManyField(
        "self", through="gallery.Lineage", symmetrical=False, related_name="children", verbose_name=_("made from")
    )
    tags = models.ManyToManyField(
        "gallery.Tag", through="gallery.WorkTag", related_name="works", verbose_name=_("tags"), blank=True
    )

    objects = WorkQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("work")
        verbose_name_plural = _("works")
        constraints = [
            models.UniqueConstraint(fields=["generation", "index"], name="work_once_per_output"),
            models.CheckConstraint(condition=models.Q(visibility__in=Visibility.values), name="work_visibility_known"),
            models.CheckConstraint(condition=models.Q(moderation__in=Moderation.values), name="work_moderation_known"),
            models.CheckConstraint(condition=models.Q(reveals__in=Reveals.values), name="work_reveals_known"),
        ]
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="work_own_newest_first"),
            models.Index(fields=["-created_at", "-id", "visibility", "moderation"], name="work_all_newest_first"),
            models.Index(
                # The last three are looked at in the index, so that a filter fetches no work that it leaves out.
                fields=["-published_at", "-id", "tool", "model_name", "shape"],
                condition=models.Q(visibility="public", moderation="clear", deleted_at=None),
                name="work_explored_newest_first",
            ),
            models.Index(
                fields=["-likes", "-id", "tool", "model_name", "shape"],
                condition=models.Q(visibility="public", moderation="clear", deleted_at=None),
                name="work_explored_most_liked",
            ),
            models.Index(fields=["deleted_at"], condition=models.Q(deleted_at__isnull=False), name="work_in_the_bin"),
        ]

    def __str__(self) -> str:
        # Never the prompt: this line stands in admin lists and logs, and the work may be private.
        return f"work {self.id}"

    @property
    def tool_title(self) -> str:
        """The tool's name in words; the same words as the studio's own titles, so the same translation."""
        return gettext(self.tool.replace("_", " ").capitalize().replace("3d", "3D")) if self.tool else ""

    @property
    def is_scene(self) -> bool:
        """Whether it is a scene written as code; by its tool, so that a card asks nothing."""
        return self.tool == "code_scene"

    def shows(self, viewer: User | AnonymousUser, part: str) -> bool:
        """Whether `viewer`, who may see this work, is shown its recipe (Reveals.RECIPE) or what it began with (ALL)."""
        order = Reveals.values
        return self.owner_id == viewer.pk or order.index(self.reveals) >= order.index(part)

    def file(self, role: str) -> "WorkFile | None":
        """This work's file of that role, from the prefetched ones where there are any."""
        return next((file for file in self.files.all() if file.role == role), None)


class WorkFile(models.Model):
    """One file of a work: its bytes lie in the storage "works" under `sha256`. Several rows may name one file."""

    class Role(models.TextChoices):
        IMAGE = "image", _("picture")
        SKETCH = "sketch", _("sketch")
        INPUT = "input", _("picture it began with")
        MASK = "mask", _("mask")
        HINTS = "hints", _("colour hints")
        MODEL = "model", _("3D model")
        SOURCE = "source", _("code of a scene")
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


class Lineage(models.Model):
    """`child` was made from `parent`. The credit outlives the parent: where that is gone, `parent` is None."""

    class Kind(models.TextChoices):
        EDIT = "edit", _("edited")
        INPUT = "input", _("used as input")
        REMIX = "remix", _("remixed")
        RERUN = "rerun", _("made again")

    child = models.ForeignKey(Work, models.CASCADE, related_name="parent_links", verbose_name=_("work"))
    parent = models.ForeignKey(
        Work, models.SET_NULL, null=True, related_name="child_links", verbose_name=_("made from")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)

    class Meta:
        verbose_name = _("origin")
        verbose_name_plural = _("origins")
        constraints = [
            models.UniqueConstraint(fields=["child", "parent"], name="lineage_once"),
            models.CheckConstraint(condition=~models.Q(child=models.F("parent")), name="lineage_not_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.child_id} {self.kind} {self.parent_id}"
