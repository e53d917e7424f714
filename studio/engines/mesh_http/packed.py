"""A GLB file taken apart: its description, and the numbers that it points at, each checked before it is read.

glTF 2.0, binary form: https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html#binary-gltf-layout. Every function
raises ValueError, LookupError, TypeError, AttributeError or struct.error for what makes no sense, and reads nothing
outside the file.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.values import strictjson

# Bytes of a file and of its description, and how many numbers may stand in a row.
FILE_MOST, DESCRIPTION_MOST = 64 * 2**20, 8 * 2**20
ELEMENTS_MOST = 3_000_000

TYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
# What a file may need to be understood: materials look a little plainer without theirs, the rest is understood here.
UNDERSTOOD = ("KHR_materials_", "KHR_mesh_quantization", "EXT_texture_webp", "KHR_lights_punctual")


@dataclass(frozen=True, slots=True)
class Packed:
    """A description and its bytes."""

    said: dict[str, Any]
    binary: bytes = field(repr=False)

    @classmethod
    def of(cls, data: bytes) -> "Packed":
        """The file that `data` is."""
        if len(data) > FILE_MOST:
            raise ValueError("too large")
        magic, version, length = struct.unpack_from("<4sII", data)
        if magic != b"glTF" or version != 2 or length != len(data):
            raise ValueError("no GLB file")
        chunks = dict(_chunks(data))
        if len(chunks[b"JSON"]) > DESCRIPTION_MOST:
            raise ValueError("too much to say")
        said = strictjson.loads(chunks[b"JSON"].rstrip(b" \0"))
        needed = said.get("extensionsRequired", [])
        if not all(isinstance(name, str) and name.startswith(UNDERSTOOD) for name in needed):
            raise ValueError("needs more than we know")
        return cls(said, chunks.get(b"BIN\0", b""))

    def entry(self, kind: str, number: Any) -> Any:
        """One of the description's lists of things, such as "nodes"."""
        return self.said[kind][index(number, self.said[kind])]

    def numbers(self, accessor: Any, width: int) -> NDArray[np.float64]:
        """(n, width) floats, those that are meant as a share of their type as such; `width` 0: 3 or 4."""
        values, normalised = self.raw(accessor, width)
        if values.dtype.kind != "f" and normalised:
            most = np.iinfo(values.dtype).max
            return np.maximum(values.astype(np.float64) / most, -1.0)
        return values.astype(np.float64)

    def raw(self, accessor: Any, width: int) -> tuple[NDArray[Any], bool]:
        """(n, width) numbers as they are kept, and whether they are shares of their type."""
        said = self.entry("accessors", accessor)
        kind, many = np.dtype(TYPES[said["componentType"]]), WIDTHS[said["type"]]
        if many not in ((3, 4) if width == 0 else (width,)) or "sparse" in said:
            raise ValueError("numbers of another kind")
        count = whole(said["count"])
        begin, end, stride = self.view(said["bufferView"])
        begin += whole(said.get("byteOffset", 0))
        step = stride or many * kind.itemsize
        if count < 1 or count > ELEMENTS_MOST or step < many * kind.itemsize:
            raise ValueError("numbers that are not there")
        if begin + (count - 1) * step + many * kind.itemsize > end:
            raise ValueError("numbers that are not there")
        values = np.ndarray((count, many), kind, self.binary, begin, (step, kind.itemsize))
        return values, bool(said.get("normalized"))

    def view(self, number: Any) -> tuple[int, int, int]:
        """Where a view begins and ends in the file's own bytes, and how far its elements are apart (0: not said)."""
        said = self.entry("bufferViews", number)
        buffer = self.entry("buffers", said["buffer"])
        if said["buffer"] != 0 or "uri" in buffer:
            raise ValueError("leads outside")
        begin = whole(said.get("byteOffset", 0))
        end = begin + whole(said["byteLength"])
        if end > len(self.binary):
            raise ValueError("more than there is")
        return begin, end, whole(said.get("byteStride", 0))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at < len(data):
        length, kind = struct.unpack_from("<I4s", data, at)
        if at + 8 + length > len(data):
            raise ValueError("a chunk that ends early")
        yield kind, data[at + 8 : at + 8 + length]
        at += 8 + length


def index(value: Any, of: Any) -> int:
    """`value` as a place in `of`."""
    number = whole(value)
    if number >= len(of):
        raise ValueError("points nowhere")
    return number


def whole(value: Any) -> int:
    """`value` as a size or a place."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0 or value > 2**40:
        raise ValueError("no number")
    return value


def share(value: Any) -> float:
    """`value`, a number, as one from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("no number")
    return min(max(float(value), 0.0), 1.0)
