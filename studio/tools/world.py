"""All that stands in a world as one model, its ground too, if wanted. It is placed on the page of worlds."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from studio.tools.base import PROMPT_LOOK, PromptField, Tool, ToolForm
from studio.tools.fields import Switch
from studio.tools.looks import Shown
from studio.values import worlds
from studio.words.errors import text


class WorldField(Shown, forms.Field):
    """A world's document (studio/values/worlds.py) in which something stands."""

    kind = "world"

    def to_python(self, value: Any) -> dict[str, Any]:
        try:
            world = worlds.read(value)
        except ValueError:
            raise ValidationError(text("invalid_world", {}), code="invalid") from None
        if not world.things:
            raise ValidationError(text("world_empty", {}), code="world_empty")
        return world.model_dump()


class WorldForm(ToolForm):
    """`prompt`: what it is called."""

    prompt = PromptField(required=False, label=_("Name"), look=PROMPT_LOOK)
    world = WorldField(shown=False, label=_("World"), help_text=_("What stands where, as docs/worlds.md says."))
    ground = Switch(initial=True, label=_("With the ground"))

    def clean(self) -> dict[str, Any]:
        # What every generation has: one result, and a seed, which changes nothing about it.
        return super().clean() | {"count": 1, "seed": 0}


class World(Tool):
    name = worlds.TOOL
    title = _("World")
    icon = "mountain"
    hint = _("All that stands in a world becomes one model")
    makes = "model"
    queue = "cpu"
    on_board = False
    form_class = WorldForm

    def places(self, params: dict[str, Any]) -> set[UUID]:
        return worlds.works(worlds.read(params["world"]))

    def effort(self, params: dict[str, Any]) -> float:
        """How many models stand in it."""
        return float(len(params["world"]["things"]))

    def real_steps(self, params: dict[str, Any]) -> int:
        return 0
