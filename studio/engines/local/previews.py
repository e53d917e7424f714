"""Small pictures of unfinished work: by a linear map from latents to colours, fitted to each model, for almost nothing;
or, where the catalogue names one, by a tiny autoencoder. How often they are made is pacing.py's."""

from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.functional import avg_pool2d, interpolate

from studio.engines.local import scaling
from studio.job import Preview

SAMPLES, SAMPLE_SIDE = 8, 64
# Sides of what a tiny autoencoder makes, in pixels at most.
MOST_SIDE = 256


@dataclass(frozen=True, slots=True)
class Projection:
    """`matrix` (channels + 1, 3) takes one latent place and a 1 to red, green and blue in 0..1. float32, on the CPU."""

    matrix: torch.Tensor

    def preview(self, latents: torch.Tensor) -> Preview:
        """The first picture of a batch of `latents` (batch, channels, height, width), at latent size."""
        return self.previews(latents[:1])[0]

    def previews(self, latents: torch.Tensor) -> list[Preview]:
        """All pictures of a batch of `latents` (batch, channels, height, width), at latent size."""
        places = latents.detach().to("cpu", torch.float32).permute(0, 2, 3, 1)
        colours = places @ self.matrix[:-1] + self.matrix[-1]
        # A run that went wrong may hold NaN here; that is for the engine to find, a preview just stays black.
        rgb = (colours.nan_to_num().clamp(0, 1) * 255).round().to(torch.uint8).numpy()
        return [Preview(width=one.shape[1], height=one.shape[0], rgb=one.tobytes()) for one in rgb]


# For models without latents.
NOTHING = Projection(torch.zeros(1, 3))


@dataclass(frozen=True, slots=True)
class SmallDecoder:
    """`vae` makes `scale` x `scale` pixels of each latent place. Clearer than a Projection, and dearer."""

    vae: Any
    scale: int

    @classmethod
    def of(cls, small: Any, vae: Any) -> "SmallDecoder":
        """`small` for the latents of `vae`. Raises ValueError when it is not for them."""
        takes, gives = small.config.latent_channels, vae.config.latent_channels
        if takes != gives:
            raise ValueError(f"Its preview_vae reads latents of {takes} channels, not {gives}.")
        times = len(small.config.decoder_block_out_channels) - 1
        return cls(small, small.config.upsampling_scaling_factor**times)

    def preview(self, latents: torch.Tensor) -> Preview:
        """The first picture of a batch of `latents` (batch, channels, height, width)."""
        return self.previews(latents[:1])[0]

    @torch.no_grad()
    def previews(self, latents: torch.Tensor) -> list[Preview]:
        """All pictures of a batch of `latents` (batch, channels, height, width), at most MOST_SIDE pixels a side."""
        longest = max(latents.shape[-2:]) * self.scale
        latents = scaling.to_decoder(self.vae, latents.to(self.vae.device, self.vae.dtype))
        if longest > MOST_SIDE:
            # Fewer places, not fewer pixels of each: what would be thrown away is not made.
            sides = [max(1, side * MOST_SIDE // longest) for side in latents.shape[-2:]]
            latents = interpolate(latents.float(), sides, mode="area").to(latents.dtype)
        pictures = self.vae.decode(latents, return_dict=False)[0].float() / 2 + 0.5
        rgb = (pictures.nan_to_num().clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
        return [Preview(width=one.shape[1], height=one.shape[0], rgb=one.tobytes()) for one in rgb]


@torch.no_grad()
def fit(vae: Any) -> Projection:
    """The least-squares map from this decoder's latents to the mean colour it makes of each of them.

    The samples are soft colour fields that go through the model's own encoder and decoder, as pipelines call them:
    latents shifted and scaled. Works for AutoencoderKL and AutoencoderTiny; a few hundredths of a second.
    """
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand(SAMPLES, 3, 5, 5, generator=generator)
    pictures = interpolate(coarse, (SAMPLE_SIDE, SAMPLE_SIDE), mode="bicubic").clamp(0, 1) * 2 - 1
    with scaling.in_full(vae):
        encoded = vae.encode(pictures.to(vae.device))
        # AutoencoderKL gives a distribution, AutoencoderTiny the latents themselves.
        latents = encoded.latent_dist.mode() if hasattr(encoded, "latent_dist") else encoded.latents
        decoded = vae.decode(latents, return_dict=False)[0]
    scale = decoded.shape[-1] // latents.shape[-1]
    colours = avg_pool2d((decoded / 2 + 0.5).clamp(0, 1).float(), scale).cpu()
    places = scaling.to_networks(vae, latents).float().cpu()
    channels = places.shape[1]
    rows = torch.cat([places, torch.ones_like(places[:, :1])], 1).permute(0, 2, 3, 1).reshape(-1, channels + 1)
    wanted = colours.permute(0, 2, 3, 1).reshape(-1, 3)
    # A little ridge: a channel that the samples never move must not get an enormous weight.
    square = rows.T @ rows + 1e-3 * len(rows) * torch.eye(channels + 1)
    return Projection(torch.linalg.solve(square, rows.T @ wanted))


def clearest(scheduler: Any, latents: torch.Tensor) -> torch.Tensor:
    """The scheduler's own guess at the finished latents when it keeps one, otherwise `latents` as they are."""
    kept = getattr(scheduler, "model_outputs", None)
    algorithm = str(getattr(scheduler.config, "algorithm_type", ""))
    guesses = algorithm.endswith("dpmsolver++") or bool(getattr(scheduler.config, "predict_x0", False))
    return kept[-1] if guesses and kept and kept[-1] is not None else latents
