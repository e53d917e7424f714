"""Files of shapes: what is no GLB, or leads elsewhere, is not kept; the label of the law is inside."""

import json
import struct
from uuid import uuid4

import pytest
import trimesh

from gallery import keeping
from gallery.models import WorkFile
from gallery.pixels import solids
from tests.gallery.conftest import png, recipe


def glb(about: dict | None = None) -> bytes:
    if about is None:
        return bytes(trimesh.Scene(trimesh.creation.box()).export(file_type="glb"))
    text = json.dumps(about).encode()
    text += b" " * (-len(text) % 4)
    return struct.pack("<4sIIII", b"glTF", 2, 20 + len(text), len(text), 0x4E4F534A) + text


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"glTF",
        png(),
        glb()[:-4],
        glb() + b"\0\0\0\0",
        glb().replace(b"glTF", b"glTG"),
        glb({"images": [{"uri": "https://example.org/spy.png"}]}),
        glb({"buffers": [{"uri": "/media/works/1/image", "byteLength": 4}]}),
        glb({"images": "none"}),
        struct.pack("<4sIIII", b"glTF", 2, 24, 4, 0x4E4F534A) + b"[1]]",
    ],
)
def test_what_is_no_glb_or_leads_elsewhere_is_not_kept(data: bytes) -> None:
    with pytest.raises(solids.Unreadable):
        solids.check(data)
    with pytest.raises(keeping.UnreadablePicture):
        keeping.prepare(recipe(), [keeping.Picture(png(), "image/png", 1, files={"model": data})], {})


def test_too_large_a_file_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solids, "MOST", 500)
    with pytest.raises(solids.Unreadable):
        solids.check(glb())


def test_a_shape_carries_the_label_of_the_law_where_there_is_one(settings) -> None:
    shape = keeping.Picture(png(), "image/png", 1, files={"model": glb()})
    generation = uuid4()
    for producer in ("", "Somebody Ltd"):
        settings.AIGC_PRODUCER = producer
        (draft,) = keeping.prepare(recipe(), [shape], {}, generation)
        (kept,) = (file for file in draft.files if file.role == WorkFile.Role.MODEL)
        extras = solids.check(kept.data)["asset"].get("extras", {})
        assert ("AIGC" in extras) == bool(producer)
    assert generation.hex in extras["AIGC"] and kept.data != shape.files["model"]
    assert len(trimesh.load_scene(trimesh.util.wrap_as_stream(kept.data), file_type="glb").geometry) == 1


@pytest.mark.parametrize("form", ["stl", "obj"])
def test_a_file_that_cannot_be_read_is_told(form: str) -> None:
    packed = glb({"asset": {"version": "2.0"}, "extensionsRequired": ["KHR_draco_mesh_compression"], "meshes": [{}]})
    for data in (packed, glb({"scenes": [{"nodes": [7]}], "scene": 0})):
        with pytest.raises(solids.Unreadable):
            solids.converted(data, form)
