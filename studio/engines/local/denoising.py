"""One or more pictures out of one stock diffusers pipeline, with every real step reported. What goes in is the tools' affair."""

import io
import time
from collections.abc import Mapping
from typing import Any

import diffusers
import torch
from diffusers import DiffusionPipeline
from PIL import Image

from studio.engines.base import EngineError
from studio.engines.local import previews
from studio.engines.local.loading import LoadedModel
from studio.job import Job, OnStep, Output, Step


def pictures(
    model: LoadedModel, job: Job, kind: type[DiffusionPipeline], inputs: Mapping[str, Any], on_step: OnStep
) -> list[Output]:
    """Make `params["count"]` pictures one after another with seeds seed, seed + 1, …

    `inputs` are further arguments of the pipeline's call (`image`, `strength`, …). The words are encoded once. Raises
    EngineError("engine_failed") for a result that is no picture, and lets pass what `on_step` raises.
    """
    params = job.params
    pipeline = model.pipeline(kind)
    guidance = float(params["guidance_scale"])
    words, unwanted = pipeline.encode_prompt(
        params.get("prompt") or "",
        model.device,
        1,
        guidance > 1,
        params.get("negative_prompt") or "",
    )
    call = {
        "prompt_embeds": words,
        "negative_prompt_embeds": unwanted,
        "guidance_scale": guidance,
        "num_inference_steps": int(params["steps"]),
        "output_type": "latent",
        **inputs,
    }
    count = int(params["count"])
    return [
        _picture(model, pipeline, call, int(params["seed"]) + index, (index, count), on_step) for index in range(count)
    ]


def _picture(
    model: LoadedModel, pipeline: Any, call: dict[str, Any], seed: int, place: tuple[int, int], on_step: OnStep
) -> Output:
    index, count = place
    started = time.perf_counter()
    total = _real_steps(pipeline, call, model.device)
    on_step(Step("denoising", 0, total, index, count))

    def after_step(running: Any, step: int, _timestep: int, tensors: dict[str, torch.Tensor]) -> dict[str, Any]:
        guess = previews.clearest(running.scheduler, tensors["latents"])
        preview = model.projection.preview(guess)
        on_step(Step("denoising", step + 1, running.num_timesteps, index, count, preview))
        return {}

    # Noise from the CPU's generator is the same on every device.
    generator = torch.Generator().manual_seed(seed)
    latents = pipeline(**call, generator=generator, callback_on_step_end=after_step, return_dict=False)[0]
    on_step(Step("decoding", index=index, count=count))
    picture = _decode(model, pipeline, latents, generator)
    on_step(Step("decoding", index=index, count=count, preview=previews.of_picture(picture)))
    facts = {
        "scheduler": type(pipeline.scheduler).__name__,
        "steps": total,
        "control": "controlnet" in pipeline.components,
        "dtype": str(model.dtype).removeprefix("torch."),
        "device": model.device.type,
        "diffusers": diffusers.__version__,
        "torch": torch.__version__,
        "seconds": round(time.perf_counter() - started, 3),
    }
    return Output(_png(picture), "image/png", seed, facts)


def _real_steps(pipeline: Any, call: dict[str, Any], device: torch.device) -> int:
    """How many steps the pipeline is going to run: some schedulers add one, image-to-image leaves the first ones out."""
    steps = call["num_inference_steps"]
    pipeline.scheduler.set_timesteps(steps, device=device)
    if "strength" not in call:
        return len(pipeline.scheduler.timesteps)
    total = len(pipeline.get_timesteps(steps, call["strength"], device)[0])
    if total == 0:
        raise EngineError("invalid")
    return total


def _decode(model: LoadedModel, pipeline: Any, latents: torch.Tensor, generator: torch.Generator) -> Image.Image:
    vae = model.parts["vae"]
    decoded = vae.decode(latents / vae.config.scaling_factor, return_dict=False, generator=generator)[0]
    if not bool(torch.isfinite(decoded).all()):
        # Half precision overflows in some decoders: the picture would be black.
        raise EngineError("engine_failed", reason="not_a_number")
    picture: Image.Image = pipeline.image_processor.postprocess(decoded, output_type="pil")[0]
    return picture


def _png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
