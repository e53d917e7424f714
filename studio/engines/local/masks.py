"""Pictures of which only a part is made anew, as StableDiffusionInpaintPipeline makes them, step by step.

Ordinary models get what they should keep put back after every step; inpainting models are shown it beside the latents.
"""

import copy
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.functional import interpolate

from studio.engines.local import encoding
from studio.engines.local.encoding import Encoder
from studio.engines.local.ways import Way


@dataclass(frozen=True, slots=True)
class Known:
    """What a slot keeps: `latents` (1, channels, height, width) where `mask` (1, 1, height, width) is 0.

    `mixes` says for the end of each step how much of these latents and of `noise` belongs there.
    """

    mask: torch.Tensor
    latents: torch.Tensor
    noise: torch.Tensor
    mixes: tuple[tuple[float, float], ...]

    def put_back(self, latents: torch.Tensor, step: int) -> torch.Tensor:
        """`latents` after step `step` (from 0), what is known in its place."""
        kept, noise = self.mixes[step]
        return self.over(latents, kept * self.latents + noise * self.noise)

    def over(self, latents: torch.Tensor, known: torch.Tensor | None = None) -> torch.Tensor:
        """`latents` where the mask is 1, elsewhere `known`, which is by default the picture itself."""
        return (1 - self.mask) * (self.latents if known is None else known) + self.mask * latents


@dataclass(frozen=True, slots=True)
class Start:
    """Where a picture starts. With a mask either `known` is set, or, for a model made for inpainting, `beside`:
    what it is shown in each step, mask and latents of the picture without what is marked (1, 5, height, width)."""

    latents: torch.Tensor
    known: Known | None = None
    beside: torch.Tensor | None = None


def start(
    pipeline: Any,
    way: Way,
    timesteps: torch.Tensor,
    *,
    encoder: Encoder,
    dtype: torch.dtype,
    generator: torch.Generator,
) -> Start:
    """Draws from `generator` in the pipeline's order: the picture's latents, noise, the masked picture's latents."""
    device, size = encoder.device, {"height": way.inputs["height"], "width": way.inputs["width"]}
    channels = pipeline.vae.config.latent_channels
    ordinary = pipeline.unet.config.in_channels == channels
    pure = way.inputs["strength"] == 1.0
    pictures = encoding.pictures(pipeline, way)
    mask = pipeline.mask_processor.preprocess(way.inputs["mask_image"], **size)
    made = pipeline.prepare_latents(
        batch_size=1,
        num_channels_latents=channels,
        **size,
        dtype=dtype,
        device=device,
        generator=generator,
        # Latents are taken as they are; of a picture without a part in the result only the shape is looked at.
        image=encoder.latents("image", pictures["image"], generator) if "image" in pictures else pictures["hidden"],
        timestep=timesteps[:1],
        is_strength_max=pure,
        return_noise=True,
        return_image_latents=ordinary,
    )
    if ordinary:
        encoder.draw_again("image", generator)
        latents, noise, kept = made
        small = _small(mask, latents, dtype)
        return Start(latents, known=Known(small, kept, noise, _mixes(pipeline.scheduler, timesteps)))
    hidden = encoder.latents("hidden", pictures["hidden"], generator)
    return Start(made[0], beside=torch.cat([_small(mask, made[0], dtype), hidden], 1))


def _small(mask: torch.Tensor, latents: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    return interpolate(mask, size=latents.shape[-2:]).to(latents.device, dtype)


def _mixes(scheduler: Any, timesteps: torch.Tensor) -> tuple[tuple[float, float], ...]:
    """How the scheduler mixes a picture and noise for each of `timesteps` after the first, and the plain picture.

    Asked of a copy: some look it up by the timestep, others by how many steps they have done.
    """
    asked = copy.deepcopy(scheduler)
    one, other = torch.tensor([1.0, 0.0], dtype=torch.float64), torch.tensor([0.0, 1.0], dtype=torch.float64)
    begin = getattr(asked, "begin_index", None) or 0
    mixes = []
    for done in range(1, len(timesteps)):
        if hasattr(asked, "_step_index"):
            asked._step_index = begin + done
        kept, noise = asked.add_noise(one, other, timesteps[done].reshape(1).cpu()).tolist()
        mixes.append((kept, noise))
    return (*mixes, (1.0, 0.0))
