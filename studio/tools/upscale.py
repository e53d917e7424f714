"""A picture made twice as large."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from studio.tools.base import Tool, ToolForm, can_enlarge


class UpscaleForm(ToolForm):
    """Nothing to choose."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not can_enlarge(self.model):
            self.add_error(None, ValidationError(_("This model cannot do that."), "invalid"))
        # What every generation has: one picture, and a seed, which changes nothing about it.
        return cleaned | {"count": 1, "seed": 0}


class Upscale(Tool):
    name = "upscale"
    title = _("Upscale")
    icon = "zoom-in"
    hint = _("The board's picture is made twice as large")
    needs = ("image",)
    form_class = UpscaleForm

    def real_steps(self, params: dict[str, Any]) -> int:
        return 0
