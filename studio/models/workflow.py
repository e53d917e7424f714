"""Workflow templates for ComfyUI servers that an administrator has added to those that come with us."""

from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class Workflow(models.Model):
    """One template; what it has to look like is in studio/engines/comfyui/template.py, which the admin's page asks.

    `problems` is what was found when it was last held against the servers, by their names.
    """

    name = models.SlugField(_("name"), max_length=64, unique=True)
    title = models.CharField(_("title"), max_length=100)
    tools = models.JSONField(_("tools"), default=list, help_text=_('For instance ["text_to_image"].'))
    preset = models.CharField(
        _("preset"),
        max_length=20,
        blank=True,
        choices=[("person", _("People")), ("building", _("Buildings and places"))],
        help_text=_("Only for colorize: what it is for."),
    )
    family = models.CharField(
        _("family"),
        max_length=40,
        blank=True,
        validators=[RegexValidator(r"\A[\w-]+\Z")],
        help_text=_("Serves all models of this family. Empty: only models that name it in their parts."),
    )
    graph = models.JSONField(_("graph"), help_text=_("As ComfyUI exports it in the API format."))
    slots = models.JSONField(
        _("slots"),
        default=dict,
        help_text=_('What is put where, for instance {"prompt": "6.text", "seed": "3.seed"}.'),
    )
    result = models.CharField(_("result"), max_length=100, help_text=_("The node whose picture is wanted."))
    enabled = models.BooleanField(_("enabled"), default=True)

    problems = models.JSONField(_("problems"), default=dict, editable=False)
    checked_at = models.DateTimeField(_("looked at"), null=True, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("workflow")
        verbose_name_plural = _("workflows")
        permissions = [("check_workflow", "Can have workflows held against the servers")]

    def __str__(self) -> str:
        return self.title

    def document(self) -> dict[str, Any]:
        """As one of ours is written in its file."""
        return {
            "title": self.title,
            "tools": self.tools,
            "preset": self.preset,
            "family": self.family,
            "slots": self.slots,
            "result": self.result,
            "graph": self.graph,
        }
