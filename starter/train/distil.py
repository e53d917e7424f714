"""A UNet for few steps: `python -m starter.train.distil --config cpu --minutes 60`.

Consistency distillation with guidance built in (latent consistency models, Luo et al. 2023): the student learns to jump
from any noise level to where one more step of the guided teacher would let it jump. It runs with diffusers'
LCMScheduler in one to four steps, without guidance.
"""

from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from starter.train import command
from starter.train.batches import Batch, Noise, loaded, text_states
from starter.train.config import Config
from starter.train.trainer import Budget, Figures, Trainer
from starter.train.unet import trained

# How far the teacher steps between two jumps, in noise levels of the thousand, and how close to the prompt. A dozen
# such steps span all levels, so that what is learned at the low end reaches the high end in a short training.
STRIDE, GUIDANCE = 80, 5.0
# LCMScheduler's boundary condition.
TIME_SCALE, DATA_SPREAD = 10.0, 0.5
# Pseudo-Huber: quadratic below this, linear above.
HUBER = 0.03


def jump(noise: Noise, noisy: Tensor, times: Tensor, velocity: Tensor) -> Tensor:
    """The clean latents that a consistency model means by `velocity`, as LCMScheduler computes them."""
    signal, spread = noise.at(times)
    clean = signal * noisy - spread * velocity
    scaled = TIME_SCALE * times.view(-1, 1, 1, 1).float()
    total = scaled.square() + DATA_SPREAD**2
    return DATA_SPREAD**2 / total * noisy + scaled / total.sqrt() * clean


class DistilStage:
    """Everything one training step needs. The teacher is the unet stage's average, or `origin` where that stage was
    not run; its ControlNet serves both."""

    def __init__(self, config: Config, budget: Budget, origin: Path | None = None) -> None:
        torch.manual_seed(config.seed)
        self.config = config
        self.teacher, self.model = trained(config, origin), trained(config, origin)
        self.teacher.eval().requires_grad_(False)
        self.model.control.requires_grad_(False)
        self.scenes, self.encoder = loaded(config, origin)
        self.silence = text_states(self.encoder, self.scenes.empty[None].long())
        shape = config.unet
        folder = config.checkpoints / "distil"
        self.trainer = Trainer(self.model, folder, budget, rate=shape.rate / 3, seed=config.seed, ema=shape.ema)

    def step_loss(self) -> tuple[Tensor, Figures]:
        batch = self.scenes.draw(self.trainer.rng, self.trainer.noise)
        states = text_states(self.encoder, batch.ids)
        noise = self.scenes.noise
        with torch.autocast(self.config.device, torch.bfloat16, enabled=self.config.device == "cuda"):
            made = jump(noise, batch.noisy, batch.times, self.model(batch.noisy, batch.times, states, batch.lines))
            with torch.no_grad():
                target = self._target(batch, states)
        off = functional.mse_loss(made.float(), target.float(), reduction="none").mean((1, 2, 3))
        loss = ((off + HUBER**2).sqrt() - HUBER).mean()
        return loss, {"loss": loss.detach()}

    def _target(self, batch: Batch, states: Tensor) -> Tensor:
        """Where the student jumps to after one guided step of the teacher (DDIM, Song et al. 2021)."""
        noise, noisy, times = self.scenes.noise, batch.noisy, batch.times
        lead = self.teacher(noisy, times, states, batch.lines)
        away = self.teacher(noisy, times, self.silence.expand_as(states), batch.lines)
        velocity = away + GUIDANCE * (lead - away)
        signal, spread = noise.at(times)
        clean, noise_part = signal * noisy - spread * velocity, signal * velocity + spread * noisy
        at_end = (times < STRIDE).view(-1, 1, 1, 1)
        times = (times - STRIDE).clamp(min=0)
        signal, spread = noise.at(times)
        nearer = signal * clean + spread * noise_part
        further = jump(noise, nearer, times, self.model(nearer, times, states, batch.lines))
        return torch.where(at_end, clean, further)


def main() -> None:
    given = command.read(command.parser(__doc__, 60.0, origin=True))
    command.train(DistilStage(given.config, given.budget, given.origin))


if __name__ == "__main__":
    main()
