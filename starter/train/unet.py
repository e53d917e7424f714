"""The UNet and its ControlNet, together from the first step: `python -m starter.train.unet --config cpu --minutes 180`.

Velocity prediction, min-SNR weights, ten per cent of the captions empty; part of every batch has a line drawing (its
ControlNet's residuals are added for these rows), part of those starts from the drawing's colours.
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from starter.train import command, networks
from starter.train.batches import Batch, loaded, text_states
from starter.train.config import Config
from starter.train.trainer import Budget, Figures, Trainer, load_average


class Denoiser(nn.Module):
    """UNet and ControlNet as one trained thing."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.unet, self.control = networks.unet(config), networks.controlnet(config)

    def forward(self, noisy: Tensor, times: Tensor, states: Tensor, lines: Tensor) -> Tensor:
        """The velocity, like `noisy`; the first len(lines) rows see their drawing."""
        down, middle = self.residuals(noisy, times, states, lines)
        velocity: Tensor = self.unet(
            noisy,
            times,
            states,
            down_block_additional_residuals=down,
            mid_block_additional_residual=middle,
            return_dict=False,
        )[0]
        return velocity

    def residuals(self, noisy: Tensor, times: Tensor, states: Tensor, lines: Tensor) -> tuple[Any, Any]:
        """What the ControlNet adds; nothing for the rows without a drawing."""
        k, rest = len(lines), len(noisy) - len(lines)
        if not k:
            return None, None
        down, middle = self.control(noisy[:k], times[:k], states[:k], lines, return_dict=False)
        return [_padded(r, rest) for r in down], _padded(middle, rest)


def _padded(residual: Tensor, rows: int) -> Tensor:
    return torch.cat([residual, residual.new_zeros(rows, *residual.shape[1:])])


class UnetStage:
    """Everything one training step needs."""

    def __init__(self, config: Config, budget: Budget, origin: Path | None = None) -> None:
        torch.manual_seed(config.seed)
        self.config = config
        self.model = Denoiser(config)
        if origin:
            networks.start_from(self.model.unet, origin, "unet")
            networks.start_from(self.model.control, origin, "controlnet-scribble")
        self.model.to(config.device)
        self.scenes, self.encoder = loaded(config, origin)
        shape = config.unet
        folder = config.checkpoints / "unet"
        self.trainer = Trainer(self.model, folder, budget, rate=shape.rate, seed=config.seed, ema=shape.ema)

    def step_loss(self) -> tuple[Tensor, Figures]:
        batch = self.scenes.draw(self.trainer.rng, self.trainer.noise)
        states = text_states(self.encoder, batch.ids)
        with torch.autocast(self.config.device, torch.bfloat16, enabled=self.config.device == "cuda"):
            velocity = self.model(batch.noisy, batch.times, states, batch.lines)
        each = (velocity.float() - batch.target).square().mean((1, 2, 3))
        return (each * batch.weights).mean(), self._figures(batch, each.detach())

    def _figures(self, batch: Batch, each: Tensor) -> Figures:
        k, coloured = len(batch.lines), round(len(each) * self.config.unet.coloured)
        return {
            "words": each[k:].mean(),
            "lines": each[coloured:k].mean(),
            "colours": each[:coloured].mean(),
        }


def trained(config: Config, origin: Path | None) -> Denoiser:
    """What the unet stage made so far, or `origin`. Raises FileNotFoundError without both."""
    denoiser, checkpoint = Denoiser(config), config.checkpoints / "unet"
    if origin and not checkpoint.exists():
        networks.start_from(denoiser.unet, origin, "unet")
        networks.start_from(denoiser.control, origin, "controlnet-scribble")
    else:
        load_average(denoiser, checkpoint)
    return denoiser.to(config.device)


def main() -> None:
    given = command.read(command.parser(__doc__, 180.0, origin=True))
    command.train(UnetStage(given.config, given.budget, given.origin))


if __name__ == "__main__":
    main()
