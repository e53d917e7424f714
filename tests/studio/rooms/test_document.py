"""A board's document and the drawing that it shows: the same on both sides, and there and back."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from pycrdt import Map

from studio.rooms import document, packing
from studio.values import drawing

FIXTURES = sorted((Path(__file__).parents[2] / "data" / "rooms").glob("*.json"))


def rounded(value: Any) -> Any:
    """The two sides count in floats of their own."""
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [rounded(each) for each in value]
    return round(value, 6) if isinstance(value, float) else value


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_the_server_sees_in_a_document_what_the_page_sees(path: Path) -> None:
    kept = json.loads(path.read_text())
    doc = document.opened(base64.b64decode(update) for update in kept["updates"])
    assert rounded(document.drawing_of(doc)) == rounded(kept["drawing"])


def test_there_are_fixtures() -> None:
    assert len(FIXTURES) >= 4


def test_points_come_back_as_exactly_as_a_hand_gives_them() -> None:
    points = [-12.34, 55.55, 0.333, 300, -511.9, 1, 300.1, -511.9, 0]
    back = packing.unpack(packing.pack(points, packing.POINTS), packing.POINTS)
    assert back == [-12.3, 55.6, 0.33, 300, -511.9, 1, 300.1, -511.9, 0]


@pytest.mark.parametrize("data", [b"", b"\x80", b"\x00\x00", b"\x80\x80\x80\x80\x80\x01\x00\x00"])
def test_bytes_that_nobody_packed_are_no_points(data: bytes) -> None:
    with pytest.raises(ValueError):
        packing.unpack(data, packing.POINTS)


def old_drawing() -> dict[str, Any]:
    stroke = {"id": "s1", "kind": "stroke", "tool": "brush", "color": "#1f2328", "size": 8, "opacity": 0.5}
    stroke["points"] = [0, 0, 1, 5.5, 5, 0.5]
    cut = {"id": "c1", "kind": "cut", "loops": [[0, 0, 10, 0, 10, 10.5]]}
    move = {"id": "v1", "kind": "move", "loops": [[0, 0, 10, 0, 10, 10]], "matrix": [1, 0, 0, 1, 4.5, 2]}
    line = {"id": "r1", "kind": "line", "color": "#ffffff", "size": 2, "opacity": 1, "from": [0, 1], "to": [2, 3.5]}
    group = {"id": "g1", "kind": "group", "opacity": 0.25, "marks": [dict(stroke, id="s2"), dict(cut, id="c2")]}
    layer = {"kind": "paint", "name": "Sky", "visible": True, "locked": False, "opacity": 1}
    return {
        "version": 1, "width": 512, "height": 384,
        "layers": [
            layer | {"id": "l1", "marks": [stroke, cut, move]},
            layer | {"id": "l2", "visible": False, "marks": [line | {"filled": False}, group]},
            layer | {"id": "l3", "kind": "mask", "marks": []},
        ],
    }  # fmt: skip


def test_a_drawing_of_before_shows_the_same_once_it_is_a_document() -> None:
    old = old_drawing()
    shown = document.drawing_of(document.opened([document.update_of(old, by=7)]))
    drawing.check(json.dumps(shown).encode())
    marks = [mark for layer in shown["layers"] for mark in layer["marks"]]
    assert [(mark.pop("by"), mark.pop("t")) for mark in marks] == [(7, n) for n in range(1, 6)]
    assert shown == old


def test_no_document_is_without_a_layer_to_paint_on() -> None:
    doc = document.opened()
    doc.get("gone", type=Map)["a"] = ["first"]
    shown = document.drawing_of(doc)
    assert [layer["id"] for layer in shown["layers"]] == ["ground"]
    again = document.opened([document.update_of(shown)])
    assert "ground" not in again.get("layers", type=Map) and document.drawing_of(again) == shown


def test_places_of_layers_are_in_order_and_leave_room() -> None:
    places = document.order_keys(200)
    assert places == sorted(places) and len(set(places)) == 200 and not any(place.endswith("0") for place in places)
