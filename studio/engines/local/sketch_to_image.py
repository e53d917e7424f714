"""Sketch to image: the lines of a drawing through a scribble ControlNet, its colours through image-to-image."""

from typing import Any

from diffusers import (
    StableDiffusionControlNetImg2ImgPipeline,
    StableDiffusionControlNetPipeline,
    StableDiffusionImg2ImgPipeline,
)

from studio.engines.local import denoising, sketch
from studio.engines.local.loading import LoadedModel
from studio.engines.local.sketch import Sketch
from studio.engines.local.text_to_image import OpenModel
from studio.job import Job, OnStep, Output, Step

CONTROL_STRENGTH = 1.0


def make(job: Job, open_model: OpenModel, on_step: OnStep) -> list[Output]:
    """The pictures of `job`, in order. Raises EngineError("invalid_image") before any model is touched."""
    drawing = sketch.read(job.inputs["sketch"], int(job.params["width"]), int(job.params["height"]))
    with open_model(job, on_step) as model:
        on_step(Step("encoding", count=int(job.params["count"])))
        kind, inputs = _way(model, drawing, job)
        return denoising.pictures(model, job, kind, inputs, on_step=on_step)


def _way(model: LoadedModel, drawing: Sketch, job: Job) -> tuple[type[Any], dict[str, Any]]:
    """The pipeline that suits the model and the drawing, and what it is given.

    Lines alone start from pure noise: `strength` has no meaning for them, and all steps run.
    """
    size = {"width": int(job.params["width"]), "height": int(job.params["height"])}
    strength = float(job.params["strength"])
    if model.control is None:
        return StableDiffusionImg2ImgPipeline, {"image": drawing.board, "strength": strength}
    control = {"controlnet_conditioning_scale": CONTROL_STRENGTH}
    if drawing.colours is None:
        return StableDiffusionControlNetPipeline, {"image": drawing.lines, **control, **size}
    inputs: dict[str, Any] = {
        "image": drawing.colours,
        "control_image": drawing.lines,
        "strength": strength,
        **control,
        **size,
    }
    return StableDiffusionControlNetImg2ImgPipeline, inputs
