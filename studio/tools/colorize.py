"""Colours for a black-and-white photo: by a model, by strokes of colour that a person paints, or by both."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from studio.engines.photo import presets, sizes
from studio.models import Model
from studio.tools.base import Decimal, Tool, ToolForm, WholeNumber
from studio.tools.fields import Choice, Switch
from studio.tools.upscale import without_size
from studio.words.errors import Refused

# The family of models that give colours by themselves; any other engine has nothing but the hints.
FAMILY = "ddcolor"
LEAST_SIDE = 32
# A photo may be so many times as long as high: beyond, what a network sees of it has no height left.
LONGEST_SHAPE = 25
# Seconds, roughly: for a megapixel of the photo, for one that a network sees, and for hints spread on so many pixels.
PHOTO, SEEN, HINTED, HINTS_SEEN = 0.5, 6.0, 1.5, 260_000

PRESETS = [("auto", _("By the photo")), ("person", _("People")), ("building", _("Buildings and places"))]
ADVANCED = {"advanced": True}


class ColorizeForm(ToolForm):
    """`network_size`: the side of a square of as many pixels as the model sees of the photo; 0 leaves it to `preset`.

    `width` and `height` become the photo's own, whatever is asked. `seed` changes nothing.
    """

    preset = Choice(choices=PRESETS, initial="auto", label=_("What it shows"), kind="pictured")
    three = Switch(
        initial=False, label=_("Three sizes side by side"), help_text=_("Three results to choose from, in one go.")
    )
    hints = Switch(initial=True, label=_("Use my colour hints"))
    saturation = Decimal(min_value=0, max_value=2, initial=1.0, label=_("Colour strength"), look={"step": 0.05})
    network_size = WholeNumber(
        min_value=0,
        max_value=presets.MOST_SIZE,
        initial=0,
        label=_("Network size"),
        help_text=_("Smaller: broad, calm colours. Larger: more detail, more time. 0: by what it shows."),
        look=ADVANCED | {"step": 32},
    )
    width = WholeNumber(required=False, label=_("Width"), shown=False)
    height = WholeNumber(required=False, label=_("Height"), shown=False)

    # What means nothing without a network.
    OF_A_NETWORK = ("preset", "three", "saturation", "network_size")

    def __init__(self, params: dict[str, Any], model: Model) -> None:
        super().__init__(params, model)
        if model.family != FAMILY:
            for name in self.OF_A_NETWORK:
                del self.fields[name]

    @classmethod
    def defaults(cls, model: Model) -> dict[str, Any]:
        return without_size(super().defaults(model))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if 0 < (cleaned.get("network_size") or 0) < presets.LEAST_SIZE:
            limit = {"limit": presets.LEAST_SIZE}
            self.add_error("network_size", ValidationError(_("At least %(limit)s, or 0."), "min_value", limit))
        if self.model.family != FAMILY:
            cleaned |= {"preset": "", "three": False, "saturation": 1.0, "network_size": 0}
        return cleaned | {"count": 3 if cleaned.get("three") else 1, "seed": 0, "width": None, "height": None}


class Colorize(Tool):
    name = "colorize"
    title = _("Colorize")
    icon = "palette"
    hint = _("A black-and-white photo gets its colours")
    needs = ("image",)
    takes = ("hints",)
    deep = ("image",)
    sources = Tool.sources | {"image": "photo"}
    form_class = ColorizeForm
    counts_pixels = True
    many = True

    def asks(self, model: Model) -> tuple[str, ...]:
        return () if model.family == FAMILY else ("hints",)

    def fitted(self, params: dict[str, Any], given: Mapping[str, tuple[int, int]], model: Model) -> dict[str, Any]:
        """With the photo's own size. Raises Refused: image_too_small, image_too_long, and hints_required where there
        are none and the model has no colours of its own."""
        width, height = given["image"]
        if min(width, height) < LEAST_SIDE:
            raise Refused("image_too_small", limit=LEAST_SIDE)
        if max(width, height) > LONGEST_SHAPE * min(width, height):
            raise Refused("image_too_long", limit=LONGEST_SHAPE)
        hinted = bool(params["hints"] and "hints" in given)
        if self.asks(model) and not hinted:
            raise Refused("hints_required")
        return params | {"width": width, "height": height, "hints": hinted}

    def effort(self, params: dict[str, Any]) -> float:
        """Megapixels of the photo, of what a network sees of it, and of what hints are spread on: as long each as they
        take on a processor. What a model's face detector will say of the photo is not known yet: where the size is left
        to the photo, its own size is the guess, as without a detector."""
        pixels = int(params.get("width") or 0) * int(params.get("height") or 0)
        if not pixels:
            return 0.0
        seen = sizes.asked(params, int(params["width"]), int(params["height"])) if params.get("preset") else []
        hinted = HINTED * min(1.0, pixels / HINTS_SEEN) if params.get("hints") else 0.0
        each = PHOTO * pixels / 1e6 + hinted
        return sum(SEEN * size * size / 1e6 + each for size in seen) or each

    def one_of(self, params: dict[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
        """By the size that this one was seen at, and not three side by side."""
        alone = {"three": False, "count": 1}
        return params | alone | ({"network_size": facts["network_size"]} if params.get("three") else {})

    def real_steps(self, params: dict[str, Any]) -> int:
        return 0
