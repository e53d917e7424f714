"""What the UNet stages learn from: latents, drawings and captions of random scenes, with noise."""

import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from starter.scene.captions import caption
from starter.train import networks, parts
from starter.train.config import TOKENS, Config
from starter.train.data import DRAWINGS, Shards

# Captions made of each scene, before training.
CAPTIONS = 8
# Share of the captions that are left empty, so that guidance has something to lead away from.
EMPTY = 0.1
# As the engine does after reducing a drawing (studio/engines/local/sketch.py).
GAIN = 1.4
MIN_SNR = 5.0
# Coloured drawings are only ever a start, never the end: noise levels of image-to-image from a strength of 0.5 up.
COLOURED_FROM = 500


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one step; the first len(lines) of them have a drawing.

    `clean`, `noisy`, `target`: (n, 4, h, w) latents; `target` is the velocity to be predicted. `times`: (n,).
    `ids`: (n, TOKENS). `lines`: (k, 3, 8h, 8w) in 0..1. `weights`: (n,) of the loss.
    """

    clean: Tensor
    noisy: Tensor
    target: Tensor
    times: Tensor
    ids: Tensor
    lines: Tensor
    weights: Tensor


class Noise:
    """The diffusion's forward half (v-prediction), and what each noise level counts (min-SNR, Hang et al. 2023)."""

    def __init__(self, device: str) -> None:
        kept = networks.training_schedule().alphas_cumprod.to(device)
        self.signal, self.spread = kept.sqrt(), (1 - kept).sqrt()
        ratio = kept / (1 - kept)
        weights = ratio.clamp(max=MIN_SNR) / (ratio + 1)
        self.weights = weights / weights.mean()
        self.count = len(kept)

    def at(self, times: Tensor) -> tuple[Tensor, Tensor]:
        """(signal, spread), each (n, 1, 1, 1)."""
        return self.signal[times].view(-1, 1, 1, 1), self.spread[times].view(-1, 1, 1, 1)


class Scenes:
    """All training scenes of a run, in memory on its device."""

    def __init__(self, config: Config, tokenizer: Any) -> None:
        self.config = config
        shards = Shards(config.data, config.held_back)
        rows = list(range(shards.count))
        self.count = shards.count
        self.latents = torch.from_numpy(shards.rows("latents", rows)).to(config.device)
        self.colours = torch.from_numpy(shards.rows("colour-latents", rows)).to(config.device)
        self.lines = torch.from_numpy(shards.rows("lines", rows)).to(config.device)
        self.ids = _captions(shards, tokenizer, config.seed).to(config.device)
        self.empty = _ids(tokenizer, [""])[0].to(config.device)
        self.noise = Noise(config.device)

    def draw(self, rng: random.Random, generator: torch.Generator) -> Batch:
        """A random batch. Everything random comes from the two sources given."""
        shape, device = self.config.unet, self.config.device
        n = shape.batch
        source: dict[str, Any] = {"generator": generator, "device": device}
        sketched, coloured = round(n * shape.sketched), round(n * shape.coloured)
        rows = torch.randint(self.count, (n,), **source)
        times = _spread_times(n, self.noise.count, source)
        high = COLOURED_FROM + times[:coloured] * (self.noise.count - COLOURED_FROM) // self.noise.count
        times = torch.cat([high, times[coloured:]])
        clean = self.latents[rows].float()
        seen = clean.clone()
        share = torch.rand(coloured, **source).mul(2).clamp(max=1).view(-1, 1, 1, 1)
        seen[:coloured] = clean[:coloured].lerp(self.colours[rows[:coloured]].float(), share)
        signal, spread = self.noise.at(times)
        noise = torch.randn(clean.shape, **source)
        noisy = signal * seen + spread * noise
        # The velocity that leads from `noisy` to `clean`; for seen == clean it is signal * noise - spread * clean.
        target = (signal * noisy - clean) / spread.clamp(min=1e-3)
        plain = signal * noise - spread * clean
        target = torch.cat([target[:coloured], plain[coloured:]])
        versions = torch.randint(CAPTIONS, (n,), **source)
        ids = self.ids[rows, versions].long()
        silent = torch.rand(n, **source) < EMPTY
        ids = torch.where(silent[:, None], self.empty, ids)
        lines = self._lines(rows[:sketched], rng, generator)
        return Batch(clean, noisy, target, times, ids, lines, self.noise.weights[times])

    def _lines(self, rows: Tensor, rng: random.Random, generator: torch.Generator) -> Tensor:
        hands = torch.randint(DRAWINGS, (len(rows),), generator=generator, device=rows.device)
        lines = (self.lines[rows, hands][:, None].float() / 255 * GAIN).clamp(max=1)
        if rng.random() < 0.2:
            lines = functional.max_pool2d(lines, 3, 1, 1)
        if rng.random() < 0.3:
            lines = lines * rng.uniform(0.5, 1.0)
        lines = lines.roll((rng.randint(-1, 1), rng.randint(-1, 1)), (2, 3))
        return lines.expand(-1, 3, -1, -1).contiguous()


def _spread_times(n: int, count: int, source: dict[str, Any]) -> Tensor:
    """(n,) noise levels, one of each n-th part of the range, in random order."""
    spread = (torch.arange(n, device=source["device"]) + torch.rand(n, **source)) / n * count
    return spread.long().clamp(max=count - 1)[torch.randperm(n, **source)]


def _ids(tokenizer: Any, texts: list[str]) -> Tensor:
    encoded = tokenizer(texts, padding="max_length", max_length=TOKENS, truncation=True, return_tensors="np")
    return torch.from_numpy(encoded.input_ids.astype(np.int16))


def _captions(shards: Shards, tokenizer: Any, seed: int) -> Tensor:
    """(scenes, CAPTIONS, TOKENS) token numbers."""
    rng = random.Random(seed)
    texts = [caption(spec, rng) for spec in shards.specs[: shards.count] for _ in range(CAPTIONS)]
    return _ids(tokenizer, texts).view(shards.count, CAPTIONS, TOKENS)


def text_states(encoder: Any, ids: Tensor) -> Tensor:
    """(n, TOKENS, hidden) states of the frozen text encoder."""
    with torch.no_grad():
        states: Tensor = encoder(ids).last_hidden_state
    return states


def loaded(config: Config) -> tuple[Scenes, Any]:
    """The scenes of a run and its text encoder."""
    return Scenes(config, parts.tokenizer(config)), parts.text_encoder(config)
