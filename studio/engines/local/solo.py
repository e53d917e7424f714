"""A job through one stock diffusers pipeline, alone: what the batcher must equal, and what it is measured against."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image

from studio.engines.base import EngineError
from studio.engines.board import scenes
from studio.engines.board.scenes import Finish
from studio.engines.local import adapters, messages, previews, scaling, ways, words
from studio.engines.local.loading import LoadedModel
from studio.engines.local.messages import Request
from studio.engines.local.ways import Way
from studio.job import Job, OnStep, Output, Step

# What `encode_prompt` gives; the second pair only for models that take it (SDXL).
ENCODED = ("prompt_embeds", "negative_prompt_embeds", "pooled_prompt_embeds", "negative_pooled_prompt_embeds")


def run_solo(model: LoadedModel, request: Request, on_step: OnStep) -> list[Output]:
    """The pictures of `request`, in order, by the pipeline's own loop. Raises what `pictures` raises."""
    on_step(Step("encoding", count=int(request.job.params["count"])))
    way = ways.of(model, request)
    with torch.no_grad():
        return pictures(model, request.job, way, on_step=on_step)


def pictures(model: LoadedModel, job: Job, way: Way, *, on_step: OnStep) -> list[Output]:
    """Make `params["count"]` pictures one after another with seeds seed, seed + 1, …

    The words are encoded once. Raises EngineError("no_picture") for a result that is no picture; lets pass what
    `on_step` raises.
    """
    params = job.params
    pipeline = model.pipeline(way.kind, params.get("sampler") or "", way.control)
    with _adapted(pipeline, job):
        call = {
            **_encoded(model, pipeline, job),
            "guidance_scale": float(params["guidance_scale"]),
            "num_inference_steps": int(params["steps"]),
            "output_type": "latent",
            "return_dict": False,
            **way.inputs,
        }
        run = _Run(model, pipeline, call, int(params["count"]), on_step, scenes.finisher(job), messages.times(job))
        return [run.picture(index, int(params["seed"]) + index) for index in range(run.count)]


def _encoded(model: LoadedModel, pipeline: Any, job: Job) -> dict[str, torch.Tensor | None]:
    """The words for the pipeline's call: encoded by itself, where it can read them."""
    prompt, unwanted = job.params.get("prompt") or "", job.params.get("negative_prompt") or ""
    guided = float(job.params["guidance_scale"]) > 1
    if words.needs_chunks(pipeline, [unwanted, prompt]):
        rows = words.encode(model, pipeline, prompt, unwanted if guided else None)
        pairs = [rows.rows, *([] if rows.pooled is None else [rows.pooled])]
        encoded = [part for pair in pairs for part in (pair[-1:], pair[:1] if guided else None)]
    else:
        encoded = pipeline.encode_prompt(
            prompt=words.bare(prompt),
            device=model.device,
            num_images_per_prompt=1,
            do_classifier_free_guidance=guided,
            negative_prompt=words.bare(unwanted) or None,
        )
    return dict(zip(ENCODED, encoded, strict=False))


@contextmanager
def _adapted(pipeline: Any, job: Job) -> Iterator[None]:
    """Inside, the job's LoRAs and embeddings are loaded as diffusers documents it. Nothing of them stays."""
    loras = [ref for ref in job.adapters if ref.kind == "lora"]
    tokens = [ref for ref in job.adapters if ref.kind == "embedding"]
    try:
        for at, ref in enumerate(loras):
            pipeline.load_lora_weights(str(adapters.file_of(ref)), adapter_name=f"lora_{at}")
        if loras:
            pipeline.set_adapters([f"lora_{at}" for at in range(len(loras))], [ref.weight for ref in loras])
        for ref in tokens:
            pipeline.load_textual_inversion(str(adapters.file_of(ref)), token=ref.token)
        yield
    finally:
        if loras:
            pipeline.unload_lora_weights()
        if tokens:
            pipeline.unload_textual_inversion()


@dataclass(frozen=True, slots=True)
class _Run:
    """One pipeline and how it is called, for each of `count` pictures."""

    model: LoadedModel
    pipeline: Any
    call: dict[str, Any]
    count: int
    on_step: OnStep
    finish: Finish
    times: int

    def picture(self, index: int, seed: int) -> Output:
        """The picture `index` (from 0), from the noise of `seed`."""
        started = time.perf_counter()
        total = self._real_steps()
        self.on_step(Step("denoising", 0, total, index, self.count))

        def after_step(running: Any, step: int, _time: int, tensors: dict[str, torch.Tensor]) -> dict[str, Any]:
            guess = previews.clearest(running.scheduler, tensors["latents"])
            assert self.model.projection is not None
            preview = self.model.projection.preview(guess)
            self.on_step(Step("denoising", step + 1, running.num_timesteps, index, self.count, preview))
            return {}

        # Noise from the CPU's generator is the same on every device.
        generator = torch.Generator().manual_seed(seed)
        latents = self.pipeline(**self.call, generator=generator, callback_on_step_end=after_step)[0]
        self.on_step(Step("decoding", index=index, count=self.count))
        picture = self.finish(self._decode(latents, generator))
        self.on_step(Step("decoding", index=index, count=self.count, preview=messages.of_picture(picture)))
        return Output(messages.png(picture), "image/png", seed, self._facts(total, time.perf_counter() - started))

    def _real_steps(self) -> int:
        """How many steps will really run: some schedulers add one, image-to-image leaves the first ones out."""
        steps, scheduler = self.call["num_inference_steps"], self.pipeline.scheduler
        scheduler.set_timesteps(steps, device=self.model.device)
        if "strength" not in self.call:
            return len(scheduler.timesteps)
        total = len(self.pipeline.get_timesteps(steps, self.call["strength"], self.model.device)[0])
        if total == 0:
            raise EngineError("invalid")
        return total

    def _decode(self, latents: torch.Tensor, generator: torch.Generator) -> Image.Image:
        vae = self.model.parts["vae"]
        # As stock SDXL does: its decoder says that half precision overflows in it.
        upcast = latents.dtype == torch.float16 and vae.config.get("force_upcast")
        with scaling.in_full(vae) if upcast else nullcontext():
            given = scaling.to_decoder(vae, latents.float() if upcast else latents)
            decoded = vae.decode(given, return_dict=False, generator=generator)[0]
        if not bool(torch.isfinite(decoded).all()):
            # Half precision overflows in some decoders: the picture would be black.
            raise EngineError("no_picture")
        if self.times > 1:
            assert self.model.upscaler is not None
            decoded = self.model.upscaler(decoded.clamp(-1, 1))
        picture: Image.Image = self.pipeline.image_processor.postprocess(decoded, output_type="pil")[0]
        return picture

    def _facts(self, steps: int, seconds: float) -> dict[str, Any]:
        return self.model.facts(self.pipeline) | {"steps": steps, "seconds": round(seconds, 3)}
