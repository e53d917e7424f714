"""The whole way from a drawing to a mesh: what is solid, its shape, the picture on it, its size. No jobs here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import trimesh
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from studio.engines.base import EngineError
from studio.engines.board import pictures
from studio.engines.solid import glb, inflating, regions, relief
from studio.engines.solid.cells import Values
from studio.engines.solid.inflating import Body
from studio.engines.solid.regions import Mask

Stage = Literal["outlines", "shaping", "texture", "posing"]
# How much is done when it begins.
BEGINS: dict[Stage, float] = {"outlines": 0.02, "shaping": 0.2, "texture": 0.45, "posing": 0.6}
# Hears of a stage when it begins; may raise.
OnStage = Callable[[Stage], None]
# The narrowest tube, in the drawing's pixels.
TUBE = 11.0
# Of the grid, in the drawing's pixels: the finest and the coarsest.
FINEST, COARSEST = 0.8, 16.0
# The cosine of a vertex's normal and that of the triangles around it, at least.
LEAST_AGREEMENT = 0.1
# How high a relief is at a thickness of 1, of its longer side.
RELIEF = 0.2
# Of the picture on the shape, its longer side in pixels.
TEXTURE = 1024


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants: see the tool's form (studio/tools/sketch_to_3d.py). `size` are metres."""

    way: str = "solid"
    thickness: float = 0.6
    roundness: float = 0.8
    smoothness: float = 0.3
    triangles: int = 20_000
    size: float = 1.0
    texture: str = "drawing"
    raised: str = "auto"

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> "Wish":
        """From a job's parameters; what is missing is as usual."""
        known = {name: params[name] for name in cls.__dataclass_fields__ if params.get(name) is not None}
        return cls(**known)


def make(
    drawn: bytes, painted: bytes | None, wish: Wish, heard: OnStage, heights: Values | None = None
) -> trimesh.Trimesh:
    """The mesh of the drawing `drawn` (a PNG, JPEG or WebP file), with the picture `painted` on it where the wish says
    so. It stands on the ground (y = 0) in the middle (x = z = 0), its longest side `wish.size` metres, its front
    towards +z. `heights` (0..1) say what a relief is to be, instead of its brightness.

    Raises EngineError: invalid_image, and nothing_drawn for an empty board.
    """
    heard("outlines")
    drawing = regions.read(pictures.decode(drawn), whole=wish.way == "relief")
    if drawing.empty:
        raise EngineError("nothing_drawn")
    picture = pictures.on_white(pictures.decode(painted)) if painted and wish.texture == "picture" else None
    if picture is not None:
        picture = picture.crop(regions.pixels(drawing.box, picture.size))
    if wish.way == "relief":
        return _relief(drawing, picture, wish, heard, heights)
    return _solid(drawing, picture, wish, heard)


def _solid(drawing: regions.Drawing, picture: Image.Image | None, wish: Wish, heard: OnStage) -> trimesh.Trimesh:
    drawn = regions.solid(drawing.marks)
    heard("shaping")
    full, cell = _thick_enough(drawn, wish.triangles)
    distance, origin = inflating.sampled(full, cell, 0.8 * drawing.grain + 6 * wish.smoothness)
    if not (distance > 0).any():
        raise EngineError("nothing_drawn")
    _sheet, body = inflating.inflate(distance, max(wish.thickness, 0.01), wish.roundness)
    heard("texture")
    vertices = body.vertices * cell + (origin[0], -origin[1], 0.0)
    shown, corner, extent = _cut(_spread(drawing.colours, drawn, drawing.grain), picture, full)
    # The middle of a pixel is half a pixel from its edge.
    across, down = vertices[:, 0] + 0.5 - corner[0], -vertices[:, 1] + 0.5 - corner[1]
    uv = np.column_stack([across / extent[0], 1 - down / extent[1]])
    return _posed(Body(vertices, body.normals, body.faces), uv.clip(0, 1), shown, wish.size)


def _thick_enough(full: Mask, triangles: int) -> tuple[Mask, float]:
    """The area with its thin parts made thick enough for the grid, and the grid's cell in pixels."""
    cell = _cell(full, triangles)
    fat = regions.thickened(full, max(TUBE, inflating.CELLS_OF_A_TUBE * cell) / 2)
    return fat, _cell(fat, triangles)


def _cell(full: Mask, triangles: int) -> float:
    # Two triangles a cell, in front and behind.
    return float(np.clip(np.sqrt(4 * max(int(full.sum()), 1) / triangles), FINEST, COARSEST))


def _relief(
    drawing: regions.Drawing, picture: Image.Image | None, wish: Wish, heard: OnStage, heights: Values | None
) -> trimesh.Trimesh:
    heard("shaping")
    shown = picture or Image.fromarray(drawing.colours)
    if heights is None:
        size = drawing.colours.shape[1], drawing.colours.shape[0]
        heights = relief.brightness(shown.resize(size, Image.Resampling.LANCZOS))
    # Of a drawing the lines stand out, of a painting what is in the light.
    dark = drawing.mostly_paper and picture is None if wish.raised == "auto" else wish.raised == "dark"
    heights = 1 - heights if dark else heights
    body = relief.raise_up(heights, RELIEF * wish.thickness, 0.5 + 6 * wish.smoothness, wish.triangles)
    heard("texture")
    rows, columns = heights.shape
    longer = max(rows, columns)
    uv = np.column_stack([body.vertices[:, 0] * longer / columns, 1 + body.vertices[:, 1] * longer / rows])
    shown.thumbnail((TEXTURE, TEXTURE), Image.Resampling.LANCZOS)
    return _posed(body, uv.clip(0, 1), shown, wish.size)


def _spread(colours: NDArray[np.uint8], drawn: Mask, grain: float) -> NDArray[np.uint8]:
    """The colours of what was drawn reach beyond its edge, which is half paper, so that no paper shows at the rim."""
    depth = ndimage.distance_transform_edt(np.pad(drawn, 1))[1:-1, 1:-1]
    sure = (depth > 1.5 * grain) | (drawn & (depth >= ndimage.maximum_filter(depth, 3)))
    nearest = ndimage.distance_transform_edt(~sure, return_distances=False, return_indices=True)
    return np.asarray(colours[nearest[0], nearest[1]])


def _cut(
    colours: NDArray[np.uint8], picture: Image.Image | None, full: Mask
) -> tuple[Image.Image, tuple[int, int], tuple[int, int]]:
    """The part of drawing or `picture` that lies on the area, where it begins (column, row), and its size there."""
    rows, columns = np.flatnonzero(full.any(1)), np.flatnonzero(full.any(0))
    top, left = max(0, rows[0] - 4), max(0, columns[0] - 4)
    low, right = min(full.shape[0], rows[-1] + 5), min(full.shape[1], columns[-1] + 5)
    box = int(left), int(top), int(right), int(low)
    extent = box[2] - box[0], box[3] - box[1]
    if picture is None:
        return Image.fromarray(colours).crop(box), (box[0], box[1]), extent
    height, width = full.shape
    across, down = picture.width / width, picture.height / height
    part = picture.crop((round(box[0] * across), round(box[1] * down), round(box[2] * across), round(box[3] * down)))
    part.thumbnail((TEXTURE, TEXTURE), Image.Resampling.LANCZOS)
    return part, (box[0], box[1]), extent


def _posed(body: Body, uv: Values, picture: Image.Image, size: float) -> trimesh.Trimesh:
    low, high = body.vertices.min(0), body.vertices.max(0)
    scale = size / float((high - low).max())
    foot = np.array([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2])
    vertices = (body.vertices - foot) * scale
    return glb.textured(vertices, body.faces, _agreeing(body.normals, vertices, body.faces), uv, picture)


def _agreeing(normals: Values, vertices: Values, faces: NDArray[np.int64]) -> Values:
    """`normals`, but that of the triangles around where one points into the body: at creases the grid is too coarse for
    what is known of the surface."""
    a, b, c = (vertices[faces[:, at]] for at in range(3))
    across = np.cross(b - a, c - a)
    around = np.stack(
        [sum(np.bincount(faces[:, at], across[:, axis], len(vertices)) for at in range(3)) for axis in range(3)], 1
    )
    around /= np.linalg.norm(around, axis=1, keepdims=True).clip(1e-30)
    wrong = (normals * around).sum(1) < LEAST_AGREEMENT
    return np.where(wrong[:, None], around, normals)


def facts(mesh: trimesh.Trimesh, wish: Wish) -> dict[str, Any]:
    """What the recipe tells of a mesh; lengths in metres."""
    size = [round(float(side), 4) for side in mesh.extents]
    method = {"solid": "inflated outlines", "relief": "relief"}[wish.way]
    return {"method": method, "triangles": len(mesh.faces), "size": size, "watertight": bool(mesh.is_watertight)}
