"""A picture that follows a drawing: its lines by ControlNet, its colours by image-to-image."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from studio.models import Model
from studio.tools.base import Decimal
from studio.tools.fields import Choice, Switch
from studio.tools.pictures import ADVANCED, StrengthForm, StrengthTool

# What may lead the picture. A model can do those for which it has a part `controlnet_<name>`; "none" is left to its
# image-to-image, which every model can do.
NONE = "none"
CONTROLS = [
    ("scribble", _("Its lines, loosely")),
    ("lineart", _("Its lines, closely")),
    ("canny", _("The edges of a picture")),
    (NONE, _("Its colours only")),
]
PART = "controlnet_"


class SketchToImageForm(StrengthForm):
    """`control` leads the picture, by `control_strength`, from `control_start` to `control_end` of the steps. The
    others say how the drawing is read: see engines/board/sketch.py."""

    control = Choice(
        choices=CONTROLS,
        label=_("What leads the picture"),
        look=ADVANCED,
        error_messages={"invalid_choice": _("This model cannot do that.")},
    )
    control_strength = Decimal(min_value=0, max_value=2, initial=1.0, label=_("How strictly"), look=ADVANCED)
    control_start = Decimal(
        min_value=0, max_value=1, initial=0.0, label=_("From this part of the steps"), look=ADVANCED
    )
    control_end = Decimal(min_value=0, max_value=1, initial=1.0, label=_("To this part of the steps"), look=ADVANCED)
    invert = Switch(initial=False, label=_("Light lines on dark paper"), look=ADVANCED)
    threshold = Decimal(min_value=0.02, max_value=0.9, initial=0.1, label=_("Leave out fainter marks"), look=ADVANCED)
    contrast = Decimal(min_value=0.25, max_value=4, initial=1.0, label=_("Contrast"), look=ADVANCED)
    crop = Switch(initial=False, label=_("Without the empty paper around it"), look=ADVANCED)

    def __init__(self, params: dict[str, Any], model: Model) -> None:
        super().__init__(params, model)
        names = offered(model)
        self.fields["control"].choices = [each for each in CONTROLS if each[0] in names]  # type: ignore[attr-defined]

    @classmethod
    def defaults(cls, model: Model) -> dict[str, Any]:
        return {"control": offered(model)[0]} | super().defaults(model)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("control_start", 0.0) > cleaned.get("control_end", 1.0):
            self.add_error("control_start", ValidationError(_("This must come before the end."), "max_value"))
        return cleaned


class SketchToImage(StrengthTool):
    name = "sketch_to_image"
    title = _("Sketch to image")
    icon = "pencil"
    hint = _("Your drawing leads the picture")
    when = "drawn"
    needs = ("sketch",)
    form_class = SketchToImageForm


def offered(model: Model) -> list[str]:
    """What may lead the pictures of `model`, its default first."""
    known = {role.removeprefix(PART) for role in model.parts if role.startswith(PART)}
    return [name for name, _title in CONTROLS if name in known or name == NONE]
