"""A request's pictures into latents: each goes through the encoder once, however many of its pictures start from it."""

from typing import Any

import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion_img2img import retrieve_latents

from studio.engines.local import scaling
from studio.engines.local.loading import LoadedModel


class Encoder:
    """For one request. Pictures are (1, 3, height, width) in -1..1, told apart by a name."""

    def __init__(self, model: LoadedModel) -> None:
        self._vae = model.parts["vae"]
        self._dtype: torch.dtype = model.dtype
        self._kept: dict[str, Any] = {}

    def latents(self, name: str, picture: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """(1, channels, height, width), drawn from what the encoder says of `picture`."""
        if name not in self._kept:
            self._kept[name] = self._encode(picture)
        drawn: torch.Tensor = retrieve_latents(self._kept[name], generator=generator)
        return scaling.to_networks(self._vae, drawn.to(self._dtype))

    def draw_again(self, name: str, generator: torch.Generator) -> None:
        """Take the numbers from `generator` that another picture like `name` would take, whose latents nobody wants."""
        retrieve_latents(self._kept[name], generator=generator)

    def _encode(self, picture: torch.Tensor) -> Any:
        if self._dtype != torch.float16 or not self._vae.config.get("force_upcast"):
            return self._vae.encode(picture.to(self._vae.device, self._dtype))
        # Half precision overflows in some encoders (SDXL's), which say so.
        self._vae.to(torch.float32)
        try:
            return self._vae.encode(picture.to(self._vae.device, torch.float32))
        finally:
            self._vae.to(self._dtype)
