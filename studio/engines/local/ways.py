"""Which stock pipeline a tool's request goes by, and what that pipeline is given besides words and noise."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from studio.engines.base import EngineError
from studio.engines.local.loading import LoadedModel
from studio.engines.local.messages import Request


@dataclass(frozen=True, slots=True)
class Way:
    """A pipeline's class and further arguments of its call: `image`, `strength`, `control_image`, …

    `control` is the role of the ControlNet that it goes by, if it does.
    """

    kind: type[Any]
    inputs: Mapping[str, Any]
    control: str = ""


def of(model: LoadedModel, request: Request) -> Way:
    """The way that suits the model and what came with the job.

    Lines alone start from pure noise: `strength` has no meaning for them, and all steps run. Raises
    EngineError("model_unavailable") when an inpainting model is to make anything else.
    """
    params, drawing, scene = request.job.params, request.drawing, request.scene
    size = {"width": int(params["width"]), "height": int(params["height"])}
    if scene is not None and scene.mask is not None:
        masked = {"image": scene.image, "mask_image": scene.mask, "strength": float(params["strength"])}
        return Way(model.stock("mask"), masked | size)
    if model.inpaints_only:
        raise EngineError("model_unavailable", model=model.ref.name)
    if scene is not None:
        return Way(model.stock("image"), {"image": scene.image, "strength": float(params["strength"])})
    if drawing is None:
        return Way(model.stock("noise"), size)
    strength = float(params["strength"])
    if not drawing.control:
        return Way(model.stock("image"), {"image": drawing.board, "strength": strength})
    control = {
        "controlnet_conditioning_scale": float(params.get("control_strength", 1.0)),
        "control_guidance_start": float(params.get("control_start", 0.0)),
        "control_guidance_end": float(params.get("control_end", 1.0)),
        **size,
    }
    if drawing.colours is None:
        return Way(model.stock("lines"), {"image": drawing.lines, **control}, drawing.control)
    inputs = {"image": drawing.colours, "control_image": drawing.lines, "strength": strength, **control}
    return Way(model.stock("image_lines"), inputs, drawing.control)
