"""The command line that every training stage shares: which configuration, for how long, from which model."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from starter.train.config import CONFIGS
from starter.train.trainer import Budget, Trainer, be_modest


class Stage(Protocol):
    """What can be trained: its trainer, and the loss of one step."""

    trainer: Trainer

    @property
    def step_loss(self) -> Callable[..., Any]: ...


def parser(about: str | None, minutes: float, *, origin: bool = False) -> argparse.ArgumentParser:
    """The options of a stage that takes `minutes` by default; `origin`: whether it can start from a finished model."""
    options = argparse.ArgumentParser(description=about)
    options.add_argument("--config", choices=CONFIGS, default="cpu")
    options.add_argument("--minutes", type=float, default=minutes)
    options.add_argument("--steps", type=int)
    if origin:
        options.add_argument("--from", dest="origin", type=Path, help="a finished model to start from")
    return options


def read(options: argparse.ArgumentParser) -> argparse.Namespace:
    """What was given, with `config` as the Config and `budget` as the Budget; from here on this process is modest."""
    given = options.parse_args()
    given.config, given.budget = CONFIGS[given.config], Budget(given.steps, given.minutes)
    be_modest()
    return given


def train(stage: Stage) -> None:
    """Go on where the last run stopped, until the budget is spent."""
    stage.trainer.resume()
    stage.trainer.run(stage.step_loss)
