"""A DDColor with random weights, whose encoder is as small as can be: quick to make, to load and to ask."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path

import torch
from safetensors.torch import save_file

from studio.engines.local.ddcolor import build
from studio.engines.local.ddcolor.encoder import Shape
from studio.engines.local.ddcolor.network import SHAPES


@contextmanager
def least() -> Iterator[None]:
    """Inside, "tiny" is smaller than any that is published."""
    usual = SHAPES["tiny"]
    SHAPES["tiny"] = Shape((1, 1, 1, 1), (8, 16, 32, 64))
    yield
    SHAPES["tiny"] = usual


def write(file: Path) -> Path:
    """A file of random weights of the size "tiny"; their colours are faint and differ from place to place."""
    chance = torch.Generator().manual_seed(1)
    state = {name: _made(name, value, chance) for name, value in build("tiny").state_dict().items()}
    save_file(state, file)
    return file


def _made(name: str, value: torch.Tensor, chance: torch.Generator) -> torch.Tensor:
    if name.endswith(("mean", "std")) or not value.is_floating_point():
        return value.contiguous()
    if value.ndim > 1:
        return torch.randn(value.shape, generator=chance) / max(1, prod(value.shape[1:])) ** 0.5
    if name.endswith(("_u", "_v")):
        made = torch.randn(value.shape, generator=chance)
        return made / made.norm()
    return torch.ones_like(value) if name.endswith(("weight", "running_var")) else torch.zeros_like(value)
