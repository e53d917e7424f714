"""The catalogue: which models this instance offers, with which engine, for which tools, to whom."""

import hashlib
import json

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from studio.job import ModelRef
from studio.values import queues


class ModelQuerySet(models.QuerySet["Model"]):
    def usable_by(self, user: User) -> "ModelQuerySet":
        """Enabled models that `user` may use: those for everybody, and those of the user's groups."""
        mine = models.Q(groups__isnull=True) | models.Q(groups__in=user.groups.all())
        return self.filter(mine, enabled=True).distinct()


class Model(models.Model):
    """Weights and how to use them. Safetensors only: nothing here ever runs code that came with a model."""

    name = models.SlugField(_("name"), max_length=64, unique=True)
    title = models.CharField(_("title"), max_length=100)
    engine = models.CharField(_("engine"), max_length=40)
    server = models.ForeignKey(
        "studio.Server",
        models.PROTECT,
        verbose_name=_("server"),
        null=True,
        blank=True,
        help_text=_("Only for engines on other servers: this one. Empty: any of its kind that has the model."),
    )
    family = models.CharField(_("family"), max_length=40)
    source = models.CharField(_("source"), max_length=500, help_text=_("A folder, or a hub id such as org/name."))
    revision = models.CharField(_("revision"), max_length=100, blank=True)
    parts = models.JSONField(_("parts"), default=dict, blank=True, help_text=_("Further weights by role."))
    schedule = models.JSONField(
        _("schedule"), default=dict, blank=True, help_text=_("Changes to the settings of the model's scheduler.")
    )
    dtype = models.CharField(_("dtype"), max_length=20, default="auto")
    licence = models.CharField(_("licence"), max_length=100, blank=True)
    tools = models.JSONField(_("tools"), default=list)
    defaults = models.JSONField(_("defaults"), default=dict, blank=True)
    unused = models.JSONField(
        _("unused"),
        default=list,
        blank=True,
        help_text=_('Names of parameters that it takes no notice of, such as ["steps", "seed"]: they are not shown.'),
    )
    max_side = models.PositiveIntegerField(_("longest side"), default=1024)
    cost_weight = models.FloatField(
        _("cost weight"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0.0)],
        help_text=_("Device seconds for one step of one megapixel. Empty: as measured here."),
    )
    groups = models.ManyToManyField(Group, verbose_name=_("groups"), blank=True, help_text=_("Empty: for everybody."))
    queue = models.CharField(
        _("queue"),
        max_length=20,
        blank=True,
        help_text=_("Only workers that listen to this queue make it, such as gpu-large. Empty: that of its engine."),
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    pinned = models.BooleanField(
        _("pinned"), default=False, help_text=_("Stays in the device's memory once it has been used.")
    )
    position = models.PositiveIntegerField(
        _("position"), default=100, help_text=_("Lowest first; the first is the default.")
    )

    # Its files when they were fetched or looked at: {path: [bytes, SHA-256]}, for `manage.py models verify`.
    hashes = models.JSONField(default=dict, blank=True, editable=False)
    # What the settings said when this row was last filled from them: a field that differs was edited by the admin.
    seeded = models.JSONField(default=dict, editable=False)

    objects = ModelQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
        verbose_name = _("model")
        verbose_name_plural = _("models")

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """Raises ValidationError for a queue whose workers cannot run its engine."""
        own = queues.class_of(queues.of_engine(self.engine))
        if self.queue and not (queues.is_name(self.queue) and queues.class_of(self.queue) == own):
            told = _("Workers of this engine listen to queues called %(own)s, %(own)s-large and the like.")
            raise ValidationError({"queue": told % {"own": own}})

    @property
    def fingerprint(self) -> str:
        """Changes when the row names other weights or another way to use them; tells nothing about where they lie."""
        named = json.dumps([self.source, self.revision, self.parts, self.schedule, self.dtype], sort_keys=True)
        return hashlib.sha256(named.encode()).hexdigest()[:12]

    def ref(self, variant: str = "") -> ModelRef:
        """This row as the plain value that engines take; with `variant` if the model has such a part."""
        # What another server calls it is no place here, even where a folder happens to have that name.
        here = settings.ENGINE_QUEUES.get(self.engine) != "remote"
        parts = {role: place(source) if here else source for role, source in self.parts.items()}
        if self.engine == "local" and settings.SAFETY_CHECKER:
            # Its process looks by itself, on its device.
            parts = {"safety_checker": place(settings.SAFETY_CHECKER)} | parts
        return ModelRef(
            self.name,
            self.family,
            place(self.source) if here else self.source,
            self.revision,
            self.dtype,
            parts,
            variant=variant if variant in parts else "",
            schedule=self.schedule,
            pinned=self.pinned,
            server=self.server.name if self.server else "",
        )


def place(source: str) -> str:
    """What lies inside the project by its full path, so that the checkout may be moved; anything else as it is."""
    inside = settings.BASE_DIR / source
    return str(inside) if source and inside.exists() else source
