"""The picture of a shape for galleries and lists, drawn by NumPy: no graphics card, no WebGL, the same everywhere."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import trimesh
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from trimesh.visual import TextureVisuals

from studio.engines.solid import raster

Array = NDArray[np.float64]
Light = NDArray[np.float32]

SIDE = 640
# Drawn so many times as large, and made smaller: soft edges.
FINER = 2
# Where it is looked at from: degrees to its left and above it, and the angle of view.
AZIMUTH, ELEVATION, VIEW = -28.0, 16.0, 26.0
# How much of the picture it may take.
FILLS = 0.84
# A backdrop between light and dark pages, lighter in the middle; what light falls on it, and the light that is
# everywhere from above and from below.
BACKDROP, BACKDROP_EDGE = np.array([0.80, 0.82, 0.86], np.float32), np.array([0.58, 0.61, 0.67], np.float32)
KEY, KEY_FROM = np.array([0.64, 0.62, 0.58], np.float32), np.array([-0.45, 0.75, 0.62])
SKY, GROUND = np.array([0.50, 0.53, 0.58], np.float32), np.array([0.26, 0.25, 0.25], np.float32)
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
    picture: Light | None = None


@dataclass(frozen=True, slots=True)
class Camera:
    """Looks from `eye` (by rows of `turn`: right, up, towards us), `scale` pixels for a length of 1 at a distance 1."""

    eye: Array
    turn: Array
    scale: float
    side: int

    def finer(self, times: int) -> "Camera":
        """The same view in a picture so many times as large."""
        return replace(self, scale=self.scale * times, side=self.side * times)

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
    picture = _backdrop(side)
    if surfaces:
        camera = _camera(surfaces, side)
        _lay_shadow(picture, surfaces, camera)
        large = picture.repeat(FINER, 0).repeat(FINER, 1)
        _paint(large, surfaces, camera.finer(FINER))
        picture = large.reshape(side, FINER, side, FINER, 3).mean((1, 3))
    out = io.BytesIO()
    Image.fromarray((picture.clip(0, 1) * 255).round().astype(np.uint8)).save(out, "PNG", compress_level=4)
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


def _colours(mesh: trimesh.Trimesh) -> dict[str, Any]:
    count = len(mesh.vertices)
    visual = mesh.visual
    if visual is None:
        return {"colours": np.tile(PLAIN, (count, 1))}
    if not isinstance(visual, TextureVisuals):
        return {"colours": np.asarray(visual.vertex_colors, float)[:, :3] / 255}
    material = visual.material
    factor = getattr(material, "baseColorFactor", None)
    even = np.ones(3) if factor is None else np.asarray(factor, float)[:3]
    even = even / 255 if even.max() > 1 else even
    picture = getattr(material, "baseColorTexture", None) or getattr(material, "image", None)
    if "color" in visual.vertex_attributes:
        # Those of glTF are light, everything here is colours as they are seen.
        light = np.asarray(visual.vertex_attributes["color"], float)[:, :3] / 255
        return {"colours": even * light ** (1 / 2.2)}
    if visual.uv is None or picture is None:
        return {"colours": np.tile(even if factor is not None else PLAIN, (count, 1))}
    values = np.asarray(picture.convert("RGB"), np.float32) / np.float32(255)
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


def _backdrop(side: int) -> Light:
    across = np.linspace(-1, 1, side, dtype=np.float32)
    far = np.sqrt(across[None] ** 2 + (across[:, None] + 0.15) ** 2)[..., None].clip(0, 1.35) / 1.35
    return np.asarray(BACKDROP + (BACKDROP_EDGE - BACKDROP) * far**1.6, np.float32)


def _lay_shadow(picture: Light, surfaces: list[Surface], camera: Camera) -> None:
    """A soft shadow on the ground that it stands on, as from a wide light above."""
    points = np.concatenate([each.vertices for each in surfaces])
    low, high = points.min(0), points.max(0)
    extent = float((high - low).max()) or 1.0
    # Seen from above, with room for the softness around it.
    reach = 0.35 * extent
    begin, scale = low[[0, 2]] - reach, SHADOW_SIDE / (float((high - low)[[0, 2]].max()) + 2 * reach)
    corners = np.concatenate([_above(each, begin, scale) for each in surfaces])
    under = raster.rasterise(corners, SHADOW_SIDE, SHADOW_SIDE)
    height = (under.depth.reshape(SHADOW_SIDE, SHADOW_SIDE) - low[1]) / extent
    near = np.exp(-2.2 * height.clip(0))  # nothing is endlessly high
    soft = 0.55 * ndimage.gaussian_filter(near, 0.05 * extent * scale)
    soft += 0.75 * ndimage.gaussian_filter(near, 0.016 * extent * scale)
    places = np.arange(camera.side, dtype=np.float32) + 0.5 - camera.side / 2
    right, up, back = camera.turn.astype(np.float32)
    ahead = (places[None, :, None] * right - places[:, None, None] * up) / np.float32(camera.scale) - back
    down = np.minimum(ahead[..., 1], -1e-6)
    where = ahead[..., [0, 2]] * ((low[1] - camera.eye[1]) / down)[..., None] + camera.eye[[0, 2]]
    at = ((where - begin) * scale - 0.5).clip(-2, SHADOW_SIDE + 1)
    dark = ndimage.map_coordinates(soft, [at[..., 1], at[..., 0]], order=1, cval=0.0)
    dark = np.where(ahead[..., 1] < 0, dark, 0.0).clip(0, 1)
    picture *= (1 - SHADOW * dark)[..., None].astype(np.float32)


def _above(surface: Surface, begin: Array, scale: float) -> Array:
    """The triangles as seen from above: x and z as places, the height as depth, so that the lowest is in front."""
    flat = np.column_stack([(surface.vertices[:, [0, 2]] - begin) * scale, surface.vertices[:, 1]])
    return np.asarray(flat[surface.faces])


def _paint(picture: Light, surfaces: list[Surface], camera: Camera) -> None:
    projected = [camera.project(each.vertices)[each.faces] for each in surfaces]
    seen = raster.rasterise(np.concatenate(projected), camera.side, camera.side)
    flat = picture.reshape(-1, 3)
    begin = 0
    for surface, corners in zip(surfaces, projected, strict=True):
        mine = np.flatnonzero((seen.triangle >= begin) & (seen.triangle < begin + len(corners)))
        which, first, second = seen.triangle[mine] - begin, seen.first[mine], seen.second[mine]
        parts = np.stack([first, second, 1 - first - second], 1)
        # From the screen back into space: what is farther away counts for less.
        parts /= corners[which, :, 2].astype(np.float32)
        parts /= parts.sum(1, keepdims=True)
        flat[mine] = _lit(surface, surface.faces[which], parts, camera)
        begin += len(corners)


def _lit(surface: Surface, faces: NDArray[np.int64], parts: Light, camera: Camera) -> Light:
    """The colours of places on a surface, each by the `parts` of its triangle's corners."""

    def between(values: Array) -> Light:
        exact = values.astype(np.float32)
        return np.asarray(sum(exact[faces[:, at]] * parts[:, at, None] for at in range(3)))

    normal, toward = between(surface.normals), between(camera.eye - surface.vertices)
    normal /= _lengths(normal)
    toward /= _lengths(toward)
    facing = (normal * toward).sum(1)
    normal *= np.where(facing < 0, np.float32(-1), np.float32(1))[:, None]
    # The key light comes from over the left shoulder of whoever looks.
    light = ((KEY_FROM / np.linalg.norm(KEY_FROM)) @ camera.turn).astype(np.float32)
    key = ((normal @ light + np.float32(0.12)) / np.float32(1.12)).clip(0)
    up = np.float32(0.5) + np.float32(0.5) * normal[:, 1]
    bright = up[:, None] * (SKY - GROUND) + GROUND + key[:, None] * KEY
    half = toward + light
    half /= _lengths(half)
    shine = np.float32(0.16) * (normal * half).sum(1).clip(0) ** 32 + np.float32(0.10) * (1 - np.abs(facing)) ** 4
    if surface.uv is not None and surface.picture is not None:
        colour = _looked_up(surface.picture, between(surface.uv)) * surface.colours[0].astype(np.float32)
    else:
        colour = between(surface.colours)
    # Colours are mixed as light, not as numbers.
    lit = colour.clip(0, 1) ** np.float32(2.2) * bright + shine[:, None]
    return np.asarray(lit.clip(0, 1) ** np.float32(1 / 2.2))


def _lengths(vectors: Light) -> Light:
    return np.asarray(np.sqrt((vectors * vectors).sum(1, keepdims=True)).clip(1e-9))


def _looked_up(picture: Light, uv: Light) -> Light:
    """The picture's colours at `uv`, between its pixels; beyond its edges it begins anew."""
    height, width = picture.shape[:2]
    x, y = (uv[:, 0] % 1.0001) * width - 0.5, (1 - uv[:, 1] % 1.0001) * height - 0.5
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    across, down = (x - left)[:, None], (y - top)[:, None]
    columns = left.clip(0, width - 1), (left + 1).clip(0, width - 1)
    rows = top.clip(0, height - 1), (top + 1).clip(0, height - 1)
    upper = picture[rows[0], columns[0]] * (1 - across) + picture[rows[0], columns[1]] * across
    lower = picture[rows[1], columns[0]] * (1 - across) + picture[rows[1], columns[1]] * across
    return np.asarray(upper * (1 - down) + lower * down)
