"""The model file that a server sent may be anything: good ones are read whole, all others are refused, quickly."""

import copy
import io
import struct
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio.engines.base import EngineError
from studio.engines.mesh_http import packed as limits
from studio.engines.mesh_http import received
from studio.engines.solid import glb, poster
from tests.studio.engines.glb_files import CORNERS, glb_file, packed, parts, picture

Change = Callable[[dict[str, Any]], Any]


def meshes(data: bytes) -> list[Any]:
    return list(received.read(data).geometry.values())


def test_shape_is_read_with_its_picture_stands_on_the_ground_and_is_a_metre_large() -> None:
    (mesh,) = meshes(glb_file())
    assert len(mesh.faces) == 4 and mesh.visual.material.baseColorTexture.size == (8, 8)
    assert np.allclose(mesh.bounds, [[-0.25, 0, -0.25], [0.25, 1, 0.25]])
    assert mesh.is_watertight


def test_what_comes_out_is_written_anew_and_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poster, "render", partial(poster.render, side=32))
    output = received.output(glb_file(lambda said: said.update(extras={"evil": "<script>"})), 3)
    data = output.files["model"]
    assert b"evil" not in data and glb.read(data).triangles.shape == (4, 3, 3)


@pytest.mark.parametrize(
    "node",
    [
        {"mesh": 0, "matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 5, 6, 7, 1]},
        {"mesh": 0, "translation": [5, 6, 7], "rotation": [0, 0, 0, 1], "scale": [1, 1, 1]},
        {"mesh": 0, "scale": [1, -1, 1]},
        {"mesh": 0, "rotation": [0, 1, 0, 0]},
    ],
)
def test_nodes_place_turn_and_mirror_and_the_outside_stays_outside(node: dict[str, Any]) -> None:
    (mesh,) = meshes(glb_file(lambda said: said.update(nodes=[{"children": [1], "scale": [3, 3, 3]}, node])))
    assert mesh.volume > 0 and mesh.extents.max() == pytest.approx(1)


def test_colours_of_vertices_are_kept() -> None:
    said, binary = parts()
    colours = np.array([[255, 0, 0, 255]] * 4, "u1").tobytes()
    said["bufferViews"].append({"buffer": 0, "byteOffset": len(binary), "byteLength": len(colours)})
    said["accessors"].append(
        {"bufferView": 4, "componentType": 5121, "type": "VEC4", "count": 4, "normalized": True},
    )
    said["meshes"][0]["primitives"][0] = {"attributes": {"POSITION": 0, "COLOR_0": 3}, "indices": 1}
    (mesh,) = meshes(packed(said, binary + colours))
    assert (mesh.visual.vertex_attributes["color"][:, :3] == [255, 0, 0]).all()


def test_lines_and_points_are_left_out() -> None:
    def lines(said: dict[str, Any]) -> None:
        first = said["meshes"][0]["primitives"][0]
        said["meshes"][0]["primitives"].append(first | {"mode": 1})

    assert len(meshes(glb_file(lines))) == 1


def at(*path: Any, value: Any) -> Change:
    """Set what stands at `path` of the description."""

    def change(said: Any) -> None:
        for name in path[:-1]:
            said = said[name]
        said[path[-1]] = value

    return change


def both(*changes: Change) -> Change:
    return lambda said: [change(said) for change in changes]


WRONG: dict[str, Change] = {
    "a buffer elsewhere": at("buffers", 0, "uri", value="http://169.254.169.254/"),
    "a buffer in a file": at("buffers", 0, "uri", value="../../etc/passwd"),
    "another buffer": at("bufferViews", 0, "buffer", value=1),
    "a picture elsewhere": at("images", 0, value={"uri": "http://127.0.0.1/x.png"}),
    "a picture that is none": at("bufferViews", 3, "byteLength", value=7),
    "a node above itself": at("nodes", value=[{"children": [1]}, {"mesh": 0, "children": [0]}]),
    "a node in two places": at("nodes", value=[{"children": [1, 1]}, {"mesh": 0}]),
    "a node that is not there": at("scenes", 0, "nodes", value=[9]),
    "nodes without end": at("nodes", value=[{"mesh": 0}] * 5000),
    "a negative number": at("scenes", 0, "nodes", value=[-1]),
    "no scenes": at("scenes", value=[]),
    "scenes that are text": at("scenes", value="scenes"),
    "a mesh that is not there": at("nodes", 0, "mesh", value=4),
    "no positions": at("meshes", 0, "primitives", 0, "attributes", value={}),
    "more vertices than bytes": at("accessors", 0, "count", value=4000),
    "a count beyond all bounds": at("accessors", 0, "count", value=2**62),
    "a count that is true": at("accessors", 0, "count", value=True),
    "no vertices": at("accessors", 0, "count", value=0),
    "positions of two numbers": at("accessors", 0, "type", value="VEC2"),
    "an unknown type of number": at("accessors", 0, "componentType", value=1),
    "sparse numbers": at("accessors", 0, "sparse", value={"count": 1}),
    "a view beyond the file": at("bufferViews", 0, "byteLength", value=10**9),
    "a step too small": at("bufferViews", 0, "byteStride", value=4),
    "an offset beyond its view": at("accessors", 0, "byteOffset", value=40),
    "corners that are not there": at("accessors", 1, "bufferView", value=0),
    "half a triangle": at("accessors", 1, "count", value=11),
    "too few places on the picture": at("accessors", 2, "count", value=3),
    "a colour of words": at("materials", 0, "pbrMetallicRoughness", "baseColorFactor", value=["red"]),
    "packed by Draco": at("extensionsRequired", value=["KHR_draco_mesh_compression"]),
    "packed by meshopt": at("extensionsRequired", value=["EXT_meshopt_compression"]),
    "needs a number": at("extensionsRequired", value=[7]),
    "a matrix of nine": at("nodes", 0, "matrix", value=[1] * 9),
    "a matrix of words": at("nodes", 0, "matrix", value=["a"] * 16),
    "infinitely far away": at("nodes", 0, "translation", value=[1e300, 1e300, 0]),
    "flat as a point": at("nodes", 0, "scale", value=[0, 0, 0]),
    "lines only": at("meshes", 0, "primitives", 0, "mode", value=1),
    "too many parts": both(at("meshes", 0, "primitives", value=parts()[0]["meshes"][0]["primitives"] * 2000)),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_file_that_makes_no_sense_is_refused(name: str) -> None:
    with pytest.raises(EngineError, match="engine_broken"):
        received.read(glb_file(WRONG[name]))


@pytest.mark.parametrize(
    "data",
    [
        b"", b"glTF", b"solid x", b"\0" * 200, glb_file()[:-9], glb_file() + b"x", glb_file(version=1),
        glb_file(length=2**32 - 1), struct.pack("<4sII", b"glTF", 2, 12), b"<html>" * 20,
        struct.pack("<4sIII4s", b"glTF", 2, 24, 4, b"JSON") + b"[[[[",
        struct.pack("<4sIII4s", b"glTF", 2, 24, 4, b"JSON") + b"null",
        struct.pack("<4sIII4s", b"glTF", 2, 24, 2**31, b"JSON") + b"{}  ",
    ],
)  # fmt: skip
def test_file_that_is_no_glb_is_refused(data: bytes) -> None:
    with pytest.raises(EngineError, match="engine_broken"):
        received.read(data)


def test_what_is_larger_than_the_limits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for where, name, value in [
        (limits, "FILE_MOST", 400), (limits, "DESCRIPTION_MOST", 300), (limits, "ELEMENTS_MOST", 3),
        (received, "VERTICES_MOST", 3), (received, "TRIANGLES_MOST", 3), (received, "TEXTURE_LONGEST", 4),
        (received, "TEXTURES_MOST", 0), (received, "PARTS_MOST", 0),
    ]:  # fmt: skip
        with monkeypatch.context() as patch:
            patch.setattr(where, name, value)
            with pytest.raises(EngineError, match="engine_broken"):
                received.read(glb_file())


def test_numbers_that_are_none_are_refused() -> None:
    said, binary = parts()
    spoiled = CORNERS.copy()
    spoiled[1, 1] = np.nan
    with pytest.raises(EngineError, match="engine_broken"):
        received.read(packed(said, spoiled.tobytes() + binary[CORNERS.nbytes :]))


def test_bomb_for_a_picture_is_refused() -> None:
    data = bytearray(picture())
    data[16:24] = struct.pack(">II", 40_000, 25_000)
    with pytest.raises(EngineError, match="engine_broken"):
        received.read(packed(*parts(bytes(data))))


def test_pictures_of_all_three_kinds_are_read() -> None:
    for form in ("PNG", "JPEG", "WEBP"):
        (mesh,) = meshes(packed(*parts(picture(16, form))))
        assert mesh.visual.material.baseColorTexture.size == (16, 16)


def test_every_single_byte_may_be_wrong() -> None:
    """Bytes are turned around all over a file: it is read or refused, and nothing else happens."""
    good = glb_file()
    random = np.random.default_rng(4)
    for place in random.integers(0, len(good), 150):
        data = bytearray(good)
        data[place] ^= int(random.integers(1, 256))
        try:
            received.read(bytes(data))
        except EngineError as error:
            assert error.code in ("engine_broken", "busy")


def test_description_is_not_changed_by_reading() -> None:
    said, binary = parts()
    before = copy.deepcopy(said)
    received.read(packed(said, binary))
    assert said == before and Image.open(io.BytesIO(picture())).size == (8, 8)
