"""A board's document (a Yjs document) and the plain drawing that it shows. Knows no database and no rights.

docs/rooms.md says what stands where in the document; static/js/studio/canvas/document.js reads and writes the same. A
drawing is the JSON of studio/values/drawing.py, its marks with `by` and `t`.
"""

import base64
import random
import secrets
from collections.abc import Iterable
from typing import Any

from pycrdt import Array, Doc, Map

from studio.rooms import packing
from studio.values import drawing

Plain = dict[str, Any]

ROOTS = {"board", "layers", "gone", "settings", "prompt", "negative_prompt"}
# Every document begins with these bytes: one empty paint layer, written by client 1. Two people who draw first at the
# same moment then draw on the same layer.
SEED_CLIENT = 1
SEED = base64.b64decode(
    "AQgBACcBBmxheWVycwVmaXJzdAEoAAEABGtpbmQBdwVwYWludCgAAQAEbmFtZQF3ACgAAQAHdmlzaWJsZQF4KAABAAZsb2NrZWQBeSgAAQAHb3Bh"
    "Y2l0eQF9ASgAAQACYXQBdwFWJwABAAVtYXJrcwAA"
)
FIRST = "first"
# How wide and high a board is that does not say it.
BOARD_SIDE = 512
# Beyond this nothing nested is shown: nobody merges so often by hand.
MAX_DEPTH = drawing.MAX_DEPTH
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
GROUND: Plain = {"id": "ground", "kind": "paint", "name": "", "visible": True, "locked": False, "opacity": 1}


def fresh_client() -> int:
    """A client id for something that the server writes."""
    return random.SystemRandom().randrange(2**16, 2**32)


def opened(updates: Iterable[bytes] = (), client: int | None = None) -> "Doc[Any]":
    """A document with these updates upon the seed."""
    doc: Doc[Any] = Doc(client_id=fresh_client() if client is None else client)
    with doc.transaction():
        for update in (SEED, *updates):
            doc.apply_update(update)
    return doc


# What it shows ----------------------------------------------------------------------------------------------------


def drawing_of(doc: "Doc[Any]") -> Plain:
    """The drawing that the document shows, as plain JSON (studio/values/drawing.py)."""
    board = doc.get("board", type=Map)
    return {
        "version": 1,
        "width": measure(board, "width"),
        "height": measure(board, "height"),
        "layers": Shown(doc).layers(),
    }


def measure(board: "Map[Any]", name: str) -> float:
    """The `width` or `height` of a board."""
    found: float = _number(board.get(name), BOARD_SIDE)
    return found


class Shown:
    """What is to be seen of a document: layers that live, in their order, with their marks as they stand in it."""

    def __init__(self, doc: "Doc[Any]") -> None:
        self.gone = gone_of(doc)
        known = {key: value for key, value in _items(doc.get("layers", type=Map)) if isinstance(value, Map)}
        self.fields = {key: _fields(value) for key, value in known.items()}
        self.living = [key for key in known if key not in self.gone and self.fields[key].get("kind")]
        self.inside: dict[str, list[str]] = {}
        self.tops: list[str] = []
        for key in sorted(self.living, key=lambda key: (str(self.fields[key].get("at", "")), key)):
            around = self.fields[key].get("inside")
            (self.inside.setdefault(around, []) if around in known else self.tops).append(key)
        self._marks = {key: value.get("marks") for key, value in known.items()}
        # Layers that stay as they are while a drawing is replaced (studio/rooms/replacing.py).
        self.kept: list[str] = []

    def layers(self) -> list[Plain]:
        """The layers, from the lowest to the highest; there is always one to paint on."""
        found = [self._layer(key) for key in self.tops]
        paint = any(layer["kind"] == "paint" for layer in found)
        return found if paint else [{**GROUND, "marks": []}, *found]

    def all(self, key: str) -> list[Plain]:
        """All marks that ever lay in this layer itself, packed as they are in the document."""
        marks = self._marks.get(key)
        return [mark for mark in marks if isinstance(mark, dict)] if isinstance(marks, Array) else []

    def own(self, key: str) -> list[Plain]:
        """Those of them that live."""
        return [mark for mark in self.all(key) if mark.get("id") not in self.gone]

    def groups(self, key: str, depth: int = 0) -> list[tuple[str, Plain]]:
        """What was merged into this layer: the ids of those layers, each with the group as which it shows."""
        groups = []
        for child in self.inside.get(key, ()) if depth < MAX_DEPTH else ():
            marks = self._shown(child, depth + 1)
            if marks:
                opacity = _number(self.fields[child].get("opacity"), 1)
                groups.append((child, {"id": child, "kind": "group", "opacity": opacity, "marks": marks}))
        return groups

    def _layer(self, key: str) -> Plain:
        fields = self.fields[key]
        return {
            "id": key,
            "kind": fields["kind"],
            "name": fields.get("name", ""),
            "visible": fields.get("visible", True),
            "locked": fields.get("locked", False),
            "opacity": _number(fields.get("opacity"), 1),
            "marks": self._shown(key, 0),
        }

    def _shown(self, key: str, depth: int) -> list[Plain]:
        return [group for _child, group in self.groups(key, depth)] + [plain(mark) for mark in self.own(key)]


def gone_of(doc: "Doc[Any]") -> set[str]:
    """The ids of all marks and layers that any act has taken away."""
    gone: set[str] = set()
    for _act, ids in _items(doc.get("gone", type=Map)):
        gone.update(each for each in ids if isinstance(each, str)) if isinstance(ids, list) else None
    return gone


def plain(mark: Plain) -> Plain:
    """A mark of the document as it stands in a drawing."""
    shown = {key: _number(value, value) for key, value in mark.items()}
    if isinstance(mark.get("points"), bytes | bytearray):
        shown["points"] = packing.unpack(mark["points"], packing.POINTS)
    if "loops" in mark:
        shown["loops"] = [packing.unpack(loop, packing.OUTLINE) for loop in mark["loops"]]
    for name in ("from", "to", "matrix"):
        if name in mark:
            shown[name] = _short(mark[name])
    if "marks" in mark:
        shown["marks"] = [plain(each) for each in mark["marks"]]
    return shown


def packed(mark: Plain) -> Plain:
    """A mark of a drawing as it stands in the document."""
    kept = dict(mark)
    if "points" in mark:
        kept["points"] = packing.pack(mark["points"], packing.POINTS)
    if "loops" in mark:
        kept["loops"] = [packing.pack(loop, packing.OUTLINE) for loop in mark["loops"]]
    if "marks" in mark:
        kept["marks"] = [packed(each) for each in mark["marks"]]
    return kept


# From a drawing ---------------------------------------------------------------------------------------------------


def update_of(plain_drawing: Plain, by: int | None = None, client: int | None = None) -> bytes:
    """A document that shows `plain_drawing`, as one update upon nothing. Marks that name nobody are by `by`."""
    doc = opened(client=client)
    with doc.transaction():
        board = doc.get("board", type=Map)
        board["width"], board["height"] = plain_drawing["width"], plain_drawing["height"]
        layers = [_to_keep(layer) for layer in plain_drawing["layers"] if layer["id"] != GROUND["id"] or layer["marks"]]
        time = 0
        for layer, at in zip(layers, order_keys(len(layers)), strict=True):
            made = lay_layer(doc, layer, at)
            for mark in layer["marks"]:
                time += 1
                made.append(packed({"t": time} | ({} if by is None else {"by": by}) | mark))
        if all(layer["id"] != FIRST for layer in layers):
            doc.get("gone", type=Map)["first"] = [FIRST]
    return doc.get_update()


def _to_keep(layer: Plain) -> Plain:
    """The layer that a document shows where it has none is no layer of it; what was put on it gets one."""
    return layer | {"id": secrets.token_urlsafe(9)} if layer["id"] == GROUND["id"] else layer


def lay_layer(doc: "Doc[Any]", layer: Plain, at: str) -> "Array[Any]":
    """Put an empty layer with these fields at a place, or give the one of this id that is there the fields; its
    marks."""
    layers = doc.get("layers", type=Map)
    fields = {name: layer[name] for name in ("name", "visible", "locked", "opacity")} | {"at": at}
    if layer["id"] in layers:
        there = layers[layer["id"]]
        for name, value in fields.items():
            if there.get(name) != value:
                there[name] = value
        return there["marks"]
    layers[layer["id"]] = Map({"kind": layer["kind"], **fields, "marks": Array([])})
    return layers[layer["id"]]["marks"]


def order_keys(count: int) -> list[str]:
    """So many places for layers, from the lowest to the highest, with room between them."""
    base = len(DIGITS)
    return [DIGITS[1 + n // base % (base - 1)] + DIGITS[n % base] + "V" for n in range(count)]


def _items(values: "Map[Any]") -> list[tuple[str, Any]]:
    return list(values.items())


def _fields(layer: "Map[Any]") -> Plain:
    return {name: layer.get(name) for name in ("kind", "name", "visible", "locked", "opacity", "at", "inside")}


def _number(value: Any, otherwise: Any) -> Any:
    """As JSON would have it: whole numbers without a point."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return otherwise if value is None else value
    return int(value) if value == int(value) else value


def _short(numbers: list[Any]) -> list[Any]:
    return [_number(number, 0) for number in numbers]
