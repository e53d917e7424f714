"""Whether a change of a person may be taken into a board's document. Nothing is applied here.

What a page sends is read by our own reader first (studio/rooms/wire.py): a change that lies outside the document's
parts, writes in another's name, builds on what is not there, deletes what may only be hidden, or holds anything that no
page of ours writes, never reaches the library, the other pages or the database.
"""

from dataclasses import dataclass, field
from typing import Any

from pycrdt import Doc, Map, Text

from studio.rooms import marks, wire
from studio.rooms.document import SEED_CLIENT, Shown
from studio.rooms.known import LOST, Known, Missing, Place, Placing
from studio.rooms.wire import Malformed, Struct
from studio.values import drawing

# New client ids in one change, and of a board altogether: a page takes one each time it is opened.
NEW_CLIENTS_MOST, CLIENTS_MOST = 200, 20_000
# Layers of a board, those that are gone and merged among them.
LAYERS_EVER = 2000
# Fields of a layer that are written once, with the layer itself.
FOR_GOOD = ("kind", "marks")


class Unfit(Exception):
    """A change that is not taken. `code` is one of studio/words/errors.py, `why` is for the log."""

    def __init__(self, code: str, why: str, **params: Any) -> None:
        super().__init__(why)
        self.code, self.why, self.params = code, why, params


@dataclass(slots=True)
class Found:
    """A change that may be taken: what is new in it, by whom, and the vector that the document will have."""

    structs: list[tuple[Struct, Place]] = field(default_factory=list)
    deletes: list[tuple[int, int, int]] = field(default_factory=list)
    new_clients: list[int] = field(default_factory=list)
    vector: dict[int, int] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether all of it is known already."""
        return not self.structs and not self.deletes

    def fits(self, doc: "Doc[Any]") -> bool:
        """Whether the library took exactly this."""
        return wire.vector(doc.get_state()) == self.vector


@dataclass(frozen=True, slots=True)
class Asked:
    """What a change is judged upon: the document, what is known of it, whose its client ids are, and the sender."""

    doc: "Doc[Any]"
    known: Known
    owners: dict[int, int | None]
    user_id: int


def check(update: bytes, asked: Asked) -> Found:
    """What is new in `update`. Raises Unfit."""
    try:
        parsed = wire.parse(update)
        found = Found()
        placing = Placing(asked.known, parsed)
        for client, structs in parsed.structs.items():
            if structs[0].clock > asked.known.end(client):
                raise Missing
            fresh = [each for each in structs if each.end > asked.known.end(client)]
            if fresh:
                _check_client(client, asked, found)
            found.structs += [(each, placing.of(each)) for each in fresh]
        found.vector = asked.known.vector() | {each.client: each.end for each, _place in found.structs}
        _check_contents(found, asked)
        found.deletes = _deletes(parsed.deletes, found, asked)
    except Missing:
        raise Unfit("update_gap", "it builds upon what is not there") from None
    except Malformed as error:
        raise Unfit("bad_update", str(error)) from None
    except ValueError as error:
        raise Unfit("bad_update", str(error)) from None
    return found


def check_vector(data: bytes) -> None:
    """Raises Unfit for what is no state vector."""
    try:
        wire.vector(data)
    except Malformed as error:
        raise Unfit("bad_message", str(error)) from None


def _check_client(client: int, asked: Asked, found: Found) -> None:
    if client not in asked.owners:
        found.new_clients.append(client)
        if len(found.new_clients) > NEW_CLIENTS_MOST or len(asked.owners) >= CLIENTS_MOST:
            raise Malformed("too many pages wrote this")
    elif asked.owners[client] != asked.user_id or client == SEED_CLIENT:
        raise Malformed("it is written in another's name")


def _check_contents(found: Found, asked: Asked) -> None:
    layers: set[str] = set()
    once: set[Place] = set()
    typed: dict[str, int] = {}
    for each, place in found.structs:
        skipped = max(0, asked.known.end(each.client) - each.clock)
        if place[0] in ("layers", "gone") or (place[0] == "layer" and place[2] in FOR_GOOD):
            _check_once(place, once, asked)
        if each.content == wire.DELETED:
            if place[0] in ("marks", "layers") or (place[0] == "layer" and place[2] in FOR_GOOD):
                raise Malformed("it deletes what can only be gone")
            continue
        if place[0] == "text":
            typed[place[1]] = typed.get(place[1], 0) + each.length
        if place[0] == "layers":
            layers.add(place[1])
        _check_value(each, place, skipped, asked)
    _check_layers(found, layers, asked)
    for root, length in typed.items():
        if len(asked.doc.get(root, type=Text)) + length > marks.PROMPT_MOST:
            raise Unfit("too_large", "a prompt is too long", limit=str(marks.PROMPT_MOST))


def _check_once(place: Place, once: set[Place], asked: Asked) -> None:
    """A layer, its kind and its marks are written once; an act only by those who began it."""
    first = asked.known.first.get(place)
    if place[0] != "gone":
        if first is not None or place in once:
            raise Malformed("it is there already")
        once.add(place)
    elif first is not None and asked.owners.get(first) != asked.user_id:
        raise Malformed("it is another's act")


def _check_value(each: Struct, place: Place, skipped: int, asked: Asked) -> None:
    kind = place[0]
    if (kind, each.content) == ("text", wire.STRING):
        return
    if (kind, each.content) == ("layers", wire.TYPE):
        if each.value != wire.MAP_TYPE or not marks.NAME.fullmatch(place[1]):
            raise Malformed("no layer")
    elif kind == "layer" and place[2] == "marks":
        if each.content != wire.TYPE or each.value != wire.ARRAY_TYPE:
            raise Malformed("no list of marks")
    elif each.content != wire.ANY:
        raise Malformed("something is where it does not belong")
    elif kind == "marks":
        for value in each.value[skipped:]:
            _check_mark(value, asked)
    elif len(each.value) != 1 or kind not in _FIELDS:
        raise Malformed("something is where it does not belong")
    else:
        _FIELDS[kind](place[-1], each.value[0])


# Fields by the place that they have: of what name and value.
_FIELDS = {
    "board": marks.board_field,
    "layer": marks.layer_field,
    "gone": marks.gone,
    "settings": marks.setting,
}


def _check_mark(value: Any, asked: Asked) -> None:
    name = marks.mark(value, asked.user_id)
    if asked.known.authors.get(name, asked.user_id) != asked.user_id:
        raise Malformed("another's mark has this name")


def _check_layers(found: Found, fresh: set[str], asked: Asked) -> None:
    """How many there may be, and that none lies inside itself."""
    inside = {
        place[1]: each.value[0]
        for each, place in found.structs
        if place[0] == "layer" and place[2] == "inside" and each.content == wire.ANY
    }
    revived = _revived(found, asked)
    if not fresh and not inside and not revived:
        return
    shown = Shown(asked.doc)
    if len(shown.fields) + len(fresh) > LAYERS_EVER:
        raise Unfit("layers_full", "too many layers", limit=drawing.MAX_LAYERS)
    around = {key: fields.get("inside") for key, fields in shown.fields.items()} | inside
    # What the same change takes away does not count: who has too many sends that they deleted some with the rest.
    taken = {key for each, place in found.structs if place[0] == "gone" and each.value for key in each.value[0]}
    tops = [key for key in {*shown.living, *fresh, *revived} - taken if around.get(key) is None]
    if len(tops) > max(drawing.MAX_LAYERS, len(shown.tops)):
        raise Unfit("layers_full", "too many layers", limit=drawing.MAX_LAYERS)
    for key, into in inside.items():
        if into is not None and into not in shown.fields and into not in fresh:
            raise Malformed("merged into what is not there")
        outer, depth = into, 0
        while outer is not None:
            depth += 1
            if outer == key or depth > drawing.MAX_DEPTH:
                raise Malformed("merged into itself, or too often")
            outer = around.get(outer)


def _revived(found: Found, asked: Asked) -> set[str]:
    """Layers that come back, because an act that took them away is taken back."""
    gone, layers = asked.doc.get("gone", type=Map), asked.doc.get("layers", type=Map)
    back: set[str] = set()
    for each, place in found.structs:
        if place[0] == "gone" and each.content == wire.ANY and place in asked.known.first:
            before = gone.get(place[1])
            named = {key for key in before if key in layers} if isinstance(before, list) else set()
            back |= named - set(each.value[0])
    return back


def _deletes(asked_for: list[tuple[int, int, int]], found: Found, asked: Asked) -> list[tuple[int, int, int]]:
    """What is deleted that was not before. A page always says all that it knows to be deleted."""
    fresh = []
    for client, clock, length in asked_for:
        if clock + length > found.vector.get(client, 0):
            raise Missing
        parts = asked.known.not_deleted(client, clock, clock + length)
        fresh += [(client, start, end - start) for start, end in parts]
    if any(not _may_go(each, found, asked) for each in fresh):
        # What was overwritten by two people at once is deleted without anybody's having said so.
        asked.known.deleted_of(wire.parse(asked.doc.get_update()))
        fresh = [
            (client, start, end - start)
            for client, clock, length in fresh
            for start, end in asked.known.not_deleted(client, clock, clock + length)
        ]
        if any(not _may_go(each, found, asked) for each in fresh):
            raise Malformed("it deletes what may only be gone, or is another's")
    return fresh


def _may_go(each: tuple[int, int, int], found: Found, asked: Asked) -> bool:
    client, clock, length = each
    known = asked.known.end(client)
    places = list(asked.known.lying[client].between(clock, min(clock + length, known))) if clock < known else []
    if clock + length > known:
        places += [
            place for s, place in found.structs if s.client == client and s.clock < clock + length > clock < s.end
        ]
    mine = client in found.new_clients or asked.owners.get(client) == asked.user_id
    return all(_is_free(place, mine) for place in places)


def _is_free(place: Place, mine: bool) -> bool:
    if place[0] in ("settings", "text", "board") or place == LOST:
        return True
    if place[0] == "layer":
        return place[2] not in FOR_GOOD
    return place[0] == "gone" and mine
