"""The files of a model: which of a hub's we want, where they lie here, and whether they are what they should be."""

import hashlib
import json
import struct
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from studio.engines.local.families import FAMILIES
from studio.models import Model

# What loading reads; nothing else is fetched. Never pickles, never code.
SMALL = (".json", ".txt", ".model")
WEIGHTS = ".safetensors"
# Weights in forms that only run by unpickling: a part that has nothing else cannot be used.
PICKLES = (".bin", ".pt", ".pth", ".ckpt")
VARIANTS = (".fp16.", ".bf16.", ".non_ema.", ".ema.")
# The longest head of a safetensors file that its own readers accept.
LONGEST_HEAD = 100_000_000
READ_AT_ONCE = 1 << 22


@dataclass(frozen=True, slots=True)
class Offered:
    """A file on a hub: `sha256` where the hub says it (large ones)."""

    path: str
    size: int
    sha256: str = ""


class Unusable(ValueError):
    """A model or a file that cannot be used; it says why."""


def wanted(offered: Sequence[Offered], family: str) -> list[Offered]:
    """Those that loading a model of `family` reads. Raises Unusable where a part has no safetensors."""
    pipeline = any(file.path == "model_index.json" for file in offered)
    left_out = set(FAMILIES[family].left_out) if family in FAMILIES else set()
    chosen = []
    for file in offered:
        path = PurePosixPath(file.path)
        if path.suffix not in (*SMALL, WEIGHTS) or len(path.parts) > 2 or path.parts[0] in left_out:
            continue
        # A whole checkpoint in one file beside the parts it was made of.
        if pipeline and path.suffix == WEIGHTS and len(path.parts) == 1:
            continue
        chosen.append(file)
    weights = [file for file in chosen if file.path.endswith(WEIGHTS)]
    plain = {PurePosixPath(file.path).parent for file in weights if not _variant(file.path)}
    chosen = [file for file in chosen if not (_variant(file.path) and PurePosixPath(file.path).parent in plain)]
    parts = {PurePosixPath(file.path).parent for file in weights}
    pickled = {PurePosixPath(file.path).parent for file in offered if file.path.endswith(PICKLES)}
    lacking = sorted(str(part) for part in pickled - parts if part.parts and part.parts[0] not in left_out)
    if lacking:
        raise Unusable(f"There are no safetensors in {', '.join(lacking)}, only files that can hold code.")
    if not weights:
        raise Unusable("There are no safetensors in it.")
    return chosen


def _variant(path: str) -> bool:
    return path.endswith(WEIGHTS) and any(mark in PurePosixPath(path).name for mark in VARIANTS)


def sources(model: Model) -> Iterator[str]:
    """Everything that the row names: its own source and its parts, a folder by its full path, each once."""
    ref = model.ref()
    yield from dict.fromkeys([ref.source, *ref.parts.values()])


def is_hub_id(source: str) -> bool:
    """Whether it names a repository of a hub rather than a place here."""
    return not Path(source).is_absolute() and not Path(source).exists() and source.count("/") == 1


def here(source: str, revision: str = "") -> Path | None:
    """The folder, or file, in which `source` lies on this machine; None when it has not been fetched."""
    if not is_hub_id(source):
        return Path(source) if Path(source).exists() else None
    from huggingface_hub import constants

    place = Path(constants.HF_HUB_CACHE) / f"models--{source.replace('/', '--')}"
    name = place / "refs" / (revision or "main")
    commit = name.read_text().strip() if name.is_file() else revision
    snapshot = place / "snapshots" / commit
    return snapshot if commit and snapshot.is_dir() else None


def of(place: Path) -> list[Path]:
    """The weights and small files below a folder, or the file itself, in the order of their names."""
    if place.is_file():
        return [place]
    return sorted(path for path in place.rglob("*") if path.suffix in (*SMALL, WEIGHTS) and path.is_file())


def name_of(path: Path, place: Path) -> str:
    """How a file is called in Model.hashes: below its place."""
    return path.name if path == place else path.relative_to(place).as_posix()


def digest(path: Path) -> tuple[int, str]:
    """Bytes and SHA-256 (hex) of a file."""
    told, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while data := file.read(READ_AT_ONCE):
            told.update(data)
            size += len(data)
    return size, told.hexdigest()


def check_head(path: Path) -> int:
    """How many tensors a safetensors file names. Raises Unusable for a head that does not fit the file."""
    size = path.stat().st_size
    with path.open("rb") as file:
        first = file.read(8)
        length = struct.unpack("<Q", first)[0] if len(first) == 8 else LONGEST_HEAD + 1
        if length > min(LONGEST_HEAD, size - 8):
            raise Unusable(f"{path.name} is no safetensors file.")
        try:
            head = json.loads(file.read(length))
            tensors = {name: told["data_offsets"] for name, told in head.items() if name != "__metadata__"}
            ends = [(int(begin), int(end)) for begin, end in tensors.values()]
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise Unusable(f"The head of {path.name} cannot be read.") from error
    if any(not 0 <= begin <= end <= size - 8 - length for begin, end in ends):
        raise Unusable(f"{path.name} is shorter than its head says.")
    return len(tensors)


def hashes(places: Iterable[Path]) -> dict[str, list[object]]:
    """What Model.hashes keeps of these places."""
    return {name_of(path, place): list(digest(path)) for place in places for path in of(place)}


def on_disk(places: Collection[Path]) -> int:
    """Bytes that these places take."""
    return sum(path.stat().st_size for place in places for path in of(place))
