"""What the upscaler learns from: true pictures of 256 pixels, and what the model makes of them at half that size."""

import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from starter.scene import render, sample_spec
from starter.scene.captions import caption
from starter.train import parts
from starter.train.batches import Noise, text_states, token_ids
from starter.train.config import Config
from starter.train.data import FIRST_SEED
from starter.train.unet import trained
from starter.train.vae import as_input

SMALL, LARGE = 128, 256
CHUNK = 20
# Noise levels from which the model guesses a picture: a little makes it soft, and everything stays in its place.
GUESSED_FROM, GUESSED_TO = 50, 400
FILES = ("true", "decoded", "guessed")


def folder(config: Config) -> Path:
    return config.data / "pairs"


def load(config: Config) -> tuple[Tensor, Tensor]:
    """(true (n, 3, LARGE, LARGE), soft (n, 2, 3, SMALL, SMALL)) as bytes; soft is what the autoencoder leaves of a
    picture, and what the denoiser guesses it to be. Raises FileNotFoundError before `make`."""
    true, decoded, guessed = (torch.from_numpy(np.load(folder(config) / f"{name}.npy")) for name in FILES)
    soft = torch.stack([decoded, guessed], 1)
    return true.permute(0, 3, 1, 2).contiguous(), soft.permute(0, 1, 4, 2, 3).contiguous()


@torch.inference_mode()
def make(config: Config, origin: Path | None = None) -> None:
    """Write `config.pairs` scenes, unless they are there."""
    if folder(config).exists():
        return
    maker = _Maker(config, origin)
    rows: dict[str, list[np.ndarray]] = {name: [] for name in FILES}
    for start in range(0, config.pairs, CHUNK):
        for name, values in zip(FILES, maker.chunk(range(start, min(config.pairs, start + CHUNK))), strict=True):
            rows[name].append(values)
        print(f"pairs {start + CHUNK} of {config.pairs}", flush=True)
    half = folder(config).with_suffix(".half")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    for name, chunks in rows.items():
        np.save(half / f"{name}.npy", np.concatenate(chunks))
    half.rename(folder(config))


class _Maker:
    """The model's parts that make a true picture soft."""

    def __init__(self, config: Config, origin: Path | None) -> None:
        self.config = config
        self.vae: Any = parts.vae(config, origin)
        self.scale = parts.scaling_factor(config)
        self.denoiser = trained(config, origin).eval()
        self.encoder, self.tokenizer = parts.text_encoder(config, origin), parts.tokenizer(config, origin)
        self.noise = Noise(config.device)
        self.random = torch.Generator(config.device).manual_seed(config.seed)

    def chunk(self, numbers: range) -> tuple[np.ndarray, ...]:
        """True, decoded and guessed pictures of some scenes, as bytes (n, height, width, 3)."""
        pictures, ids = [], []
        for k in numbers:
            rng = random.Random(FIRST_SEED + k)
            spec = sample_spec(rng)
            pictures.append(render(spec, FIRST_SEED + k).picture)
            ids.append(caption(spec, rng))
        size = self.config.picture_size
        small = np.stack([np.asarray(p.resize((size, size), Image.Resampling.BOX)) for p in pictures])
        latents = self.vae.encode(as_input(small).to(self.config.device)).latents
        return (
            np.stack([np.asarray(p) for p in pictures]),
            _bytes(self.vae.decode(latents).sample),
            _bytes(self.vae.decode(self._guessed(latents * self.scale, ids) / self.scale).sample),
        )

    def _guessed(self, latents: Tensor, captions: list[str]) -> Tensor:
        states = text_states(self.encoder, token_ids(self.tokenizer, captions).long().to(latents.device))
        source: dict[str, Any] = {"generator": self.random, "device": latents.device}
        times = torch.randint(GUESSED_FROM, GUESSED_TO, (len(latents),), **source)
        signal, spread = self.noise.at(times)
        noisy = signal * latents + spread * torch.randn(latents.shape, **source)
        nothing = latents.new_zeros(0, 3, *(8 * side for side in latents.shape[-2:]))
        return signal * noisy - spread * self.denoiser(noisy, times, states, nothing)


def _bytes(pictures: Tensor) -> np.ndarray:
    small = torch.nn.functional.interpolate(pictures, size=(SMALL, SMALL), mode="area")
    values: np.ndarray = small.clamp(-1, 1).add(1).mul(127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()
    return values
