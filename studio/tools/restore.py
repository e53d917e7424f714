"""A photo without its scratches, dust and grain, before it is coloured, say."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from studio.models import Model
from studio.tools.base import Decimal, Tool, ToolForm, WholeNumber
from studio.tools.upscale import megapixels, without_size
from studio.words.errors import Refused

LEAST_SIDE = 8


class RestoreForm(ToolForm):
    """`grain`: how much of it goes; `scratches`: how readily something is taken for one, 0 looks for none.

    `width` and `height` become the photo's own, whatever is asked.
    """

    grain = Decimal(
        min_value=0,
        max_value=1,
        initial=0.4,
        label=_("Take out grain"),
        help_text=_("Half is about as much as there is. More makes skin look like wax."),
        look={"step": 0.05},
    )
    scratches = Decimal(
        min_value=0,
        max_value=1,
        initial=0.4,
        label=_("Find scratches and dust"),
        help_text=_("0 repairs only what you mark with the mask brush. High takes thin things for scratches."),
        look={"step": 0.05},
    )

    width = WholeNumber(required=False, label=_("Width"), shown=False)
    height = WholeNumber(required=False, label=_("Height"), shown=False)

    @classmethod
    def defaults(cls, model: Model) -> dict[str, Any]:
        return without_size(super().defaults(model))

    def clean(self) -> dict[str, Any]:
        # What every generation has: one picture, and a seed, which changes nothing about it.
        return super().clean() | {"count": 1, "seed": 0, "width": None, "height": None}


class Restore(Tool):
    name = "restore"
    title = _("Restore")
    icon = "history"
    hint = _("Scratches, dust and grain go out of a photo")
    needs = ("image",)
    takes = ("mask",)
    sources = Tool.sources | {"image": "photo"}
    form_class = RestoreForm
    many = True
    counts_pixels = True

    def fitted(self, params: dict[str, Any], given: Mapping[str, tuple[int, int]], model: Model) -> dict[str, Any]:
        """With the photo's own size. Raises Refused: image_too_small, and nothing_asked where nothing would change."""
        width, height = given["image"]
        if min(width, height) < LEAST_SIDE:
            raise Refused("image_too_small", limit=LEAST_SIDE)
        if not params["grain"] and not params["scratches"] and "mask" not in given:
            raise Refused("nothing_asked")
        return params | {"width": width, "height": height}

    def effort(self, params: dict[str, Any]) -> float:
        """Megapixels."""
        return megapixels(params)

    def real_steps(self, params: dict[str, Any]) -> int:
        return 0
