"""What the UNet stages learn from: latents, drawings and captions of random scenes, with noise."""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from starter.scene import Spec
from starter.scene.captions import caption
from starter.scene.objects import CORE
from starter.train import networks, parts
from starter.train.config import TOKENS, Config
from starter.train.data import DRAWINGS, Shards

# Captions made of each scene, before training.
CAPTIONS = 8
# Share of the captions that are left empty, so that guidance has something to lead away from.
EMPTY = 0.1
# As the engine does after reducing a drawing (studio/engines/board/sketch.py).
GAIN = 1.4
MIN_SNR = 5.0
# How many times as often are shown: the core, the kinds that dissolved in the last run, scenes of two things.
CORE_KINDS, SLOW_KINDS, PAIRS = 1.7, {"rabbit": 1.6, "windmill": 1.6, "plane": 1.6, "bird": 1.6}, 1.2
# Coloured drawings and wrongly filled holes are only ever a start, never the end: noise from a strength of 0.5 up.
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
        self.often = torch.tensor([often(spec) for spec in shards.specs[: shards.count]], device=config.device)
        self.empty = token_ids(tokenizer, [""])[0].to(config.device)
        self.noise = Noise(config.device)

    def draw(self, rng: random.Random, generator: torch.Generator) -> Batch:
        """A random batch. Everything random comes from the two sources given."""
        shape, device = self.config.unet, self.config.device
        n = shape.batch
        filled = round(n * shape.filled)
        source: dict[str, Any] = {"generator": generator, "device": device}
        sketched, coloured = round(n * shape.sketched), round(n * shape.coloured)
        rows = torch.multinomial(self.often, n, generator=generator)
        times = _spread_times(n, self.noise.count, source)
        started = torch.arange(n, device=device)
        started = (started < coloured) | (started >= n - filled)
        high = COLOURED_FROM + times * (self.noise.count - COLOURED_FROM) // self.noise.count
        times = torch.where(started, high, times)
        clean = self.latents[rows].float()
        seen = clean.clone()
        share = torch.rand(coloured, **source).mul(2).clamp(max=1).view(-1, 1, 1, 1)
        seen[:coloured] = clean[:coloured].lerp(self.colours[rows[:coloured]].float(), share)
        share = torch.rand(filled, **source).view(-1, 1, 1, 1)
        hole = holes(filled, clean.shape[-1], source) * share
        seen[n - filled :] = clean[n - filled :].lerp(clean.roll(1, 0)[n - filled :], hole)
        signal, spread = self.noise.at(times)
        noise = torch.randn(clean.shape, **source)
        noisy = signal * seen + spread * noise
        # The velocity that leads from `noisy` to `clean`; for seen == clean it is signal * noise - spread * clean.
        target = (signal * noisy - clean) / spread.clamp(min=1e-3)
        plain = signal * noise - spread * clean
        target = torch.where(started.view(-1, 1, 1, 1), target, plain)
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


def token_ids(tokenizer: Any, texts: list[str]) -> Tensor:
    """(len(texts), TOKENS) token numbers."""
    encoded = tokenizer(texts, padding="max_length", max_length=TOKENS, truncation=True, return_tensors="np")
    return torch.from_numpy(encoded.input_ids.astype(np.int16))


def _captions(shards: Shards, tokenizer: Any, seed: int) -> Tensor:
    """(scenes, CAPTIONS, TOKENS) token numbers."""
    rng = random.Random(seed)
    texts = [caption(spec, rng) for spec in shards.specs[: shards.count] for _ in range(CAPTIONS)]
    return token_ids(tokenizer, texts).view(shards.count, CAPTIONS, TOKENS)


def text_states(encoder: Any, ids: Tensor) -> Tensor:
    """(n, TOKENS, hidden) states of the frozen text encoder."""
    with torch.no_grad():
        states: Tensor = encoder(ids).last_hidden_state
    return states


def loaded(config: Config, origin: Path | None = None) -> tuple[Scenes, Any]:
    """The scenes of a run and its text encoder; `origin`: a finished model whose encoder serves if none was trained."""
    return Scenes(config, parts.tokenizer(config, origin)), parts.text_encoder(config, origin)


def often(spec: Spec) -> float:
    """How many times as often as others a scene is shown."""
    kind = CORE_KINDS if spec.thing.kind in CORE else SLOW_KINDS.get(spec.thing.kind, 1.0)
    return kind * (PAIRS if spec.other else 1.0)


def holes(count: int, side: int, source: dict[str, Any]) -> Tensor:
    """(count, 1, side, side) masks, 1 where a picture is to be filled in: boxes of a quarter to three quarters."""
    size = side * (0.25 + 0.5 * torch.rand(count, 2, **source))
    start = (side - size) * torch.rand(count, 2, **source)
    place = torch.arange(side, device=source["device"]) + 0.5
    inside = (place >= start[..., None]) & (place < (start + size)[..., None])
    return (inside[:, 0, :, None] & inside[:, 1, None, :]).float()[:, None]
