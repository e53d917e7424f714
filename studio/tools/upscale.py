"""A picture made two or four times as large: by a network where the model has one, else by Lanczos."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from studio.models import Model
from studio.tools.base import Tool, ToolForm, WholeNumber, can_enlarge

# Families that can do nothing else, or need no network for it.
ABLE = {"esrgan", "plain"}


class UpscaleForm(ToolForm):
    """`scale`: how many times as wide and as high."""

    scale = WholeNumber(min_value=2, max_value=4, step_size=2, initial=2, label=_("Enlarge"), kind="choice")

    def offered(self, name: str) -> list[tuple[Any, Any]]:
        return [(2, "2 ×"), (4, "4 ×")] if name == "scale" else super().offered(name)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not _enlarges(self.model):
            self.add_error(None, ValidationError(_("This model cannot do that."), "invalid"))
        # What every generation has: one picture, and a seed, which changes nothing about it.
        return cleaned | {"count": 1, "seed": 0}


class Upscale(Tool):
    name = "upscale"
    title = _("Upscale")
    icon = "zoom-in"
    hint = _("The board's picture is made larger")
    needs = ("image",)
    form_class = UpscaleForm

    def real_steps(self, params: dict[str, Any]) -> int:
        return 0


def _enlarges(model: Model) -> bool:
    return can_enlarge(model) or model.family in ABLE
