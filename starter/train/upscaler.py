"""The upscaler: `python -m starter.train.upscaler --config cpu --minutes 20`. It doubles the model's soft pictures.

It learns from pairs made with the trained autoencoder and UNet, or with those of `--from`.
"""

from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from starter.train import command, pairs
from starter.train.config import Config
from starter.train.trainer import Budget, Figures, Trainer, load_average
from starter.train.vae import difference, psnr
from studio.engines.local.upscaler import Upscaler

# Side of the windows it is trained on, in pixels of the small picture.
WINDOW = 48
# Share of the pictures that come sharp: photographs and finished works are upscaled as well.
SHARP = 0.2
HELD_BACK = 40


class UpscalerStage:
    """Everything one training step needs."""

    def __init__(self, config: Config, budget: Budget, origin: Path | None = None) -> None:
        pairs.make(config, origin)
        self.true, self.soft = pairs.load(config)
        self.count = max(1, len(self.true) - HELD_BACK)
        self.config = config
        torch.manual_seed(config.seed)
        self.model = Upscaler().to(config.device, memory_format=torch.channels_last)
        shape = config.upscaler
        folder = config.checkpoints / "upscaler"
        self.trainer = Trainer(self.model, folder, budget, rate=shape.rate, seed=config.seed, ema=0.998, decay=1e-4)

    def step_loss(self) -> tuple[Tensor, Figures]:
        rng = self.trainer.rng
        small, large = [], []
        for _ in range(self.config.upscaler.batch):
            row, kind = rng.randrange(self.count), rng.randrange(2)
            y, x = (rng.randrange(pairs.SMALL - WINDOW + 1) for _ in range(2))
            window = self.true[row, :, 2 * y : 2 * (y + WINDOW), 2 * x : 2 * (x + WINDOW)]
            soft = self.soft[row, kind, :, y : y + WINDOW, x : x + WINDOW]
            flip = rng.random() < 0.5
            seen = functional.avg_pool2d(window.float(), 2) if rng.random() < SHARP else soft.float()
            small.append(seen.flip(-1) if flip else seen)
            large.append(window.flip(-1) if flip else window)
        made = self.model(_ready(small, self.config.device))
        true = _ready(large, self.config.device)
        loss = difference(made, true)
        return loss, {"loss": loss.detach(), "squared error": functional.mse_loss(made.detach(), true)}

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """PSNR in dB on the scenes held back: of plain enlargement, and of the averaged weights."""
        load_average(self.model, self.trainer.folder)
        small = _ready(list(self.soft[-HELD_BACK:, 1]), self.config.device)
        true = _ready(list(self.true[-HELD_BACK:]), self.config.device)
        plain = functional.interpolate(small, scale_factor=2, mode="bicubic")
        made = torch.cat([self.model(part) for part in small.split(8)])
        return {"plain": round(psnr(plain, true), 2), "learned": round(psnr(made, true), 2)}


def _ready(pictures: list[Tensor], device: str) -> Tensor:
    values = torch.stack(pictures).to(device).float().div(127.5).sub(1)
    return values.contiguous(memory_format=torch.channels_last)


def main() -> None:
    given = command.read(command.parser(__doc__, 20.0, origin=True))
    stage = UpscalerStage(given.config, given.budget, given.origin)
    command.train(stage)
    print(f"held back, dB: {stage.validate()}")


if __name__ == "__main__":
    main()
