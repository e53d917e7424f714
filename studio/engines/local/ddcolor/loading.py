"""DDColor's weights from a file, a folder or the hub into memory: safetensors only, and every key must be known.

The loaders in use elsewhere pass over keys that do not fit, and colour with what was random. This one names them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file

from studio.engines.local.ddcolor.network import SHAPES, DDColor, Size, build

# The first layer's channels tell the sizes apart.
TELLS = "encoder.arch.downsample_layers.0.0.weight"
# What some files put before every name.
PREFIXES = ("params.", "params_ema.", "module.")
# So many names are told of each kind of trouble.
TOLD = 3


class Unfit(ValueError):
    """A file that holds no whole DDColor. `missing`, `unexpected` and `reshaped` are the names, all of them."""

    def __init__(
        self, missing: Iterable[str] = (), unexpected: Iterable[str] = (), reshaped: Iterable[str] = ()
    ) -> None:
        self.missing, self.unexpected, self.reshaped = list(missing), list(unexpected), list(reshaped)
        parts = [
            _told("it lacks", self.missing),
            _told("unknown are", self.unexpected),
            _told("of another shape are", self.reshaped),
        ]
        super().__init__(f"These are not the weights of DDColor: {'; '.join(part for part in parts if part)}.")


def _told(what: str, names: list[str]) -> str:
    if not names:
        return ""
    more = f", and {len(names) - TOLD} more" if len(names) > TOLD else ""
    return f"{what} {len(names)} ({', '.join(names[:TOLD])}{more})"


class NoSafetensors(ValueError):
    """There is no safetensors file where the weights should be; it says what to do."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A network that is ready to be asked."""

    network: DDColor
    size: Size
    device: torch.device
    dtype: torch.dtype


def load(source: str | Path, revision: str = "", device: torch.device | None = None, dtype: str = "auto") -> Loaded:
    """The network of the safetensors file, folder or hub id `source`; its size is told by its keys.

    `dtype` "auto" is float32, also on CUDA: its maps are sums of a hundred others, and are small. Raises Unfit,
    NoSafetensors, and OSError for a file that is not there or cannot be read.
    """
    file = _file(str(source), revision)
    try:
        state = load_file(file)
    except SafetensorError as error:
        raise OSError(f"{file.name} is damaged: {error}") from error
    state = bare(state)
    size = size_of(state)
    with torch.device("meta"):
        network = build(size)
    network.load_state_dict(state, strict=True, assign=True)
    device = device or torch.device("cpu")
    number = torch.float32 if dtype == "auto" else getattr(torch, dtype)
    return Loaded(network.to(device, number).eval().requires_grad_(False), size, device, number)


def recognised(source: str | Path, revision: str = "") -> Size:
    """Which size the weights in the file, folder or hub id `source` are of, by its head alone. Raises what `load`
    does."""
    file = _file(str(source), revision)
    try:
        with safe_open(file, "pt") as opened:
            shapes = {name: opened.get_slice(name).get_shape() for name in opened.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise OSError(f"{file.name} is damaged: {error}") from error
    return size_of(bare({name: torch.empty(shape, device="meta") for name, shape in shapes.items()}))


def bare(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The weights under their own names."""
    for prefix in PREFIXES:
        if state and all(name.startswith(prefix) for name in state):
            return {name.removeprefix(prefix): weight for name, weight in state.items()}
    return dict(state)


def size_of(state: Mapping[str, torch.Tensor]) -> Size:
    """Which size these weights are of. Raises Unfit unless they are exactly one network's, key by key."""
    size: Size = "large" if TELLS in state and state[TELLS].shape[0] == SHAPES["large"].channels[0] else "tiny"
    with torch.device("meta"):
        wanted = build(size).state_dict()
    missing = [name for name in wanted if name not in state]
    unexpected = [name for name in state if name not in wanted]
    reshaped = [name for name in wanted if name in state and wanted[name].shape != state[name].shape]
    if missing or unexpected or reshaped:
        raise Unfit(missing, unexpected, reshaped)
    return size


def _file(source: str, revision: str) -> Path:
    path = Path(source)
    if path.is_file():
        if path.suffix != ".safetensors":
            raise NoSafetensors(
                f"{path.name} is not safetensors. Convert it once: manage.py models convert FILE FOLDER"
            )
        return path
    if not path.is_dir():
        if path.is_absolute():
            raise FileNotFoundError(source)
        path = _fetched(source, revision)
    files = sorted(path.glob("*.safetensors"))
    if len(files) == 1:
        return files[0]
    if not files:
        raise NoSafetensors(
            f"There is no safetensors file in {source}. Convert the published one: manage.py models convert FILE FOLDER"
        )
    raise NoSafetensors(f"There are {len(files)} safetensors files in {source}: name the one that is meant.")


def _fetched(source: str, revision: str) -> Path:
    """The folder of a hub id on this machine; the local copy when the hub cannot be reached."""
    from huggingface_hub import snapshot_download

    fetch = partial(snapshot_download, source, revision=revision or None, allow_patterns=["*.safetensors"])
    try:
        return Path(fetch())
    except OSError:
        return Path(fetch(local_files_only=True))
