"""A picture made two or four times as large: by a network where the model has one, else by Lanczos."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from studio.models import Model
from studio.tools.base import Tool, ToolForm, WholeNumber, can_enlarge
from studio.words.errors import Refused

# Families that can do nothing else, or need no network for it.
ABLE = {"esrgan", "plain"}


class UpscaleForm(ToolForm):
    """`scale`: how many times as wide and as high. `width` and `height` become the picture's own, whatever is asked."""

    scale = WholeNumber(min_value=2, max_value=4, step_size=2, initial=2, label=_("Enlarge"), kind="choice")
    width = WholeNumber(required=False, label=_("Width"), shown=False)
    height = WholeNumber(required=False, label=_("Height"), shown=False)

    @classmethod
    def defaults(cls, model: Model) -> dict[str, Any]:
        return without_size(super().defaults(model))

    def offered(self, name: str) -> list[tuple[Any, Any]]:
        return [(2, "2 ×"), (4, "4 ×")] if name == "scale" else super().offered(name)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not _enlarges(self.model):
            self.add_error(None, ValidationError(_("This model cannot do that."), "invalid"))
        # What every generation has: one picture, and a seed, which changes nothing about it.
        return cleaned | {"count": 1, "seed": 0, "width": None, "height": None}


class Upscale(Tool):
    name = "upscale"
    title = _("Upscale")
    icon = "zoom-in"
    hint = _("The board's picture is made larger")
    needs = ("image",)
    form_class = UpscaleForm
    many = True
    counts_pixels = True

    def fitted(self, params: dict[str, Any], given: Mapping[str, tuple[int, int]], model: Model) -> dict[str, Any]:
        """With the picture's own size. Raises Refused("image_too_large") for a result of too many pixels."""
        (width, height), times = given["image"], int(params["scale"])
        if width * height * times**2 > settings.INPUT_MAX_PIXELS:
            raise Refused("image_too_large", limit=f"{settings.INPUT_MAX_PIXELS / times**2 / 1_000_000:.3g} MP")
        return params | {"width": width, "height": height}

    def effort(self, params: dict[str, Any]) -> float:
        """Megapixels of the result."""
        return megapixels(params) * int(params.get("scale") or 2) ** 2

    def real_steps(self, params: dict[str, Any]) -> int:
        return 0


def without_size(params: dict[str, Any]) -> dict[str, Any]:
    """`params` of a tool whose size is the picture's own, not the model's."""
    return {name: value for name, value in params.items() if name not in ("width", "height")}


def megapixels(params: dict[str, Any]) -> float:
    """Of the picture that was given, where `params` were fitted to it."""
    return int(params.get("width") or 0) * int(params.get("height") or 0) / 1_000_000


def _enlarges(model: Model) -> bool:
    return can_enlarge(model) or model.family in ABLE
