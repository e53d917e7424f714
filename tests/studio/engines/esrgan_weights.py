"""Small random networks of every published kind, as files. Tests nothing."""

from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import save_file

from studio.engines.local.esrgan.compact import SRVGGNetCompact
from studio.engines.local.esrgan.rrdb import RRDBNet
from studio.job import ModelRef

Make = Callable[[], torch.nn.Module]
SMALL: dict[str, Make] = {
    "x4": lambda: RRDBNet(features=8, blocks=2, growth=4),
    "x2": lambda: RRDBNet(features=8, blocks=2, growth=4, folded=2),
    "x1": lambda: RRDBNet(features=8, blocks=1, growth=4, folded=4),
    "compact x4": lambda: SRVGGNetCompact(features=8, convolutions=3, scale=4),
    "compact x2": lambda: SRVGGNetCompact(features=8, convolutions=2, scale=2),
    "compact x1": lambda: SRVGGNetCompact(features=8, convolutions=2, scale=1),
}


def written(kind: str, folder: Path) -> Path:
    """A small random network of that kind as a file."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        network = SMALL[kind]()
    file = folder / f"{kind.replace(' ', '-')}.safetensors"
    save_file(network.state_dict(), file)
    return file


def ref(file: Path) -> ModelRef:
    return ModelRef("sharp", "esrgan", str(file))
