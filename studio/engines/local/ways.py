"""Which stock pipeline a tool's request goes by, and what that pipeline is given besides words and noise."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from studio.engines.local.loading import LoadedModel
from studio.engines.local.messages import Request

CONTROL_STRENGTH = 1.0


@dataclass(frozen=True, slots=True)
class Way:
    """A pipeline's class and further arguments of its call: `image`, `strength`, `control_image`, …"""

    kind: type[Any]
    inputs: Mapping[str, Any]


def of(model: LoadedModel, request: Request) -> Way:
    """The way that suits the model and the drawing.

    Lines alone start from pure noise: `strength` has no meaning for them, and all steps run.
    """
    params, drawing = request.job.params, request.drawing
    size = {"width": int(params["width"]), "height": int(params["height"])}
    if drawing is None:
        return Way(model.stock("noise"), size)
    strength = float(params["strength"])
    if model.control is None:
        return Way(model.stock("image"), {"image": drawing.board, "strength": strength})
    control = {"controlnet_conditioning_scale": CONTROL_STRENGTH, **size}
    if drawing.colours is None:
        return Way(model.stock("lines"), {"image": drawing.lines, **control})
    inputs = {"image": drawing.colours, "control_image": drawing.lines, "strength": strength, **control}
    return Way(model.stock("image_lines"), inputs)
