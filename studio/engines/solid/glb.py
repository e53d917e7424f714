"""GLB files: meshes with one PBR material and a texture, in metres, Y up. By trimesh; nothing here leads elsewhere."""

import io
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
import trimesh
from numpy.typing import NDArray
from PIL import Image
from trimesh.visual import TextureVisuals
from trimesh.visual.material import PBRMaterial

from studio.engines.base import EngineError

Points = NDArray[np.float64]
Faces = NDArray[np.int64]

MEDIA_TYPE = "model/gltf-binary"
# Pictures on surfaces are written as JPEG where that is smaller than PNG: photos are, flat drawings are not.
JPEG_QUALITY = 90


def textured(
    vertices: Points, faces: Faces, normals: Points, uv: Points, picture: Image.Image, *, name: str = "solid"
) -> trimesh.Trimesh:
    """A mesh (n x 3 in metres, m x 3 counter-clockwise seen from outside) with `picture` (RGB) laid on it by `uv` (n x
    2 in 0..1, (0, 0) its lower left corner). It has no metal and is rather matt."""
    material = PBRMaterial(
        name="surface", baseColorTexture=picture, metallicFactor=0.0, roughnessFactor=0.75, baseColorFactor=[255] * 4
    )
    mesh = trimesh.Trimesh(
        vertices, faces, vertex_normals=normals, visual=TextureVisuals(uv=uv, material=material), process=False
    )
    mesh.metadata["name"] = name
    return mesh


def write(shape: trimesh.Trimesh | trimesh.Scene) -> bytes:
    """`shape` as a GLB file, with its normals."""
    scene = shape if isinstance(shape, trimesh.Scene) else trimesh.Scene({shape.metadata.get("name", "solid"): shape})
    made = trimesh.exchange.gltf.export_glb(
        scene, include_normals=True, unitize_normals=True, buffer_postprocessor=_smaller_pictures
    )
    return bytes(made)


def read(data: bytes) -> trimesh.Scene:
    """The scene in a GLB file. Raises EngineError("invalid_model") for what is none, or has nothing in it."""
    try:
        scene = trimesh.load_scene(io.BytesIO(data), file_type="glb", process=False)
    # trimesh has no error of its own: a damaged file makes it raise any of these.
    except (ArithmeticError, AttributeError, ImportError, LookupError, OSError, RuntimeError, ValueError) as error:
        raise EngineError("invalid_model") from error
    except (AssertionError, TypeError, struct.error) as error:
        raise EngineError("invalid_model") from error
    if not any(isinstance(each, trimesh.Trimesh) and len(each.faces) for each in scene.geometry.values()):
        raise EngineError("invalid_model")
    return scene


def _smaller_pictures(buffers: Any, tree: Mapping[str, Any]) -> None:
    """trimesh writes every picture as PNG, into one of `buffers` each."""
    names = list(buffers)
    for image in tree.get("images", []):
        name = names[image["bufferView"]]
        if image["mimeType"] != "image/png":
            continue
        picture = Image.open(io.BytesIO(buffers[name]))
        jpeg = io.BytesIO()
        if not picture.has_transparency_data:
            picture.convert("RGB").save(jpeg, "JPEG", quality=JPEG_QUALITY)
        if 0 < jpeg.tell() < len(buffers[name]):
            data = jpeg.getvalue()
            buffers[name] = data + b"\0" * (-len(data) % 4)
            image["mimeType"] = "image/jpeg"
