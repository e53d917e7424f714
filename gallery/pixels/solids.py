"""Shapes in space as files: what a GLB must be to be kept, and the same shape for other programs. Knows no works."""

import io
import json
import struct
import zipfile
from typing import Any

MEDIA_TYPE = "model/gltf-binary"
# What a shape may be taken along as: the media type and the ending of each.
FORMS = {
    "glb": (MEDIA_TYPE, "glb"),
    "stl": ("model/stl", "stl"),
    # A folder of three: the shape, its material, its picture.
    "obj": ("application/zip", "zip"),
}
# Bytes of a file that is kept, at most.
MOST = 64 * 2**20
# Printers' programs take numbers for millimetres, and z for up.
MILLIMETRES = 1000.0
# The header of a GLB (glTF 2.0 §4.4): magic, version, length; then length and kind of its first chunk, which is JSON.
HEADER, CHUNK = struct.Struct("<4sII"), struct.Struct("<II")
JSON_CHUNK = 0x4E4F534A


class Unreadable(ValueError):
    """No GLB file, or one that cannot be used here."""


def check(data: bytes) -> dict[str, Any]:
    """The JSON of a GLB file that has all it needs inside. Raises Unreadable: whoever opens it must not be led to fetch
    anything from elsewhere."""
    try:
        magic, version, length = HEADER.unpack_from(data)
        size, kind = CHUNK.unpack_from(data, HEADER.size)
        begin = HEADER.size + CHUNK.size
        if (magic, version, length, kind) != (b"glTF", 2, len(data), JSON_CHUNK) or length > MOST:
            raise Unreadable("this is no GLB file")
        about = json.loads(data[begin : begin + size])
        outside = [each for name in ("buffers", "images") for each in about.get(name, []) if _leads_out(each)]
    except (struct.error, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise Unreadable("this is no GLB file") from error
    if outside:
        raise Unreadable("parts of this model lie elsewhere")
    return dict(about)


def told(data: bytes, extras: dict[str, Any]) -> bytes:
    """A GLB file that `check` accepts, with `extras` beside what its asset says of itself."""
    about = check(data)
    asset = about.get("asset") or {}
    about["asset"] = asset | {"extras": (asset.get("extras") or {}) | extras}
    size, _kind = CHUNK.unpack_from(data, HEADER.size)
    rest = data[HEADER.size + CHUNK.size + size :]
    text = json.dumps(about, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    length = HEADER.size + CHUNK.size + len(text) + len(rest)
    return HEADER.pack(b"glTF", 2, length) + CHUNK.pack(len(text), JSON_CHUNK) + text + rest


def converted(data: bytes, form: str) -> bytes:
    """A GLB file as `form` (FORMS): STL for printing has millimetres and z upwards, OBJ metres and y upwards.

    Raises Unreadable for files whose shapes are packed in ways that nothing here can read.
    """
    if form == "glb":
        return data
    import numpy as np
    import trimesh

    try:
        scene = trimesh.load_scene(io.BytesIO(data), file_type="glb", process=False)
        mesh = scene.to_mesh()
        if not len(mesh.faces):
            raise Unreadable("there is no surface in this model")
        if form == "obj":
            return _zipped(mesh)
        mesh.apply_transform(trimesh.transformations.rotation_matrix(np.pi / 2, [1, 0, 0]))
        mesh.apply_scale(MILLIMETRES)
        return bytes(mesh.export(file_type="stl"))
    # trimesh has no error of its own: a damaged file makes it raise any of these.
    except (ArithmeticError, AssertionError, AttributeError, ImportError, LookupError, OSError) as error:
        raise Unreadable("this model cannot be read") from error
    except (RuntimeError, TypeError, ValueError, struct.error) as error:
        raise Unreadable("this model cannot be read") from error


def _zipped(mesh: Any) -> bytes:
    from trimesh.exchange.obj import export_obj

    text, parts = export_obj(mesh, return_texture=True, mtl_name="model.mtl", header="", digits=6)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as folder:
        folder.writestr("model.obj", text)
        for name, part in parts.items():
            folder.writestr(name, part)
    return out.getvalue()


def _leads_out(part: dict[str, Any]) -> bool:
    return not str(part.get("uri", "data:")).startswith("data:")
