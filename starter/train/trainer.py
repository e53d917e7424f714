"""The loop that every stage shares: schedule, averaging, checkpoints, and going on exactly where it stopped.

No pickles: a checkpoint is safetensors and JSON. Random numbers come from `Trainer.rng` and `Trainer.noise` alone,
whose states are part of the checkpoint.
"""

import json
import math
import os
import platform
import random
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from starter.train.data import renderer_hash

# Steps over which the rate rises after every start from weights alone.
WARM_UP = 80
# Share of the budget after which the rate begins to fall.
FLAT = 0.35
LAST_RATE = 0.01
SAVE_EVERY_S = 180.0
REPORT_EVERY = 50
BETAS = (0.9, 0.99)

# One step's loss, and figures to report. They stay on the device: reading them at every step would make a GPU wait.
Figures = dict[str, Tensor]
StepLoss = Callable[[], tuple[Tensor, Figures]]


@dataclass(frozen=True, slots=True)
class Budget:
    """How long to train, over all runs together: whichever of the two is spent first."""

    steps: int | None = None
    minutes: float | None = None

    def spent(self, step: int, seconds: float) -> float:
        """The share that is spent, 0..1. Raises ValueError for a budget without any limit."""
        shares = []
        if self.steps is not None:
            shares.append(step / self.steps)
        if self.minutes is not None:
            shares.append(seconds / 60 / self.minutes)
        if not shares:
            raise ValueError("A budget needs steps or minutes.")
        return min(1.0, max(shares))


class Trainer:
    """Trains `model` in `folder`, on the device of its parameters. Only parameters with a gradient are trained."""

    def __init__(
        self,
        model: nn.Module,
        folder: Path,
        budget: Budget,
        *,
        rate: float,
        seed: int,
        ema: float = 0.999,
        decay: float = 0.01,
    ) -> None:
        self.model, self.folder, self.budget = model, folder, budget
        self.rate, self.seed, self.ema_decay = rate, seed, ema
        self.trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
        self.device = next(iter(self.trained.values())).device
        self.average = {name: p.detach().clone() for name, p in self.trained.items()}
        self.fused = self.device.type == "cuda"
        parameters = list(self.trained.values())
        self.optimiser = torch.optim.AdamW(parameters, lr=rate, betas=BETAS, weight_decay=decay, fused=self.fused)
        self.rng = random.Random(seed)
        self.noise = torch.Generator(self.device).manual_seed(seed)
        self.step, self.seconds = 0, 0.0
        self._stopping = False

    def run(self, step_loss: StepLoss) -> None:
        """Train until the budget is spent or the process is asked to stop (SIGTERM, SIGINT); then save."""
        before = {s: signal.signal(s, self._stop) for s in (signal.SIGTERM, signal.SIGINT)}
        saved = last = time.monotonic()
        figures: list[Figures] = []
        try:
            while not self._stopping and self.budget.spent(self.step, self.seconds) < 1:
                figures.append(self._one_step(step_loss))
                now = time.monotonic()
                self.seconds, last = self.seconds + now - last, now
                if self.step % REPORT_EVERY == 0:
                    self._report(figures)
                    figures = []
                if now - saved > SAVE_EVERY_S:
                    self.save()
                    saved = time.monotonic()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        self.save()

    def _stop(self, *_: object) -> None:
        self._stopping = True

    def _one_step(self, step_loss: StepLoss) -> Figures:
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate_now()
        loss, figures = step_loss()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.trained.values(), 1.0)
        self.optimiser.step()
        self.step += 1
        keep = min(self.ema_decay, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.values()), list(self.trained.values()), 1 - keep)
        return figures

    def rate_now(self) -> float:
        """Linear warm-up, flat, then half a cosine."""
        spent = self.budget.spent(self.step, self.seconds)
        fall = 1.0 if spent < FLAT else 0.5 * (1 + math.cos(math.pi * (spent - FLAT) / (1 - FLAT)))
        return self.rate * min(1.0, (self.step + 1) / WARM_UP) * max(LAST_RATE, fall)

    def _report(self, figures: list[Figures]) -> None:
        means = {name: torch.stack([f[name] for f in figures]).mean().item() for name in figures[0]}
        words = " ".join(f"{name} {value:.4f}" for name, value in sorted(means.items()))
        print(
            f"step {self.step} {self.seconds:.0f}s cpu {time.process_time():.0f}s rate {self.rate_now():.1e} {words}",
            flush=True,
        )

    def save(self) -> None:
        """Write the checkpoint beside the old one, then take its place."""
        half = self.folder.with_suffix(".half")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        save_file({k: p.detach().contiguous().cpu() for k, p in self.trained.items()}, half / "model.safetensors")
        save_file({k: p.contiguous().cpu() for k, p in self.average.items()}, half / "ema.safetensors")
        save_file(self._optimiser_tensors(), half / "optimiser.safetensors")
        (half / "state.json").write_text(json.dumps(self._state()))
        old = self.folder.with_suffix(".old")
        shutil.rmtree(old, ignore_errors=True)
        if self.folder.exists():
            self.folder.rename(old)
        half.rename(self.folder)
        shutil.rmtree(old, ignore_errors=True)

    def resume(self) -> bool:
        """Go on from the checkpoint, if there is one. Raises KeyError when it is of another model."""
        if not (self.folder / "state.json").exists():
            return False
        state = json.loads((self.folder / "state.json").read_text())
        stored, average = load_file(self.folder / "model.safetensors"), load_file(self.folder / "ema.safetensors")
        with torch.no_grad():
            for name, parameter in self.trained.items():
                parameter.copy_(stored[name])
                self.average[name].copy_(average[name])
        tensors = load_file(self.folder / "optimiser.safetensors")
        for name, parameter in self.trained.items():
            if f"{name}/exp_avg" in tensors:
                self.optimiser.state[parameter] = {
                    # The step count stays on the CPU unless AdamW is fused.
                    key: tensors[f"{name}/{key}"].to("cpu" if key == "step" and not self.fused else self.device)
                    for key in ("step", "exp_avg", "exp_avg_sq")
                }
        self.noise.set_state(tensors["noise"])
        kind, numbers, extra = state["rng"]
        self.rng.setstate((kind, tuple(numbers), extra))
        self.step, self.seconds = state["step"], state["seconds"]
        return True

    def _optimiser_tensors(self) -> dict[str, Tensor]:
        tensors = {"noise": self.noise.get_state()}
        for name, parameter in self.trained.items():
            for key, value in self.optimiser.state.get(parameter, {}).items():
                tensors[f"{name}/{key}"] = value.detach().contiguous().cpu()
        return tensors

    def _state(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "seconds": self.seconds,
            "seed": self.seed,
            "rng": self.rng.getstate(),
            "versions": versions(),
        }


def load_average(module: nn.Module, folder: Path, prefix: str = "") -> int:
    """Put the averaged weights of the checkpoint `folder` into `module`; returns their step.

    `prefix`: the part of the trained model that `module` is. Parameters that were frozen keep their value.
    """
    stored = load_file(folder / "ema.safetensors")
    part = {k.removeprefix(prefix): v for k, v in stored.items() if k.startswith(prefix)}
    unknown = module.load_state_dict(part, strict=False).unexpected_keys
    if unknown or not part:
        raise KeyError(f"{folder} holds another model: {unknown[:3]}")
    return int(json.loads((folder / "state.json").read_text())["step"])


def versions() -> dict[str, str]:
    """What made these weights."""
    import diffusers
    import transformers

    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "diffusers": diffusers.__version__,
        "transformers": transformers.__version__,
        "renderer": renderer_hash(),
    }


def be_modest(threads: int = 1) -> None:
    """Leave the machine to others: lowest priority, `threads` torch threads."""
    os.nice(max(0, 19 - os.nice(0)))
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
