"""What ComfyUI's clients sent: graphs as they were, for the queue and the history, and pictures by their names."""

from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

_COMMAND = "comfy-"


class ComfyPromptQuerySet(models.QuerySet["ComfyPrompt"]):
    def prune(self) -> int:
        """Forget all but the newest COMFY_PROMPTS_KEPT of each person; returns how many."""
        kept, removed = settings.COMFY_PROMPTS_KEPT, 0
        crowded = self.order_by().values("owner").annotate(count=models.Count("pk")).filter(count__gt=kept)
        for owner in [row["owner"] for row in crowded]:
            newest = self.filter(owner=owner).order_by("-pk").values_list("pk", flat=True)
            removed += self.filter(owner=owner, pk__lt=newest[kept - 1]).delete()[0]
        return removed


class ComfyPrompt(models.Model):
    """A graph that was sent, made by the generation whose `command` this is.

    `client` is the sender's own name for itself, `number` counts the person's prompts. `graph` and `extra` are as they
    were sent; `nodes` are (id, class) of those that count, in the order of execution, `outputs` the last of them.
    `told`: the end was sent to a socket of `client`.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="comfy_prompts", verbose_name=_("owner")
    )
    prompt_id = models.UUIDField(editable=False)
    client = models.CharField(max_length=80, blank=True)
    number = models.PositiveIntegerField()
    graph = models.JSONField()
    extra = models.JSONField(default=dict)
    nodes = models.JSONField()
    outputs = models.JSONField()
    told = models.BooleanField(default=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = ComfyPromptQuerySet.as_manager()

    class Meta:
        verbose_name = _("ComfyUI prompt")
        verbose_name_plural = _("ComfyUI prompts")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["owner", "prompt_id"], name="comfy_prompt_once")]

    @property
    def command(self) -> str:
        """The command of its generation."""
        return command_of(self.prompt_id)


class ComfyPicture(models.Model):
    """A picture that was uploaded under a name: `folder` is "input" or "temp", `name` has its subfolder in front.

    `sha256` is that of the bytes as they were sent: the same picture under the same name is kept once.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="comfy_pictures", verbose_name=_("owner")
    )
    folder = models.CharField(max_length=8)
    name = models.CharField(max_length=250)
    sha256 = models.CharField(max_length=64)
    input = models.ForeignKey("studio.Input", models.CASCADE, related_name="+")
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("ComfyUI picture")
        verbose_name_plural = _("ComfyUI pictures")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["owner", "folder", "name"], name="comfy_picture_once")]


def command_of(prompt_id: UUID) -> str:
    """The command of a prompt's generation."""
    return f"{_COMMAND}{prompt_id}"


def prompt_of(command: str) -> UUID | None:
    """The reverse; None for a command of something else."""
    try:
        return UUID(command.removeprefix(_COMMAND)) if command.startswith(_COMMAND) else None
    except ValueError:
        return None
