"""One picture in the making each: its noise, its words, its own scheduler and place, set up as its stock pipeline does.

The steps themselves are stepping.py's. Follows diffusers' StableDiffusion…Pipeline.__call__ up to its loop; that both
come to the same picture is tested (tests/studio/engines/test_exact.py).
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

import torch

from studio.engines.base import EngineError
from studio.engines.local import controls, encoding, masks, sampling, ways
from studio.engines.local.adapters import NOTHING, Additions
from studio.engines.local.controls import Guide
from studio.engines.local.encoding import Encoder, Encodings
from studio.engines.local.loading import LoadedModel
from studio.engines.local.masks import Known, Start
from studio.engines.local.messages import Request
from studio.engines.local.mixing import Pick
from studio.engines.local.order import OfJob
from studio.engines.local.sampling import Sampling
from studio.engines.local.ways import Way
from studio.engines.local.words import Encoded, Words
from studio.job import Job


@dataclass(eq=False, slots=True)
class Slot(OfJob):
    """Picture `index` of a job. `words` has one row, or two with guidance: the unwanted, then the wanted.

    `sampling` holds the latents; `timesteps` are those that the network is told; `added` are the conditions beside the
    words by the UNet's names, a row each, where it takes any; `picks` are its LoRAs; `known` and `beside` belong to
    pictures with a mask (masks.py); `position` counts the steps done.
    """

    job: Job
    index: int
    seed: int
    model: LoadedModel
    pipeline: Any
    generator: torch.Generator
    sampling: Sampling
    timesteps: list[float]
    words: torch.Tensor
    guidance: float
    control: Guide | None
    condition: torch.Tensor | None
    added: dict[str, torch.Tensor] = field(default_factory=dict)
    known: Known | None = None
    beside: torch.Tensor | None = None
    picks: tuple[Pick, ...] = ()
    position: int = 0
    seconds: float = 0.0
    turn: int = 0
    # Asked for all pictures in every step, so not worked out each time.
    group: Hashable = field(init=False)
    rows: int = field(init=False)
    size: int = field(init=False)

    def __post_init__(self) -> None:
        latents = self.latents
        self.group = (id(self.model), latents.shape, self.words.shape[1:], latents.dtype)
        self.rows, self.size = len(self.words), int(latents.shape[-1] * latents.shape[-2])

    @property
    def latents(self) -> torch.Tensor:
        """(1, channels, height, width), as they are between two steps."""
        return self.sampling.latents

    @latents.setter
    def latents(self, latents: torch.Tensor) -> None:
        self.sampling.latents = latents

    @property
    def time(self) -> float:
        """The timestep of the next step."""
        return self.timesteps[self.position]

    @property
    def total(self) -> int:
        """How many steps it takes."""
        return len(self.timesteps)

    @property
    def finished(self) -> bool:
        return self.position >= self.total


@torch.no_grad()
def start(
    model: LoadedModel, request: Request, words: Words, encodings: Encodings, additions: Additions = NOTHING
) -> list[Slot]:
    """A slot for each picture of `request`, seeds seed, seed + 1, … Raises EngineError("invalid") without a step, or
    EngineError("prompt_too_long")."""
    way = ways.of(model, request)
    count = int(request.job.params["count"])
    encoder = Encoder(model, encodings)
    return [_slot(model, request.job, way, words, additions, encoder=encoder, index=index) for index in range(count)]


def _slot(
    model: LoadedModel, job: Job, way: Way, words: Words, additions: Additions, *, encoder: Encoder, index: int
) -> Slot:
    pipeline = model.pipeline(way.kind, job.params.get("sampler") or "", way.control)
    seed = int(job.params["seed"]) + index
    # Noise from the CPU's generator is the same on every device.
    generator = torch.Generator().manual_seed(seed)
    encoded = words.of(model, pipeline, job, additions)
    steps = int(job.params["steps"])
    try:
        pipeline.scheduler.set_timesteps(steps, device=model.device)
    except ValueError as error:  # LCM takes no more steps than it was taught with
        raise EngineError("invalid") from error
    dtype = encoded.rows.dtype
    begin, timesteps = _begin(pipeline, way, steps=steps, encoder=encoder, dtype=dtype, generator=generator)
    extra = pipeline.prepare_extra_step_kwargs(generator, 0.0)
    return Slot(
        job=job,
        index=index,
        seed=seed,
        model=model,
        pipeline=pipeline,
        generator=generator,
        sampling=sampling.start(pipeline.scheduler, timesteps, begin.latents, generator, extra),
        timesteps=torch.stack(timesteps).tolist(),
        words=encoded.rows,
        guidance=float(job.params["guidance_scale"]),
        control=_control(model, pipeline, way, len(timesteps)),
        condition=_condition(model, pipeline, job, dtype),
        added=_added(pipeline, encoded, begin.latents),
        known=begin.known,
        beside=begin.beside,
        picks=additions.picks,
    )


def _begin(
    pipeline: Any, way: Way, *, steps: int, encoder: Encoder, dtype: torch.dtype, generator: torch.Generator
) -> tuple[Start, list[torch.Tensor]]:
    """Where the picture starts: pure noise, or with `strength` a picture under part of it."""
    scheduler = pipeline.scheduler
    if "strength" not in way.inputs:
        size = int(way.inputs["height"]), int(way.inputs["width"])
        channels = pipeline.unet.config.in_channels
        latents = pipeline.prepare_latents(1, channels, *size, dtype, encoder.device, generator)
        return Start(latents), list(scheduler.timesteps)
    timesteps, _ = pipeline.get_timesteps(steps, way.inputs["strength"], encoder.device)
    if len(timesteps) == 0:
        raise EngineError("invalid")
    if "mask_image" in way.inputs:
        begin = masks.start(pipeline, way, timesteps, encoder=encoder, dtype=dtype, generator=generator)
        return begin, list(timesteps)
    # Latents are taken by the pipeline as they are.
    known = encoder.latents("image", encoding.pictures(pipeline, way)["image"], generator)
    latents = pipeline.prepare_latents(known, timesteps[:1], 1, 1, dtype, encoder.device, generator)
    return Start(latents), list(timesteps)


def _control(model: LoadedModel, pipeline: Any, way: Way, steps: int) -> Guide | None:
    if not way.control:
        return None
    lines = way.inputs.get("control_image", way.inputs["image"])
    size = {"height": way.inputs["height"], "width": way.inputs["width"]}
    image: torch.Tensor = pipeline.control_image_processor.preprocess(lines, **size)
    image = image.to(torch.float32).to(model.device, model.dtype)
    return Guide(way.control, image, controls.strengths(way.inputs, steps))


def _condition(model: LoadedModel, pipeline: Any, job: Job, dtype: torch.dtype) -> torch.Tensor | None:
    """What distilled models (LCM) take in place of guidance rows."""
    width = model.parts["unet"].config.time_cond_proj_dim
    if width is None:
        return None
    scale = torch.tensor([float(job.params["guidance_scale"]) - 1])
    embedding: torch.Tensor = pipeline.get_guidance_scale_embedding(scale, embedding_dim=width)
    return embedding.to(model.device, dtype)


def _added(pipeline: Any, encoded: Encoded, latents: torch.Tensor) -> dict[str, torch.Tensor]:
    """What SDXL is told besides the words: the prompt in one vector, and that nothing was cut off the picture."""
    if encoded.pooled is None:
        return {}
    size = [side * pipeline.vae_scale_factor for side in latents.shape[-2:]]
    ids = torch.tensor([[*size, 0, 0, *size]], dtype=latents.dtype, device=latents.device)
    return {"text_embeds": encoded.pooled, "time_ids": ids.expand(len(encoded.pooled), -1)}
