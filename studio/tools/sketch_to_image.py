"""A picture that follows a drawing: its lines by ControlNet, its colours by image-to-image."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from studio.engines import samplers
from studio.tools.base import Decimal, ImageForm, Tool


class SketchToImageForm(ImageForm):
    strength = Decimal(min_value=0.05, max_value=1, label=_("Strength"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "steps" in cleaned and "strength" in cleaned and real_steps(cleaned) < 1:
            self.add_error(
                "strength", ValidationError(_("Too low for so few steps: nothing would change."), "min_value")
            )
        return cleaned


class SketchToImage(Tool):
    name = "sketch_to_image"
    title = _("Sketch to image")
    icon = "pencil"
    needs = ("sketch",)
    form_class = SketchToImageForm

    def real_steps(self, params: dict[str, Any]) -> int:
        return samplers.calls(params.get("sampler", ""), real_steps(params))


def real_steps(params: dict[str, Any]) -> int:
    """Image-to-image starts part of the way in: only steps x strength of the steps run (diffusers counts so too)."""
    return min(int(params["steps"] * params["strength"]), int(params["steps"]))
