"""Shapes that a network or another server made: their colours, and their place in the world."""

from typing import Any

import numpy as np
import trimesh
from numpy.typing import NDArray
from trimesh.visual import TextureVisuals
from trimesh.visual.material import PBRMaterial

# Such shapes have no size of their own: their longest side is made so long.
METRES = 1.0


def matt() -> PBRMaterial:
    """No metal, rather matt, and white: for colours of vertices."""
    return PBRMaterial(name="surface", baseColorFactor=[255] * 4, metallicFactor=0.0, roughnessFactor=0.75)


def tinted(colours: NDArray[np.uint8], material: PBRMaterial | None = None) -> TextureVisuals:
    """Colours of vertices (n, 3), which in glTF are light, on a `material` (matt and white unless given)."""
    visual = TextureVisuals(material=material or matt())
    visual.vertex_attributes["color"] = np.column_stack([colours, np.full(len(colours), 255, np.uint8)])
    return visual


def coloured(vertices: NDArray[Any], faces: NDArray[Any], colours: NDArray[np.uint8]) -> trimesh.Trimesh:
    """A mesh (n x 3, m x 3 counter-clockwise seen from outside) with colours (n, 3) at its vertices."""
    mesh = trimesh.Trimesh(vertices, faces, process=False, visual=tinted(colours))
    mesh.metadata["name"] = "solid"
    return mesh


def stand(shape: trimesh.Trimesh | trimesh.Scene, metres: float = METRES) -> None:
    """Make its longest side `metres` long, and stand it on the ground in the middle. The meshes of a scene must be
    where they are by their vertices alone. Raises ValueError for what has no extent."""
    low, high = shape.bounds
    longest = float((high - low).max())
    if not 0 < longest < np.inf:
        raise ValueError("no extent")
    where = np.eye(4)
    where[:3, :3] *= metres / longest
    where[:3, 3] = -np.array([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2]) * metres / longest
    for mesh in shape.geometry.values() if isinstance(shape, trimesh.Scene) else [shape]:
        mesh.apply_transform(where)
