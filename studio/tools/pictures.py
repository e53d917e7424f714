"""What tools that go on from a picture have in common: how much of it stays, how it is fitted, how edges are made."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from studio.engines import samplers
from studio.tools.base import Decimal, ImageForm, Tool, WholeNumber
from studio.tools.fields import Choice, Switch

ADVANCED = {"advanced": True}
FITS = [("crop", _("Cut off what is too much")), ("stretch", _("Stretch it"))]


class StrengthForm(ImageForm):
    """`strength`: 0 would keep the picture, 1 replaces it."""

    strength = Decimal(
        min_value=0.05,
        max_value=1,
        label=_("Strength"),
        help_text=_("Low keeps your drawing, high lets the model paint over it."),
        look={"step": 0.05},
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "steps" in cleaned and "strength" in cleaned and real_steps(cleaned) < 1:
            self.add_error(
                "strength", ValidationError(_("Too low for so few steps: nothing would change."), "min_value")
            )
        return cleaned


class PictureForm(StrengthForm):
    """`fit`: what happens to a picture whose proportions are not those of `width` and `height`."""

    # The board has the picture's shape already.
    fit = Choice(choices=FITS, initial="crop", label=_("If the shape differs"), shown=False)


class MaskForm(StrengthForm):
    """Only a part is made anew. `feather`: over how many pixels around it the new fades into the old, which is kept to
    the bit beyond; without `keep_original` everything has gone through the model once."""

    feather = WholeNumber(min_value=0, max_value=64, initial=8, label=_("Soft edge"), look=ADVANCED)
    keep_original = Switch(initial=True, label=_("Keep the rest untouched"), look=ADVANCED)


class StrengthTool(Tool):
    """A tool whose pictures start part of the way in."""

    form_class = StrengthForm

    def real_steps(self, params: dict[str, Any]) -> int:
        return samplers.calls(params.get("sampler", ""), real_steps(params))


def real_steps(params: dict[str, Any]) -> int:
    """Image-to-image starts part of the way in: only steps x strength of the steps run (diffusers counts so too)."""
    return min(int(params["steps"] * params["strength"]), int(params["steps"]))
