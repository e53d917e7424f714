"""The autoencoder: `python -m starter.train.vae --config cpu --minutes 60`.

With `--from` it starts from a finished model, and with `--decoder-only` that model's encoder stays as it is: latents
made before, and a UNet trained on them, remain valid while pictures become sharper.
"""

import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from starter.train import command, networks
from starter.train.config import Config
from starter.train.data import Shards
from starter.train.trainer import Budget, Figures, Trainer, load_average

# Noise on the latents while decoding, so that what a UNet leaves imperfect still decodes well.
LATENT_NOISE = 0.1
SMALL_LATENTS = 2e-3


def as_input(pictures: np.ndarray) -> Tensor:
    """(n, h, w, 3) bytes to (n, 3, h, w) in -1..1."""
    values = torch.from_numpy(np.array(pictures)).permute(0, 3, 1, 2).float().div(127.5).sub(1)
    return values.contiguous(memory_format=torch.channels_last)


def difference(made: Tensor, true: Tensor) -> Tensor:
    """L1, L2, edges, and the mean colour of 4 x 4 pixels."""
    off = made - true
    edges = off.diff(dim=-1).abs().mean() + off.diff(dim=-2).abs().mean()
    blocks = functional.avg_pool2d(off, 4).abs().mean()
    return off.abs().mean() + 0.5 * off.square().mean() + 0.5 * edges + 0.5 * blocks


def psnr(made: Tensor, true: Tensor) -> float:
    """In dB, for values in -1..1."""
    return 10 * math.log10(4 / functional.mse_loss(made.clamp(-1, 1), true).item())


class VaeStage:
    """Everything one training step needs."""

    def __init__(
        self, config: Config, budget: Budget, origin: Path | None = None, *, decoder_only: bool = False
    ) -> None:
        torch.manual_seed(config.seed)
        self.config = config
        self.shards = Shards(config.data, config.held_back)
        self.model = networks.vae(config)
        if origin:
            networks.start_from(self.model, origin, "vae")
        else:
            networks.smart_start(self.model)
        self.model.to(config.device, memory_format=torch.channels_last)
        self.model.encoder.requires_grad_(not decoder_only)
        shape = config.vae
        folder = config.checkpoints / "vae"
        self.trainer = Trainer(self.model, folder, budget, rate=shape.rate, seed=config.seed, ema=0.998, decay=1e-4)

    def step_loss(self) -> tuple[Tensor, Figures]:
        rng, noise = self.trainer.rng, self.trainer.noise
        rows = [rng.randrange(self.shards.count) for _ in range(self.config.vae.batch)]
        true = _crop(as_input(self.shards.rows("pictures", rows)), self.config.vae.crop, rng.random(), rng.random())
        true = true.to(self.config.device)
        latents = self.model.encode(true).latents
        jitter = LATENT_NOISE * torch.randn(latents.shape, generator=noise, device=latents.device)
        made = self.model.decode(latents + jitter).sample
        loss = difference(made, true) + SMALL_LATENTS * latents.square().mean()
        return loss, {"loss": loss.detach(), "squared error": functional.mse_loss(made.detach(), true)}

    @torch.no_grad()
    def validate(self) -> float:
        """PSNR of the averaged weights on the scenes held back, in dB."""
        load_average(self.model, self.trainer.folder)
        true = as_input(self.shards.rows("pictures", list(range(self.shards.count, len(self.shards.specs)))))
        made = [
            self.model.decode(self.model.encode(x.to(self.config.device)).latents).sample.cpu() for x in true.split(20)
        ]
        return psnr(torch.cat(made), true)


def _crop(pictures: Tensor, size: int, down: float, right: float) -> Tensor:
    """A window of at most `size` pixels, at a place of the 8 x 8 grid given as shares of the room there is."""
    room = (pictures.shape[-1] - size) // 8
    if room <= 0:
        return pictures
    y, x = int(down * (room + 1)) * 8, int(right * (room + 1)) * 8
    return pictures[..., y : y + size, x : x + size]


def main() -> None:
    options = command.parser(__doc__, 60.0, origin=True)
    options.add_argument("--decoder-only", action="store_true")
    given = command.read(options)
    stage = VaeStage(given.config, given.budget, given.origin, decoder_only=given.decoder_only)
    command.train(stage)
    print(f"held back: {stage.validate():.2f} dB")


if __name__ == "__main__":
    main()
