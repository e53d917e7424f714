"""How much memory a model will take, from the heads of its files, before it is loaded. Reads no weights."""

import json
import struct
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import try_to_load_from_cache

from studio.job import ModelRef

# What every model of a hub has one of: a pipeline, or a single network.
HEADS = ("model_index.json", "config.json")


def of(ref: ModelRef, dtype: torch.dtype) -> int:
    """Bytes of `ref` in memory as `dtype`; 0 for what is not on this machine yet. Files that cannot be read count
    nothing: whoever loads them says what is wrong."""
    return sum(_numbers(file) for file in _files(ref)) * dtype.itemsize


def _files(ref: ModelRef) -> Iterator[Path]:
    source = _place(ref.source, ref.revision)
    index = source / "model_index.json"
    if index.is_file():
        try:
            names: dict[str, Any] = json.loads(index.read_text("utf-8"))
        except ValueError:
            return
        for name in names:
            yield from _weights(source / name)
    elif source.is_file():
        yield source
    else:
        yield from _weights(source)
    for part in ref.parts.values():
        yield from _weights(_place(part))


def _place(source: str, revision: str = "") -> Path:
    """Where what the catalogue names is on this machine; of a hub's, the copy that was fetched before."""
    if Path(source).exists() or source.count("/") != 1:
        return Path(source)
    try:
        found = [try_to_load_from_cache(source, head, revision=revision or None) for head in HEADS]
    except ValueError:  # no hub has such a name
        return Path(source)
    return next((Path(file).parent for file in found if isinstance(file, str)), Path(source))


def _weights(folder: Path) -> Iterator[Path]:
    """The files that are loaded of a part. Those in half precision lie beside the others under another name, and are
    loaded where there are no others."""
    files = list(folder.glob("*.safetensors")) if folder.is_dir() else []
    yield from [file for file in files if ".fp16." not in file.name] or files


def _numbers(file: Path) -> int:
    """How many numbers a safetensors file holds (its head: github.com/huggingface/safetensors, "Format")."""
    try:
        with file.open("rb") as opened:
            (length,) = struct.unpack("<Q", opened.read(8))
            head: dict[str, Any] = json.loads(opened.read(min(length, file.stat().st_size)))
        return sum(prod(tensor["shape"]) for name, tensor in head.items() if name != "__metadata__")
    except (OSError, ValueError, TypeError, KeyError, struct.error):
        return 0
