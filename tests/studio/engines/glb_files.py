"""GLB files for tests: a good one, and ways to spoil its description or its bytes."""

import copy
import io
import json
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

CORNERS = np.array([[0, 0, 0], [2, 0, 0], [0, 4, 0], [0, 0, 2]], "<f4")
FACES = np.array([0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3], "<u2")
UV = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], "<f4")


def picture(size: int = 8, form: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (size, size), (200, 30, 30)).save(out, form)
    return out.getvalue()


def packed(said: dict[str, Any], binary: bytes, *, version: int = 2, length: int | None = None) -> bytes:
    """A file with this description and these bytes."""
    text = json.dumps(said).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    body = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", version, 12 + len(body) if length is None else length) + body


def parts(image: bytes | None = None) -> tuple[dict[str, Any], bytes]:
    """The description and the bytes of a tetrahedron with a picture on it."""
    image = image or picture()
    pieces = [CORNERS.tobytes(), FACES.tobytes(), UV.tobytes(), image]
    views, at = [], 0
    for piece in pieces:
        views.append({"buffer": 0, "byteOffset": at, "byteLength": len(piece)})
        at += len(piece) + -len(piece) % 4
    said = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [
            {"primitives": [{"attributes": {"POSITION": 0, "TEXCOORD_0": 2}, "indices": 1, "material": 0}]},
        ],
        "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}, "metallicFactor": 0}}],
        "textures": [{"source": 0}],
        "images": [{"bufferView": 3, "mimeType": "image/png"}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "type": "VEC3", "count": 4},
            {"bufferView": 1, "componentType": 5123, "type": "SCALAR", "count": 12},
            {"bufferView": 2, "componentType": 5126, "type": "VEC2", "count": 4},
        ],
        "bufferViews": views,
        "buffers": [{"byteLength": at}],
    }
    return said, b"".join(piece + b"\0" * (-len(piece) % 4) for piece in pieces)


def glb_file(change: Callable[[dict[str, Any]], Any] | None = None, **options: Any) -> bytes:
    """The tetrahedron, its description changed by `change`."""
    said, binary = parts()
    said = copy.deepcopy(said)
    if change is not None:
        change(said)
    return packed(said, binary, **options)
