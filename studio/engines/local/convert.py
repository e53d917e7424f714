"""A published weights file (.pth, .pt, .bin) as safetensors, once, by an administrator: the only reader of pickles.

torch reads it with `weights_only=True`, which makes numbers and plain containers and runs nothing; whatever else such
a file may hold is refused.
"""

import os
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

# What training programs wrap the weights in, the best first: the average over the training is what people publish for.
WRAPPERS = ("params_ema", "params", "state_dict", "model_state_dict", "model")
# Before the names where a network was trained on several devices.
SPREAD = "module."
FILE = "model.safetensors"


class Unreadable(ValueError):
    """A file that cannot be converted; it says why."""


@dataclass(frozen=True, slots=True)
class Converted:
    """`wrapper` is what the weights were found in, "" where they lay bare; `tensors`, `numbers`: how many."""

    file: Path
    wrapper: str
    tensors: int
    numbers: int


def convert(source: Path, target: Path) -> Converted:
    """Write the weights in `source` to `target`: a file that ends in .safetensors, or a folder, in which it is FILE.

    Raises Unreadable for anything but weights, and FileExistsError where there is a file already.
    """
    file = target if target.suffix == ".safetensors" else target / FILE
    if file.exists():
        raise FileExistsError(str(file))
    wrapper, weights = _unwrapped(_read(source))
    # Copies: two names may share one memory, which safetensors refuses. A file that was opened in place is left alone.
    whole = {name: tensor.detach().clone().contiguous() for name, tensor in weights.items()}
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(f".{os.getpid()}")
    try:
        save_file(whole, fresh, {"format": "pt"})
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)
    return Converted(file, wrapper, len(whole), sum(tensor.numel() for tensor in whole.values()))


def _read(source: Path) -> Any:
    if not source.is_file():
        raise Unreadable(f"There is no file {source}.")
    try:
        return torch.load(source, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError, OSError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise Unreadable(f"{source.name} is no file of weights, or holds more than weights: {first}") from error


def _unwrapped(content: Any) -> tuple[str, dict[str, torch.Tensor]]:
    """What the weights were wrapped in, and the weights by their published names."""
    if not isinstance(content, Mapping):
        raise Unreadable(f"It holds a {type(content).__name__}, not weights by name.")
    wrapper = next((name for name in WRAPPERS if isinstance(content.get(name), Mapping)), "")
    weights = content[wrapper] if wrapper else content
    odd = [str(name) for name, value in weights.items() if not isinstance(value, torch.Tensor)]
    if odd or not weights:
        raise Unreadable(f"Not everything in it is a weight: {', '.join(odd[:3])}" if odd else "It holds no weights.")
    return wrapper, {str(name).removeprefix(SPREAD): tensor for name, tensor in weights.items()}
