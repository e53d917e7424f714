"""Makes a document show a given drawing: what a program saves, and what going back to a version does.

Nothing is thrown away: what the drawing lacks is `gone`, what it has more is appended. A mark that stays is the same
mark, with its author; whoever draws meanwhile loses nothing.
"""

import secrets
from typing import Any

from pycrdt import Array, Doc, Map

from studio.rooms import document
from studio.rooms.document import Plain, Shown
from studio.rooms.marks import NAME
from studio.values import drawing


def replace(doc: "Doc[Any]", plain: Plain, by: int, now: int, *, keep_authors: bool = False) -> None:
    """Let `doc` show `plain`. New marks are by `by` and of `now` (ms since 1970), or, with `keep_authors`, by whom the
    drawing says."""
    _Replacing(doc, by, now, keep_authors).run(plain)


def fresh_id() -> str:
    """An id for a mark, a layer or an act."""
    return secrets.token_urlsafe(9)


class _Replacing:
    def __init__(self, doc: "Doc[Any]", by: int, now: int, keep_authors: bool) -> None:
        self.doc, self.by, self.now, self.keep_authors = doc, by, now, keep_authors
        self.shown = Shown(doc)
        self.gone: list[str] = []
        self.used = set(self.shown.fields) | {mark["id"] for key in self.shown.fields for mark in self.shown.all(key)}
        self.authors = {mark["id"]: mark for key in self.shown.fields for mark in self.shown.all(key)}

    def run(self, plain: Plain) -> None:
        board = self.doc.get("board", type=Map)
        for name in ("width", "height"):
            if document.measure(board, name) != plain[name]:
                board[name] = plain[name]
        layers = [self._named(layer) for layer in plain["layers"] if layer["id"] != "ground" or layer["marks"]]
        stay = {layer["id"] for layer in layers}
        self.gone += [key for key in self.shown.tops if key not in stay]
        for layer, at in zip(layers, self._places(layers), strict=True):
            self._lay(layer, document.lay_layer(self.doc, layer, at))
        if self.gone:
            self.doc.get("gone", type=Map)[fresh_id()] = self.gone

    def _named(self, layer: Plain) -> Plain:
        """The layer, under its own id where that is free, or is such a layer already."""
        key = layer["id"]
        there = key in self.shown.tops and self.shown.fields[key]["kind"] == layer["kind"]
        if key == "ground" or not NAME.fullmatch(key) or (key in self.used and not there):
            key = fresh_id()
        elif there:
            self.shown.tops.remove(key)
            self.shown.kept.append(key)
        self.used.add(key)
        return layer | {"id": key}

    def _places(self, layers: list[Plain]) -> list[str]:
        """Where they lie: as they do now, if that is in their order."""
        now = [self.shown.fields.get(layer["id"], {}).get("at") for layer in layers]
        known = [(str(at), layer["id"]) for at, layer in zip(now, layers, strict=True) if at]
        in_order = len(known) == len(layers) and known == sorted(known)
        return [str(at) for at in now] if in_order else document.order_keys(len(layers))

    def _lay(self, layer: Plain, marks: "Array[Any]") -> None:
        key = layer["id"]
        there = self._there(key) if key in self.shown.kept else []
        wanted = layer["marks"]
        at = kept = 0
        for name, same in there:
            if at < len(wanted) and same == _content(document.packed(wanted[at])):
                at, kept = at + 1, kept + 1
            else:
                self.gone.append(name)
        for mark in wanted[at:]:
            marks.append(self._made(mark))

    def _there(self, key: str) -> list[tuple[str, Any]]:
        """What the layer shows now, from the lowest: what was merged into it, and its own marks."""
        groups = [(child, _content(document.packed(group))) for child, group in self.shown.groups(key)]
        return groups + [(mark["id"], _content(mark)) for mark in self.shown.own(key)]

    def _made(self, mark: Plain) -> Plain:
        """The mark for the document. One that had to be laid anew, because what lies below it changed, keeps its
        author."""
        before = self.authors.get(mark["id"])
        author: Plain = {"by": self.by, "t": self.now}
        if self.keep_authors:
            author |= {name: mark[name] for name in ("by", "t") if mark.get(name) is not None}
        elif before is not None and _content(before) == _content(document.packed(mark)):
            author |= {name: before[name] for name in ("by", "t") if name in before}
        name = mark["id"] if mark["id"] not in self.used else fresh_id()
        self.used.add(name)
        return document.packed(mark) | author | {"id": name}


def _content(mark: Plain) -> Any:
    """A packed mark without who made it, in a form that can be compared."""
    return {key: _plain(value) for key, value in mark.items() if key not in ("by", "t")}


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    if isinstance(value, dict):
        return _content(value)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def look(plain: Plain) -> Any:
    """What a drawing looks like, without ids and authors, in a form that can be compared."""
    layers = []
    for layer in plain["layers"]:
        marks = [_looks(document.packed(mark)) for mark in layer["marks"]]
        if layer["id"] != document.GROUND["id"] or marks:
            layers.append({key: value for key, value in layer.items() if key not in ("id", "marks")} | {"marks": marks})
    return plain["width"], plain["height"], layers


def _looks(mark: Plain) -> Any:
    found = {key: value for key, value in _content(mark).items() if key not in ("id", "marks")}
    return found | ({"marks": [_looks(each) for each in mark["marks"]]} if "marks" in mark else {})


def checked(data: bytes) -> Plain:
    """A drawing that came as JSON, as a plain value. Raises ValueError."""
    return drawing.check(data).model_dump(mode="json", by_alias=True, exclude_none=True)
