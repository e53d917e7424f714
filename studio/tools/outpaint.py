"""A picture continued beyond its edges, or into its transparent parts."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from studio.models import Model
from studio.tools.base import WholeNumber
from studio.tools.pictures import MaskForm, StrengthTool

# What must be left of the picture, in pixels of the result.
LEAST = 16
# Beyond the edges there is nothing to keep: only a trace of the continued colours.
STRENGTH = 0.95


class OutpaintForm(MaskForm):
    """`left`, `right`, `top`, `bottom`: pixels of the result (`width` x `height`) that are new. With none of them the
    whole picture is put in the middle, and what is missing at its sides is new."""

    # In the studio what is empty on the board is what is filled.
    left = WholeNumber(min_value=0, initial=0, label=_("New on the left"), shown=False)
    right = WholeNumber(min_value=0, initial=0, label=_("New on the right"), shown=False)
    top = WholeNumber(min_value=0, initial=0, label=_("New above"), shown=False)
    bottom = WholeNumber(min_value=0, initial=0, label=_("New below"), shown=False)

    @classmethod
    def defaults(cls, model: Model) -> dict[str, Any]:
        return super().defaults(model) | {"strength": STRENGTH}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for side, ends in (("width", ("left", "right")), ("height", ("top", "bottom"))):
            new = sum(cleaned.get(end) or 0 for end in ends)
            if side in cleaned and new > cleaned[side] - LEAST:
                self.add_error(ends[0], ValidationError(_("Nothing of the picture would be left."), "max_value"))
        return cleaned


class Outpaint(StrengthTool):
    name = "outpaint"
    title = _("Outpaint")
    icon = "maximize"
    hint = _("What is empty on the board is filled")
    needs = ("image",)
    sources = {"image": "cutout"}
    form_class = OutpaintForm
