"""Latents as denoising networks see them, and as the decoder does: each model's own shift, scale and precision."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch


def to_networks(vae: Any, latents: torch.Tensor) -> torch.Tensor:
    """Latents (batch, channels, …) of the encoder of `vae`, as the networks were taught to see them."""
    shift, spread = _shift_and_spread(vae, latents)
    return (latents - shift) * vae.config.scaling_factor / spread


def to_decoder(vae: Any, latents: torch.Tensor) -> torch.Tensor:
    """The inverse of `to_networks`."""
    shift, spread = _shift_and_spread(vae, latents)
    return latents * spread / vae.config.scaling_factor + shift


def _shift_and_spread(vae: Any, like: torch.Tensor) -> tuple[Any, Any]:
    """What is taken off and divided by: for some models a number for each channel, for most none (0 and 1)."""
    mean, spread = (getattr(vae.config, name, None) for name in ("latents_mean", "latents_std"))
    if mean is None or spread is None:
        return getattr(vae.config, "shift_factor", None) or 0.0, 1.0
    shape = (1, -1, *[1] * (like.ndim - 2))
    return tuple(torch.tensor(each, dtype=like.dtype, device=like.device).view(shape) for each in (mean, spread))  # type: ignore[return-value]


@contextmanager
def in_full(vae: Any) -> Iterator[None]:
    """Meanwhile `vae` computes with float32: half precision overflows in some of them, and all would be black."""
    own = vae.dtype
    vae.to(torch.float32)
    try:
        yield
    finally:
        vae.to(own)
