"""From a safetensors file to the network that it is for, told by its keys and shapes, and loaded strictly."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from torch.nn import functional

from studio.engines.local.esrgan import naming
from studio.engines.local.esrgan.compact import SRVGGNetCompact
from studio.engines.local.esrgan.rrdb import RRDBNet

Shapes = Mapping[str, tuple[int, ...]]
Network = RRDBNet | SRVGGNetCompact

SCALES = (1, 2, 4)
# So many of a kind of wrong keys are named.
NAMED = 4


class Unfit(ValueError):
    """A file that holds no such network, or not all of one; it says which keys."""


class Published(nn.Module):
    """A published network as the tiles see it: pictures of any size in -1..1, as everywhere in this engine."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    @property
    def scale(self) -> int:
        return self.network.scale

    @property
    def reach(self) -> int:
        """As of the network; in input pixels."""
        return self.network.reach

    @property
    def folded(self) -> int:
        """Tiles should begin at multiples of so many pixels."""
        return self.network.folded

    @property
    def kind(self) -> str:
        """What it is called in recipes."""
        return f"{type(self.network).__name__} x{self.scale}"

    def forward(self, pictures: Tensor) -> Tensor:
        """(n, 3, h, w) in -1..1 to (n, 3, scale · h, scale · w), about in -1..1."""
        height, width = pictures.shape[-2:]
        edges = (0, -width % self.folded, 0, -height % self.folded)
        padded = functional.pad(pictures, edges, mode="replicate") if any(edges) else pictures
        made = self.network(padded / 2 + 0.5) * 2 - 1
        return cast(Tensor, made[..., : height * self.scale, : width * self.scale])


def load(source: str, device: torch.device, dtype: torch.dtype, revision: str = "") -> Published:
    """The network in the safetensors file, folder or hub id `source`. Raises Unfit, and OSError for no file."""
    with _opened(file_of(source, revision)) as opened:
        names = naming.today(opened.keys())
        weights = {names[name]: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118  no mapping
    network = planned({name: tuple(tensor.shape) for name, tensor in weights.items()})
    network.load_state_dict(weights, strict=True, assign=True)
    return Published(network).to(device, dtype).eval().requires_grad_(False)


def recognised(source: str, revision: str = "") -> Network:
    """What `load` would load, without its numbers. Raises the same."""
    with _opened(file_of(source, revision)) as opened:
        names = naming.today(opened.keys())
        shapes = {names[name]: tuple(opened.get_slice(name).get_shape()) for name in names}
    return planned(shapes)


def planned(shapes: Shapes) -> Network:
    """The network, without numbers, whose parameters have exactly these names and shapes. Raises Unfit."""
    with torch.device("meta"):
        network = _network(shapes)
    wanted = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    wrong = {
        "lacks": sorted(wanted.keys() - shapes.keys()),
        "has besides": sorted(shapes.keys() - wanted.keys()),
        "has another shape of": sorted(name for name in wanted.keys() & shapes if wanted[name] != shapes[name]),
    }
    told = [f"{what} {_some(names)}" for what, names in wrong.items() if names]
    if told:
        raise Unfit(f"Beside a {type(network).__name__} x{network.scale} it {'; it '.join(told)}.")
    return network


def file_of(source: str, revision: str = "") -> Path:
    """The file of weights that `source` names: itself, a folder's only one, or the hub's. Raises Unfit, OSError."""
    place = Path(source)
    if place.is_file():
        return place
    if place.is_absolute() or place.is_dir():
        found = _files(place)
        if len(found) != 1:
            raise Unfit(f"In {source} there are {len(found)} safetensors files; name the one that is meant.")
        return found[0]
    from huggingface_hub import hf_hub_download

    return Path(hf_hub_download(source, "model.safetensors", revision=revision or None))


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.safetensors"))


def _opened(file: Path) -> safe_open:
    try:
        return safe_open(file, "pt")
    except SafetensorError as error:
        raise Unfit(f"{file.name} is no safetensors file. A .pth file is converted first: models convert.") from error


def _network(shapes: Shapes) -> Network:
    if any(re.match(r"body\.\d+\.rdb|conv_first|conv_body", name) for name in shapes):
        return _rrdb(shapes)
    if any(re.fullmatch(r"body\.\d+\.weight", name) for name in shapes):
        return _compact(shapes)
    raise Unfit(f"It is neither an RRDBNet nor a SRVGGNetCompact: it has {_some(sorted(shapes))}.")


def _rrdb(shapes: Shapes) -> RRDBNet:
    features, colours = _shape(shapes, "conv_first.weight", 4)[:2]
    folded = {3: 1, 12: 2, 48: 4}.get(colours)
    doublings = len({name for name in shapes if re.fullmatch(r"conv_up\d+\.weight", name)})
    scale = 2**doublings / folded if folded else 0
    if folded is None or scale not in SCALES:
        raise Unfit(f"This RRDBNet takes {colours} channels and enlarges by {scale:g}: not RGB by 1, 2 or 4.")
    growth = _shape(shapes, "body.0.rdb1.conv1.weight", 4)[0]
    return RRDBNet(features, _count(shapes, r"body\.(\d+)\.rdb1\."), growth, doublings, folded)


def _compact(shapes: Shapes) -> SRVGGNetCompact:
    features = _shape(shapes, "body.0.weight", 4)[0]
    last = max(int(name.split(".")[1]) for name in shapes if re.fullmatch(r"body\.\d+\.weight", name))
    outputs = _shape(shapes, f"body.{last}.weight", 4)[0]
    scale = next((each for each in SCALES if 3 * each**2 == outputs), None)
    if scale is None:
        raise Unfit(f"This SRVGGNetCompact gives {outputs} channels: it does not enlarge RGB by 1, 2 or 4.")
    return SRVGGNetCompact(features, last // 2 - 1, scale)


def _shape(shapes: Shapes, name: str, dimensions: int) -> tuple[int, ...]:
    if name not in shapes:
        raise Unfit(f"It lacks {name}.")
    if len(shapes[name]) != dimensions:
        raise Unfit(f"Its {name} has {len(shapes[name])} dimensions, not {dimensions}.")
    return shapes[name]


def _count(shapes: Shapes, pattern: str) -> int:
    return 1 + max(int(found[1]) for name in shapes if (found := re.match(pattern, name)))


def _some(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
