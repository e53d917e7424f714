"""The model file that a server sent: it may be anything. What is read of it is written anew, and nothing else is kept.

Triangles, their normals, colours and one material each are read; animations, cameras, lights, skins, and everything
outside the file are not.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import trimesh
from numpy.typing import NDArray
from PIL import Image
from trimesh.transformations import quaternion_matrix
from trimesh.visual import TextureVisuals
from trimesh.visual.material import PBRMaterial

from studio.engines.board import received
from studio.engines.mesh_http.packed import Packed, index, share
from studio.engines.remote.errors import RemoteError
from studio.engines.solid import given, glb, poster
from studio.job import Output

# What may be in a file, all of its parts together; pixels of a texture's side.
VERTICES_MOST = TRIANGLES_MOST = 1_000_000
NODES_MOST, PARTS_MOST, TEXTURES_MOST = 4096, 1024, 16
TEXTURE_LONGEST = 4096

TRIANGLES = 4
Array = NDArray[np.float64]


def output(data: bytes, seed: int, metres: float = given.METRES) -> Output:
    """The shape in `data` as an output of ours, `metres` large, with its picture. Raises as `read`."""
    scene = read(data, metres)
    meshes = list(scene.geometry.values())
    facts = {
        "vertices": sum(len(mesh.vertices) for mesh in meshes),
        "triangles": sum(len(mesh.faces) for mesh in meshes),
    }
    return Output(poster.render(scene), "image/png", seed, facts, files={"model": glb.write(scene)})


def read(data: bytes, metres: float = given.METRES) -> trimesh.Scene:
    """The triangles in a GLB file, their longest side `metres` long.

    Raises RemoteError("engine_broken") for everything that is none, breaks a limit, or leads outside, and
    EngineError("busy") when its pictures cannot be read just now.
    """
    try:
        scene = _Reading(Packed.of(data)).scene()
        given.stand(scene, metres)
        return scene
    # Any value may be missing, of another kind, or point nowhere.
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError, struct.error):
        raise RemoteError("engine_broken") from None


@dataclass
class _Reading:
    """What was read of a file so far. Raises as packed.py does for what makes no sense."""

    file: Packed
    pictures: dict[int, Image.Image] = field(default_factory=dict)
    vertices: int = 0
    triangles: int = 0
    parts: int = 0

    def scene(self) -> trimesh.Scene:
        scene = trimesh.Scene()
        for number, mesh in enumerate(self._meshes()):
            scene.add_geometry(mesh, geom_name=f"part{number}")
        if not scene.geometry:
            raise ValueError("nothing in it")
        return scene

    def _meshes(self) -> Iterator[trimesh.Trimesh]:
        """What stands in the scene, where it stands. A part that is there twice counts twice."""
        nodes = self.file.said["nodes"]
        if len(nodes) > NODES_MOST:
            raise ValueError("too many nodes")
        roots = self.file.entry("scenes", self.file.said.get("scene", 0))["nodes"]
        waiting = [(index(root, nodes), np.eye(4)) for root in roots]
        seen: set[int] = set()
        while waiting:
            number, above = waiting.pop()
            if number in seen:  # each has one place: a circle would have no end
                raise ValueError("a node in two places")
            seen.add(number)
            node = nodes[number]
            where = above @ _placed(node)
            waiting += [(index(child, nodes), where) for child in node.get("children", [])]
            if "mesh" in node:
                for part in self.file.entry("meshes", node["mesh"])["primitives"]:
                    if part.get("mode", TRIANGLES) == TRIANGLES:
                        yield self._part(part, where)

    def _part(self, part: dict[str, Any], where: Array) -> trimesh.Trimesh:
        self.parts += 1
        places = part["attributes"]
        vertices = self.file.numbers(places["POSITION"], 3)
        faces = self._faces(part, len(vertices))
        self.vertices += len(vertices)
        self.triangles += len(faces)
        if self.parts > PARTS_MOST or self.vertices > VERTICES_MOST or self.triangles > TRIANGLES_MOST:
            raise ValueError("too much in it")
        if np.linalg.det(where[:3, :3]) < 0:  # a mirrored part would be seen from inside
            faces = faces[:, ::-1]
        vertices = vertices @ where[:3, :3].T + where[:3, 3]
        if not np.isfinite(vertices).all() or np.abs(vertices).max(initial=0) > 1e9:
            raise ValueError("nowhere")
        visual = self._visual(part, places, len(vertices))
        normals = self._normals(places, len(vertices), where)
        return trimesh.Trimesh(vertices, faces, vertex_normals=normals, visual=visual, process=False)

    def _normals(self, places: dict[str, Any], count: int, where: Array) -> Array | None:
        """Those of the file where each of them has a direction; otherwise they are worked out anew."""
        if "NORMAL" not in places:
            return None
        normals = self.file.numbers(places["NORMAL"], 3) @ np.linalg.pinv(where[:3, :3])
        long = np.linalg.norm(normals, axis=1, keepdims=True)
        if len(normals) != count or not np.isfinite(normals).all() or long.min() < 1e-9:
            return None
        return np.asarray(normals / long)

    def _faces(self, part: dict[str, Any], count: int) -> NDArray[np.int64]:
        if "indices" in part:
            corners = self.file.raw(part["indices"], 1)[0].astype(np.int64).ravel()
        else:
            corners = np.arange(count)
        if not len(corners) or len(corners) % 3 or corners.max() >= count or corners.min() < 0:
            raise ValueError("no triangles")
        return corners.reshape(-1, 3)

    def _visual(self, part: dict[str, Any], places: dict[str, Any], count: int) -> TextureVisuals:
        material = self._material(part)
        textured = material.baseColorTexture is not None
        if textured and "TEXCOORD_0" in places:
            uv = self.file.numbers(places["TEXCOORD_0"], 2)
            if len(uv) != count or not np.isfinite(uv).all():
                raise ValueError("no places on the picture")
            return TextureVisuals(uv=np.column_stack([uv[:, 0], 1 - uv[:, 1]]), material=material)
        if "COLOR_0" in places:
            colours = self.file.numbers(places["COLOR_0"], 0)
            if len(colours) != count or not np.isfinite(colours).all():
                raise ValueError("no colours")
            return given.tinted((colours[:, :3].clip(0, 1) * 255).round().astype(np.uint8), material)
        return TextureVisuals(material=material)

    def _material(self, part: dict[str, Any]) -> PBRMaterial:
        if "material" not in part:
            return given.matt()
        said = self.file.entry("materials", part["material"]).get("pbrMetallicRoughness", {})
        factor = [share(value) for value in said.get("baseColorFactor", [1, 1, 1, 1])]
        if len(factor) != 4:
            raise ValueError("no colour")
        rough = self._picture(said.get("metallicRoughnessTexture"))
        return PBRMaterial(
            baseColorFactor=[round(value * 255) for value in factor],
            baseColorTexture=self._picture(said.get("baseColorTexture")),
            metallicRoughnessTexture=rough,
            metallicFactor=share(said.get("metallicFactor", 1)),
            roughnessFactor=share(said.get("roughnessFactor", 1)),
        )

    def _picture(self, named: dict[str, Any] | None) -> Image.Image | None:
        """A texture, decoded in the process for strangers' files."""
        if named is None:
            return None
        texture = self.file.entry("textures", named["index"])
        webp = texture.get("extensions", {}).get("EXT_texture_webp", {})
        number = index(webp.get("source", texture.get("source")), self.file.said["images"])
        if number not in self.pictures:
            if len(self.pictures) == TEXTURES_MOST:
                raise ValueError("too many pictures")
            begin, end, _stride = self.file.view(self.file.entry("images", number)["bufferView"])
            self.pictures[number] = received.opened(self.file.binary[begin:end], TEXTURE_LONGEST)
        return self.pictures[number]


def _placed(node: dict[str, Any]) -> Array:
    """How a node stands in the one above it."""
    if "matrix" in node:
        where = np.array(node["matrix"], np.float64).reshape(4, 4).T
    else:
        where = np.eye(4)
        x, y, z, w = (float(value) for value in node.get("rotation", (0, 0, 0, 1)))
        where[:3, :3] = quaternion_matrix([w, x, y, z])[:3, :3] * np.array(node.get("scale", (1, 1, 1)), np.float64)
        where[:3, 3] = node.get("translation", (0, 0, 0))
    if where.shape != (4, 4) or not np.isfinite(where).all():
        raise ValueError("nowhere")
    return where
