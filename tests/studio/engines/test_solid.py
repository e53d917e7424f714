"""Shapes made of drawings by geometry: closed, wound alike, normals outward, in files that the validator accepts."""

import io
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from PIL import Image, ImageOps

from studio.engines.base import Cancelled, EngineError
from studio.engines.plain import PlainEngine
from studio.engines.solid import glb, making, poster, regions
from studio.engines.solid.making import Wish
from studio.job import Job, ModelRef
from tests.studio.engines import recorded
from tests.studio.engines.contract import Recorder
from tests.tools import gltf

GOOD = [name for name, about in recorded.SKETCHES.items() if "error" not in about]
BAD = [name for name, about in recorded.SKETCHES.items() if "error" in about]
# Coarse, where it is about what is right: quick to make.
QUICK = {"triangles": 5000}


@cache
def usual(name: str) -> trimesh.Trimesh:
    """The shape of a sketch, made once for all tests that only look at it."""
    return shaped(name, triangles=10_000)


def shaped(sketch: str | bytes, painted: bytes | None = None, **wish: Any) -> trimesh.Trimesh:
    drawn = recorded.drawn(sketch, 256) if isinstance(sketch, str) else sketch
    return making.make(drawn, painted, Wish(**{**QUICK, **wish}), lambda stage: None)


def png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def check(mesh: trimesh.Trimesh) -> None:
    """All that every mesh must be."""
    assert mesh.is_watertight and mesh.is_winding_consistent and mesh.volume > 0
    assert np.isfinite(mesh.vertices).all() and np.isfinite(mesh.vertex_normals).all()
    np.testing.assert_allclose(np.linalg.norm(mesh.vertex_normals, axis=1), 1, atol=1e-6)
    assert mesh.area_faces.min() > 0
    # A normal points out of what is around it: no triangle is lit from its back only.
    outward = np.einsum("fij,fj->fi", mesh.vertex_normals[mesh.faces], mesh.face_normals)
    assert (outward.max(1) > 0).mean() > 0.9995
    assert 0 <= mesh.visual.uv.min() <= mesh.visual.uv.max() <= 1


@pytest.mark.parametrize("name", GOOD)
def test_recorded_sketches_become_closed_bodies_with_the_holes_that_were_drawn(name: str) -> None:
    mesh, about = usual(name), recorded.SKETCHES[name]
    check(mesh)
    if about["euler"] is not None:
        assert mesh.euler_number == about["euler"]
        assert mesh.body_count == about.get("parts", 1)
    assert max(mesh.extents) == pytest.approx(1) and mesh.bounds[0][1] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("way", ["solid", "relief"])
def test_an_empty_board_and_dust_are_told_apart_from_drawings(name: str, way: str) -> None:
    with pytest.raises(EngineError) as caught:
        shaped(name, way=way)
    assert caught.value.code == recorded.SKETCHES[name]["error"]


def test_the_files_pass_the_validator_of_khronos(tmp_path: Path) -> None:
    painted = png(Image.effect_noise((256, 256), 90).convert("RGB"))
    made = {f"{at}.glb": usual(name) for at, name in enumerate(GOOD)}
    made |= {"relief.glb": shaped("cat", way="relief"), "painted.glb": shaped("ring", painted, texture="picture")}
    for name, mesh in made.items():
        (tmp_path / name).write_bytes(glb.write(mesh))
    reports = gltf.reports(sorted(tmp_path.glob("*.glb")))
    assert len(reports) == len(made)
    for path, report in reports.items():
        issues = report["issues"]
        assert (issues["numErrors"], issues["numWarnings"]) == (0, 0), (path.name, issues["messages"][:3])
        assert report["info"]["totalVertexCount"] == len(made[path.name].vertices)


def test_a_file_is_read_back_as_it_was_written() -> None:
    mesh = shaped("ring", size=0.3)
    data = glb.write(mesh)
    again = next(iter(glb.read(data).geometry.values()))
    assert again.is_watertight and again.euler_number == 0
    np.testing.assert_allclose(again.vertices, mesh.vertices, atol=1e-6)
    np.testing.assert_allclose(again.vertex_normals, mesh.vertex_normals, atol=1e-3)
    material = again.visual.material
    assert material.metallicFactor == 0 and material.baseColorTexture is not None
    for broken in (b"", b"glTF", data[:200], b"\0" * 400, glb.write(trimesh.Scene())):
        with pytest.raises(EngineError, match="invalid_model"):
            glb.read(broken)


def test_transparent_white_coloured_and_dark_paper_give_the_same_shape() -> None:
    white = usual("cat")
    clear = shaped(recorded.drawn("cat", 256, (0, 0, 0, 0)))
    yellow = shaped(recorded.drawn("cat", 256, (240, 232, 190, 255)))
    ink = Image.open(io.BytesIO(recorded.drawn("cat", 256))).convert("RGB")
    night = shaped(png(ImageOps.invert(ink)))
    for other in (clear, yellow, night):
        assert other.euler_number == white.euler_number
        np.testing.assert_allclose(other.extents, white.extents, rtol=0.03)
        assert other.volume == pytest.approx(white.volume, rel=0.06)


def test_thickness_roundness_size_and_triangles_do_what_they_say() -> None:
    thin, thick = shaped("star", thickness=0.2), shaped("star", thickness=0.8)
    assert thick.extents[2] == pytest.approx(4 * thin.extents[2], rel=0.02)
    # A flat one of the same thickness holds more.
    assert shaped("star", roundness=0.1).volume > 1.3 * shaped("star", roundness=1.0).volume
    assert max(shaped("star", size=25.0).extents) == pytest.approx(25)
    for wanted in (3000, 15_000):
        assert 0.7 * wanted < len(shaped("star", triangles=wanted).faces) < 1.4 * wanted
    check(shaped("house with a window", roundness=0.0, thickness=1.5))
    check(shaped("star", smoothness=1.0))


def test_a_disc_becomes_a_ball() -> None:
    mesh = shaped("faint pencil", thickness=1.0, roundness=1.0, smoothness=0)  # an ellipse of 150 by 190
    width, height, depth = mesh.extents
    assert width < depth < height
    np.testing.assert_allclose(shaped("dot", thickness=1.0, roundness=1.0).extents, 1, atol=0.12)


def test_the_drawing_lies_on_it_as_it_was_drawn_and_its_back_is_mirrored() -> None:
    mesh = shaped("flower painted in colours")
    texture = np.asarray(mesh.visual.material.baseColorTexture.convert("RGB")).astype(int)
    x, y, z = mesh.vertices.T
    for side in (z > 0.01, z < -0.01):
        # The stalk is green below, the middle yellow, the petals pink.
        for here, colour in ((y < 0.15, (60, 140, 60)), (np.hypot(x, y - 0.66) < 0.05, (250, 200, 40))):
            at = mesh.visual.uv[side & here]
            rows = ((1 - at[:, 1]) * (texture.shape[0] - 1)).round().astype(int)
            columns = (at[:, 0] * (texture.shape[1] - 1)).round().astype(int)
            np.testing.assert_allclose(np.median(texture[rows, columns], axis=0), colour, atol=12)


def test_a_relief_is_high_where_it_shall_be() -> None:
    ramp = Image.linear_gradient("L").rotate(90).resize((200, 100)).convert("RGB")  # dark left, light right, or so
    left, right = np.asarray(ramp)[50, 5, 0], np.asarray(ramp)[50, 195, 0]
    mesh = shaped(png(ramp), way="relief", raised="light", thickness=1.0)
    check(mesh)
    assert mesh.euler_number == 2
    front = mesh.vertices[mesh.vertex_normals[:, 2] > 0.5]
    low, high = (front[np.abs(front[:, 0] - at) < 0.05][:, 2].mean() for at in (-0.4, 0.4))
    assert (high > low + 0.1) == (right > left) and abs(high - low) > 0.1
    turned = shaped(png(ramp), way="relief", raised="dark", thickness=1.0)
    front = turned.vertices[turned.vertex_normals[:, 2] > 0.5]
    assert (front[front[:, 0] > 0.3][:, 2].mean() > front[front[:, 0] < -0.3][:, 2].mean()) != (right > left)
    # Lines of a drawing stand out by themselves.
    drawn = shaped("ring", way="relief")
    assert drawn.vertices[:, 2].max() > 1.5 * np.median(drawn.vertices[drawn.vertex_normals[:, 2] > 0.9][:, 2])


def test_a_poster_shows_the_shape_in_its_colours_before_a_soft_backdrop() -> None:
    shown = Image.open(io.BytesIO(poster.render(shaped("flower painted in colours"), 200))).convert("RGB")
    assert shown.size == (200, 200)
    values = np.asarray(shown).astype(int)
    pink = (values[..., 0] > values[..., 1] + 50) & (values[..., 2] > values[..., 1] + 20)
    assert 0.1 < pink.mean() < 0.7
    corner = values[:8, :8].reshape(-1, 3)
    assert 90 < corner.mean() < 200 and corner.std(0).max() < 8
    plain = trimesh.creation.box((1, 1, 1))
    scene = trimesh.Scene([plain, trimesh.creation.icosphere(radius=0.5).apply_translation((0, 1, 0))])
    for other in (plain, scene, trimesh.Scene()):
        assert Image.open(io.BytesIO(poster.render(other, 64))).size == (64, 64)


def ask(sketch: bytes, **params: Any) -> Job:
    known = {"seed": 0, **QUICK, **params}
    return Job("1", "sketch_to_3d", known, {"sketch": sketch}, ModelRef("plain", "plain", "plain"))


def test_the_engine_tells_its_stages_in_order_and_stops_at_any_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poster, "FINER", 1)
    heard = Recorder()
    (output,) = PlainEngine().run(ask(recorded.drawn("star", 128)), heard)
    stages = [step.stage for step in heard.steps]
    assert stages == ["outlines", "shaping", "texture", "posing", "saving"]
    shares = [step.share for step in heard.steps]
    assert shares == sorted(shares) and all(0 < share < 1 for share in shares)
    assert output.files["model"][:4] == b"glTF" and output.facts["watertight"] is True
    for at in (0, 2, 4):
        heard = Recorder(at)
        with pytest.raises(Cancelled):
            PlainEngine().run(ask(recorded.drawn("star", 128)), heard)
        assert len(heard.steps) == at + 1


@pytest.mark.parametrize("data", [b"", b"<svg/>", recorded.drawn("star", 64)[:300]])
def test_a_drawing_that_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(EngineError, match="invalid_image"):
        PlainEngine().run(ask(data), Recorder())


MARKS: dict[str, Callable[[int, int], bool]] = {
    "one pixel wide": lambda row, column: row == 40,
    "all of it": lambda row, column: True,
    "a chequerboard": lambda row, column: (row // 4 + column // 4) % 2 == 0,
    "its edge": lambda row, column: row in (0, 79) or column in (0, 79),
}


@pytest.mark.parametrize("name", MARKS)
def test_whatever_is_marked_a_closed_body_comes_of_it(name: str) -> None:
    alpha = np.array([[255 * MARKS[name](row, column) for column in range(80)] for row in range(80)], np.uint8)
    ink = np.zeros((80, 80, 4), np.uint8)
    ink[..., 3] = alpha
    ink[0, 0, 3] = ink[79, 79, 3] = 0  # transparent paper
    mesh = shaped(png(Image.fromarray(ink)))
    assert mesh.is_watertight and mesh.is_winding_consistent and mesh.volume > 0


def test_very_long_and_tiny_pictures_are_read() -> None:
    for size in ((1, 1), (2000, 3), (3, 900)):
        with pytest.raises(EngineError, match="nothing_drawn"):
            shaped(png(Image.new("RGB", size, "white")))
    long = Image.new("RGB", (1200, 40), "white")
    long.paste("black", (100, 15, 1100, 25))
    check(shaped(png(long)))
    assert regions.read(Image.new("RGBA", (9, 9))).empty
