"""The catalogue's additions to models: LoRAs, and embeddings that a token of the prompt stands for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from studio.job import AdapterRef

MOST_WEIGHT = 2.0


class AdapterQuerySet(models.QuerySet["Adapter"]):
    def usable_by(self, user: User) -> "AdapterQuerySet":
        """Enabled ones that `user` may use: those for everybody, and those of the user's groups."""
        mine = models.Q(groups__isnull=True) | models.Q(groups__in=user.groups.all())
        return self.filter(mine, enabled=True).distinct()

    def refs(self, user: User, family: str, params: Mapping[str, Any]) -> tuple[AdapterRef, ...]:
        """What a job of `user` adds to a model of `family`: the LoRAs in `params`, and each embedding that the user may
        use whose token is in a prompt. Raises Adapter.DoesNotExist with the name of a LoRA that is gone or off.
        """
        chosen = params.get("loras") or []
        names = [entry["name"] for entry in chosen]
        found = self.filter(kind=Adapter.Kind.LORA, family=family, enabled=True, name__in=names) if names else []
        loras = {row.name: row for row in found}
        for name in names:
            if name not in loras:
                raise Adapter.DoesNotExist(name)
        text = f"{params.get('prompt') or ''}\n{params.get('negative_prompt') or ''}"
        embeddings = self.usable_by(user).filter(kind=Adapter.Kind.EMBEDDING, family=family)
        return (
            *(loras[entry["name"]].ref(float(entry["weight"])) for entry in chosen),
            *(row.ref() for row in embeddings if row.token in text),
        )


class Adapter(models.Model):
    """A safetensors file that changes what models of one family make: a LoRA, or an embedding for a token."""

    class Kind(models.TextChoices):
        LORA = "lora", "LoRA"
        EMBEDDING = "embedding", _("embedding")

    name = models.SlugField(_("name"), max_length=64, unique=True)
    title = models.CharField(_("title"), max_length=100)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.LORA)
    family = models.CharField(_("family"), max_length=40, default="sd")
    source = models.CharField(_("source"), max_length=500, help_text=_("A safetensors file, or its folder."))
    token = models.CharField(
        _("token"), max_length=64, blank=True, help_text=_("Embeddings only: the word in prompts that it is.")
    )
    words = models.CharField(
        _("trigger words"), max_length=200, blank=True, help_text=_("What it was trained to be called by.")
    )
    weight = models.FloatField(
        _("weight"),
        default=1.0,
        validators=[MinValueValidator(-MOST_WEIGHT), MaxValueValidator(MOST_WEIGHT)],
        help_text=_("LoRAs only: how strongly it counts unless somebody says otherwise."),
    )
    licence = models.CharField(_("licence"), max_length=100, blank=True)
    groups = models.ManyToManyField(Group, verbose_name=_("groups"), blank=True, help_text=_("Empty: for everybody."))
    enabled = models.BooleanField(_("enabled"), default=True)
    position = models.PositiveIntegerField(_("position"), default=100, help_text=_("Lowest first."))

    objects = AdapterQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
        verbose_name = _("LoRA or embedding")
        verbose_name_plural = _("LoRAs and embeddings")

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """An embedding is found by its token, which has to be a word of its own."""
        if self.kind == self.Kind.EMBEDDING and (not self.token or self.token != "".join(self.token.split())):
            raise ValidationError({"token": _("An embedding needs a token without spaces.")})

    def ref(self, weight: float | None = None) -> AdapterRef:
        """This row as the plain value that engines take."""
        place, own = _place(self.source), self.weight if weight is None else weight
        if self.kind == self.Kind.EMBEDDING:
            return AdapterRef(self.name, "embedding", place, token=self.token)
        return AdapterRef(self.name, "lora", place, own)


def _place(source: str) -> str:
    """A path inside the project in full, so that the checkout may be moved; anything else as it is."""
    inside = Path(settings.BASE_DIR) / source
    return str(inside) if inside.exists() else source
