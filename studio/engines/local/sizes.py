"""How much memory a model will take, from the heads of its files, before it is loaded. Reads no weights."""

import json
import struct
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

import torch

from studio.job import ModelRef


def of(ref: ModelRef, dtype: torch.dtype) -> int:
    """Bytes of `ref` in memory as `dtype`; 0 for what is not on this machine yet. Files that cannot be read count
    nothing: whoever loads them says what is wrong."""
    return sum(_numbers(file) for file in _files(ref)) * dtype.itemsize


def _files(ref: ModelRef) -> Iterator[Path]:
    source = Path(ref.source)
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
        yield from _weights(Path(part))


def _weights(folder: Path) -> Iterator[Path]:
    """The files that are loaded of a part: those in half precision lie beside the others under another name."""
    if folder.is_dir():
        yield from (file for file in folder.glob("*.safetensors") if ".fp16." not in file.name)


def _numbers(file: Path) -> int:
    """How many numbers a safetensors file holds (its head: github.com/huggingface/safetensors, "Format")."""
    try:
        with file.open("rb") as opened:
            (length,) = struct.unpack("<Q", opened.read(8))
            head: dict[str, Any] = json.loads(opened.read(min(length, file.stat().st_size)))
        return sum(prod(tensor["shape"]) for name, tensor in head.items() if name != "__metadata__")
    except (OSError, ValueError, TypeError, KeyError, struct.error):
        return 0
