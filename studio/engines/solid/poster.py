"""The picture of a shape for galleries and lists, drawn by NumPy: no graphics card, no WebGL, the same everywhere."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import trimesh
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from trimesh.visual import TextureVisuals

from studio.engines.solid import raster

Array = NDArray[np.float64]

SIDE = 640
# Drawn so many times as large, and made smaller: soft edges.
FINER = 2
# Where it is looked at from: degrees to its left and above it, and the angle of view.
AZIMUTH, ELEVATION, VIEW = -28.0, 16.0, 26.0
# How much of the picture it may take.
FILLS = 0.84
# A backdrop between light and dark pages, lighter in the middle; what light falls on it, and the light that is
# everywhere from above and from below.
BACKDROP, BACKDROP_EDGE = np.array([0.80, 0.82, 0.86]), np.array([0.58, 0.61, 0.67])
KEY, KEY_FROM = np.array([1.0, 0.97, 0.92]) * 0.74, np.array([-0.45, 0.75, 0.62])
SKY, GROUND = np.array([0.50, 0.53, 0.58]), np.array([0.26, 0.25, 0.25])
SHADOW, SHADOW_SIDE = 0.42, 160
PLAIN = (0.80, 0.80, 0.82)


@dataclass(frozen=True, slots=True)
class Surface:
    """Triangles of one material: `uv` with `picture` (0..1), or `colours` of the vertices."""

    vertices: Array
    faces: NDArray[np.int64]
    normals: Array
    colours: Array
    uv: Array | None = None
    picture: Array | None = None


@dataclass(frozen=True, slots=True)
class Camera:
    """Looks from `eye` (by rows of `turn`: right, up, towards us), `scale` pixels for a length of 1 at a distance 1."""

    eye: Array
    turn: Array
    scale: float
    side: int

    def project(self, points: Array) -> Array:
        """x and y in pixels, y downwards, and the distance along the view, of each of `points` (n, 3)."""
        seen = (points - self.eye) @ self.turn.T
        away = -seen[:, 2]
        return np.column_stack(
            [self.side / 2 + seen[:, 0] / away * self.scale, self.side / 2 - seen[:, 1] / away * self.scale, away]
        )


def render(shape: trimesh.Trimesh | trimesh.Scene, side: int = SIDE) -> bytes:
    """A PNG of `shape` (Y up), `side` x `side` pixels, RGB. An empty one gives the backdrop."""
    surfaces = list(_surfaces(shape))
    large = side * FINER
    picture = _backdrop(large)
    if surfaces:
        camera = _camera(surfaces, large)
        _lay_shadow(picture, surfaces, camera)
        _paint(picture, surfaces, camera)
    values = (picture.clip(0, 1) * 255).round().astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(values).resize((side, side), Image.Resampling.BOX).save(out, "PNG", compress_level=4)
    return out.getvalue()


def _surfaces(shape: trimesh.Trimesh | trimesh.Scene) -> Iterator[Surface]:
    scene = shape if isinstance(shape, trimesh.Scene) else trimesh.Scene(shape)
    for node in scene.graph.nodes_geometry:
        where, name = scene.graph[node]
        mesh = scene.geometry[name]
        if not isinstance(mesh, trimesh.Trimesh) or not len(mesh.faces):
            continue
        turn = np.linalg.pinv(where[:3, :3]).T  # normals turn with the surface, also where it is stretched
        normals = mesh.vertex_normals @ turn.T
        length = np.linalg.norm(normals, axis=1, keepdims=True)
        vertices = mesh.vertices @ where[:3, :3].T + where[:3, 3]
        yield Surface(vertices, mesh.faces, normals / np.where(length > 0, length, 1), **_colours(mesh))


def _colours(mesh: trimesh.Trimesh) -> dict[str, Array]:
    count = len(mesh.vertices)
    visual = mesh.visual
    if not isinstance(visual, TextureVisuals):
        return {"colours": np.asarray(visual.vertex_colors, float)[:, :3] / 255}
    material = visual.material
    factor = getattr(material, "baseColorFactor", None)
    even = np.ones(3) if factor is None else np.asarray(factor, float)[:3]
    even = even / 255 if even.max() > 1 else even
    picture = getattr(material, "baseColorTexture", None) or getattr(material, "image", None)
    if visual.uv is None or picture is None:
        return {"colours": np.tile(even if factor is not None else PLAIN, (count, 1))}
    values = np.asarray(picture.convert("RGB"), float) / 255
    return {"colours": np.tile(even, (count, 1)), "uv": np.asarray(visual.uv), "picture": values}


def _camera(surfaces: list[Surface], side: int) -> Camera:
    points = np.concatenate([each.vertices for each in surfaces])
    middle = (points.min(0) + points.max(0)) / 2
    radius = float(np.linalg.norm(points - middle, axis=1).max()) or 1.0
    azimuth, elevation = np.radians(AZIMUTH), np.radians(ELEVATION)
    back = np.array([np.sin(azimuth) * np.cos(elevation), np.sin(elevation), np.cos(azimuth) * np.cos(elevation)])
    right = np.cross([0.0, 1.0, 0.0], back)
    right /= np.linalg.norm(right)
    turn = np.stack([right, np.cross(back, right), back])
    eye = middle + back * radius / np.sin(np.radians(VIEW) / 2)
    loose = Camera(eye, turn, 1.0, 0)
    seen = loose.project(points)[:, :2]
    low, high = seen.min(0), seen.max(0)
    scale = FILLS * side / float((high - low).max())
    # In the middle of the picture, as it is seen; a little higher, for the shadow below.
    shift = (low + high) / 2
    away = float(np.linalg.norm(eye - middle))
    eye = eye + turn[0] * shift[0] * away - turn[1] * (shift[1] + 0.012 * float((high - low).max())) * away
    return Camera(eye, turn, scale, side)


def _backdrop(side: int) -> Array:
    across = np.linspace(-1, 1, side)
    far = np.sqrt(across[None] ** 2 + (across[:, None] + 0.15) ** 2)[..., None].clip(0, 1.35) / 1.35
    return np.asarray(BACKDROP * (1 - far**1.6) + BACKDROP_EDGE * far**1.6)


def _lay_shadow(picture: Array, surfaces: list[Surface], camera: Camera) -> None:
    """A soft shadow on the ground that it stands on, as from a wide light above."""
    points = np.concatenate([each.vertices for each in surfaces])
    low, high = points.min(0), points.max(0)
    extent = float((high - low).max()) or 1.0
    # Seen from above, with room for the softness around it.
    reach = 0.35 * extent
    begin, scale = low[[0, 2]] - reach, SHADOW_SIDE / (float((high - low)[[0, 2]].max()) + 2 * reach)
    corners = np.concatenate([_above(each, begin, scale) for each in surfaces])
    under = raster.rasterise(corners, SHADOW_SIDE, SHADOW_SIDE)
    near = np.zeros((SHADOW_SIDE, SHADOW_SIDE))
    hit = under.triangle >= 0
    height = (corners[:, :, 2].mean(1)[under.triangle[hit]] - low[1]) / extent
    near[hit] = np.exp(-2.2 * height.clip(0, None))
    soft = 0.55 * ndimage.gaussian_filter(near, 0.05 * extent * scale)
    soft += 0.75 * ndimage.gaussian_filter(near, 0.016 * extent * scale)
    rows, columns = np.mgrid[0 : camera.side, 0 : camera.side]
    ahead = np.stack(
        [(columns + 0.5 - camera.side / 2) / camera.scale, (camera.side / 2 - rows - 0.5) / camera.scale,
         np.full(rows.shape, -1.0)], -1
    ) @ camera.turn  # fmt: skip
    down = np.minimum(ahead[..., 1], -1e-6)
    where = camera.eye + ahead * ((low[1] - camera.eye[1]) / down)[..., None]
    at = ((where[..., [0, 2]] - begin) * scale - 0.5).clip(-2, SHADOW_SIDE + 1)
    dark = ndimage.map_coordinates(soft, [at[..., 1], at[..., 0]], order=1, cval=0.0)
    dark = np.where(ahead[..., 1] < 0, dark, 0.0).clip(0, 1)
    picture *= (1 - SHADOW * dark)[..., None]


def _above(surface: Surface, begin: Array, scale: float) -> Array:
    """The triangles as seen from above: x and z as places, the height as depth, so that the lowest is in front."""
    flat = np.column_stack([(surface.vertices[:, [0, 2]] - begin) * scale, surface.vertices[:, 1]])
    return np.asarray(flat[surface.faces])


def _paint(picture: Array, surfaces: list[Surface], camera: Camera) -> None:
    projected = [camera.project(each.vertices)[each.faces] for each in surfaces]
    seen = raster.rasterise(np.concatenate(projected), camera.side, camera.side)
    begin = 0
    for surface, corners in zip(surfaces, projected, strict=True):
        mine = (seen.triangle >= begin) & (seen.triangle < begin + len(corners))
        if mine.any():
            which = seen.triangle[mine] - begin
            parts = np.stack([seen.first[mine], seen.second[mine], 1 - seen.first[mine] - seen.second[mine]], 1)
            # From the screen back into space: what is farther away counts for less.
            parts = parts / corners[which][:, :, 2]
            parts /= parts.sum(1, keepdims=True)
            picture[mine] = _lit(surface, surface.faces[which], parts, camera)
        begin += len(corners)


def _lit(surface: Surface, faces: NDArray[np.int64], parts: Array, camera: Camera) -> Array:
    """The colours of places on a surface, each by the `parts` of its triangle's corners."""

    def between(values: Array) -> Array:
        return np.asarray((values[faces] * parts[..., None]).sum(1))

    place, normal, colour = between(surface.vertices), between(surface.normals), between(surface.colours)
    if surface.uv is not None and surface.picture is not None:
        colour = colour * _looked_up(surface.picture, between(surface.uv))
    normal /= np.linalg.norm(normal, axis=1, keepdims=True).clip(1e-9)
    toward = camera.eye - place
    toward /= np.linalg.norm(toward, axis=1, keepdims=True)
    facing = (normal * toward).sum(1)
    normal = np.where(facing[:, None] < 0, -normal, normal)
    facing = np.abs(facing)
    # The key light comes from over the left shoulder of whoever looks.
    light = (KEY_FROM / np.linalg.norm(KEY_FROM)) @ camera.turn
    key = ((normal @ light + 0.12) / 1.12).clip(0)
    up = 0.5 + 0.5 * normal[:, 1]
    bright = SKY * up[:, None] + GROUND * (1 - up)[:, None] + KEY * key[:, None]
    half = toward + light
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    shine = 0.16 * (normal * half).sum(1).clip(0) ** 32 + 0.10 * (1 - facing) ** 4
    # Colours are mixed as light, not as numbers.
    lit = (colour.clip(0, 1) ** 2.2) * bright + shine[:, None]
    return np.asarray(lit.clip(0, 1) ** (1 / 2.2))


def _looked_up(picture: Array, uv: Array) -> Array:
    """The picture's colours at `uv`, between its pixels; beyond its edges it begins anew."""
    height, width = picture.shape[:2]
    x, y = (uv[:, 0] % 1.0001) * width - 0.5, (1 - uv[:, 1] % 1.0001) * height - 0.5
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    across, down = (x - left)[:, None], (y - top)[:, None]
    columns, rows = (left.clip(0, width - 1), (left + 1).clip(0, width - 1)), (
        top.clip(0, height - 1), (top + 1).clip(0, height - 1),
    )  # fmt: skip
    upper = picture[rows[0], columns[0]] * (1 - across) + picture[rows[0], columns[1]] * across
    lower = picture[rows[1], columns[0]] * (1 - across) + picture[rows[1], columns[1]] * across
    return np.asarray(upper * (1 - down) + lower * down)
