"""Changes that no page of ours writes are refused before they reach the library, and the document stays as it was."""

import random
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from pycrdt import Array, Doc, Map, Text

from studio.rooms import document, wire
from studio.rooms.checking import Unfit
from studio.rooms.replica import Replica
from tests.studio.rooms.page import changed, drew, marks_of, shown, stroke

ALICE, BOB = 5, 6


@pytest.fixture
def room() -> tuple[Replica, Doc]:
    """A replica in which alice drew two strokes, and bob's document of it."""
    replica = Replica(uuid4())
    hers = document.opened(client=111)
    for name in ("one", "two"):
        replica.take(changed(hers, drew(name, ALICE)), ALICE)
    replica.take(changed(hers, lambda doc: doc.get("gone", type=Map).update({"act": ["one"]})), ALICE)
    return replica, document.opened([replica.state()], client=222)


def refused(replica: Replica, update: bytes, user: int = BOB) -> str:
    """The code with which an update is refused; nothing of the document may have changed."""
    before = replica.state(), replica.known.vector(), dict(replica.owners)
    with pytest.raises(Unfit) as unfit:
        replica.take(update, user)
    assert (replica.state(), replica.known.vector(), dict(replica.owners)) == before
    assert not replica.stale, "it was seen before anything was applied"
    return unfit.value.code


def layer_of(doc: Doc, **fields: Any) -> None:
    made = {"kind": "paint", "name": "", "visible": True, "locked": False, "opacity": 1, "at": "k", "marks": Array([])}
    doc.get("layers", type=Map)["new"] = Map(made | fields)


GOOD: dict[str, Callable[[Doc], Any]] = {
    "a stroke": drew("his", BOB),
    "a layer": layer_of,
    "a layer merged into another": lambda doc: layer_of(doc, inside="first"),
    "another's stroke is gone": lambda doc: doc.get("gone", type=Map).update({"bobs": ["two", "first"]}),
    "a group of others' strokes": lambda doc: marks_of(doc).append(nested(2, by=ALICE, t=1.7e12)),
    "an empty act": lambda doc: doc.get("gone", type=Map).update({"bobs": []}),
    "a setting": lambda doc: doc.get("settings", type=Map).update(
        {"strength": 0.7, "model": "sd", "loras": [{"a": 1}]}
    ),
    "words": lambda doc: doc.get("prompt", type=Text).insert(0, "a boat ⛵ 小船"),
    "a size": lambda doc: doc.get("board", type=Map).update({"width": 384, "height": None}),
    "a field of a layer": lambda doc: doc.get("layers", type=Map)["first"].update({"name": "Sky", "visible": False}),
}

BAD: dict[str, Callable[[Doc], Any]] = {
    "a root of its own": lambda doc: doc.get("secrets", type=Map).update({"a": 1}),
    "a list where fields are": lambda doc: doc.get("settings", type=Array).append("x"),
    "another's name": drew("his", ALICE),
    "nobody's name": drew("his", True),
    "a stroke of the next century": drew("his", BOB, t=4_200_000_000_000),
    "half a moment": drew("his", BOB, t=1.5),
    "an author within a group": lambda doc: marks_of(doc).append(nested(1, by="x" * 900)),
    "a time within a group": lambda doc: marks_of(doc).append(nested(1, t=-3)),
    "no time": drew("his", BOB, t="now"),
    "a name that another's stroke has": drew("two", BOB),
    "a colour that is none": drew("his", BOB, color="red"),
    "something more": drew("his", BOB, onclick="x"),
    "points that are no bytes": lambda doc: marks_of(doc).append(stroke("his", BOB) | {"points": [1, 2, 3]}),
    "points without an end": lambda doc: marks_of(doc).append(stroke("his", BOB) | {"points": b"\x80\x80"}),
    "half a point": lambda doc: marks_of(doc).append(stroke("his", BOB) | {"points": b"\x02\x02"}),
    "a stroke far away": lambda doc: marks_of(doc).append(stroke("his", BOB, points=[5e5, 0, 1])),
    "no mark": lambda doc: marks_of(doc).append("x"),
    "a mark that can be changed": lambda doc: marks_of(doc).append(Map({"id": "x"})),
    "groups without end": lambda doc: marks_of(doc).append(nested(40)),
    "a mark deleted": lambda doc: marks_of(doc).pop(0),
    "a layer deleted": lambda doc: doc.get("layers", type=Map).pop("first"),
    "a layer replaced": lambda doc: doc.get("layers", type=Map).update({"first": Map({"kind": "paint"})}),
    "a layer's marks replaced": lambda doc: doc.get("layers", type=Map)["first"].update({"marks": Array([])}),
    "a layer's kind changed": lambda doc: doc.get("layers", type=Map)["first"].update({"kind": "mask"}),
    "a kind of layer that is none": lambda doc: layer_of(doc, kind="video"),
    "a layer that is nothing": lambda doc: doc.get("layers", type=Map).update({"new": "x"}),
    "a layer inside itself": lambda doc: layer_of(doc, inside="new"),
    "a layer inside what is not there": lambda doc: layer_of(doc, inside="nowhere"),
    "a field that no layer has": lambda doc: layer_of(doc, href="x"),
    "a place that is none": lambda doc: layer_of(doc, at="../.."),
    "another's act undone": lambda doc: doc.get("gone", type=Map).pop("act"),
    "another's act changed": lambda doc: doc.get("gone", type=Map).update({"act": []}),
    "gone what is no id": lambda doc: doc.get("gone", type=Map).update({"bobs": [1, {"a": 2}]}),
    "gone for nothing": lambda doc: doc.get("gone", type=Map).update({"bobs": "one"}),
    "a setting of megabytes": lambda doc: doc.get("settings", type=Map).update({"model": "x" * 20_000}),
    "a setting that is bytes": lambda doc: doc.get("settings", type=Map).update({"model": b"x"}),
    "a setting that lives": lambda doc: doc.get("settings", type=Map).update({"model": Map({})}),
    "a prompt without end": lambda doc: doc.get("prompt", type=Text).insert(0, "x" * 5000),
    "a prompt with formats": lambda doc: doc.get("prompt", type=Text).insert(0, "x", {"bold": True}),
    "a picture in the prompt": lambda doc: doc.get("prompt", type=Text).insert_embed(0, {"src": "x"}),
    "a board as wide as the sea": lambda doc: doc.get("board", type=Map).update({"width": 1e9}),
    "a size that is none": lambda doc: doc.get("board", type=Map).update({"depth": 9}),
}  # fmt: skip


def nested(depth: int, **author: Any) -> dict[str, Any]:
    mark = {key: value for key, value in stroke("inner", BOB).items() if key not in ("by", "t")} | author
    for n in range(depth):
        mark = {"id": f"g{n}", "kind": "group", "opacity": 1, "marks": [mark]}
    return mark | {"by": BOB, "t": 1}


@pytest.mark.parametrize("what", GOOD)
def test_what_a_page_writes_is_taken(room: tuple[Replica, Doc], what: str) -> None:
    replica, his = room
    replica.take(changed(his, GOOD[what]), BOB)
    assert replica.known.vector() == wire.vector(his.get_state()) == wire.vector(replica.vector())
    assert document.drawing_of(replica.doc) == document.drawing_of(his)
    assert replica.owners[222] == BOB
    again = Replica(uuid4())
    again.reset([replica.state()], 1, replica.owners)
    assert again.known.vector() == replica.known.vector() and again.known.holders == replica.known.holders


@pytest.mark.parametrize("what", BAD)
def test_what_no_page_writes_is_refused(room: tuple[Replica, Doc], what: str) -> None:
    replica, his = room
    assert refused(replica, changed(his, BAD[what])) in ("bad_update", "too_large")


def test_nobody_writes_under_the_id_of_another_page_or_of_the_server(room: tuple[Replica, Doc]) -> None:
    replica, _his = room
    for client in (111, document.SEED_CLIENT):
        as_another = document.opened([replica.state()], client=client)
        assert refused(replica, changed(as_another, drew("his", BOB))) == "bad_update"
    replica.take(changed(document.opened([replica.state()], client=111), drew("hers", ALICE)), ALICE)


def test_what_builds_on_something_that_is_not_there_waits_for_nothing(room: tuple[Replica, Doc]) -> None:
    replica, his = room
    first, second = changed(his, drew("a", BOB)), changed(his, drew("b", BOB))
    assert refused(replica, second) == "update_gap"
    replica.take(first, BOB)
    replica.take(second, BOB)
    assert {"a", "b"} <= {mark["id"] for mark in shown(replica.doc)}


def test_nobody_deletes_what_others_will_draw(room: tuple[Replica, Doc]) -> None:
    replica, _his = room
    clock = replica.known.end(111)
    future = b"\x00\x01" + number(111) + b"\x01" + number(clock) + b"\x05"
    assert refused(replica, future) == "update_gap"
    unborn = b"\x00\x01" + number(999) + b"\x01" + number(0) + b"\x05"
    assert refused(replica, unborn) == "update_gap"


def test_nobody_has_too_many_layers(room: tuple[Replica, Doc]) -> None:
    replica, his = room
    layers = his.get("layers", type=Map)

    def add(name: str) -> bytes:
        return changed(his, lambda doc: layers.update({name: Map({"kind": "paint", "at": "k", "marks": Array([])})}))

    for n in range(23):
        replica.take(add(f"l{n}"), BOB)
    update = changed(his, lambda doc: doc.get("gone", type=Map).update({"bobs": ["l3"]}))
    replica.take(update, BOB)
    replica.take(add("instead"), BOB)
    assert refused(replica, changed(his, lambda doc: doc.get("gone", type=Map).update({"bobs": []}))) == "layers_full"
    his = document.opened([replica.state()], client=223)
    layers, vector = his.get("layers", type=Map), his.get_state()
    assert refused(replica, add("last")) == "layers_full"
    changed(his, lambda doc: doc.get("gone", type=Map).update({"fewer": ["last"]}))
    replica.take(his.get_update(vector), BOB)


def test_a_page_says_again_all_that_is_deleted_and_that_is_no_deed_of_its_own(room: tuple[Replica, Doc]) -> None:
    """Yjs sends the whole set of deletions with what a page caught up on, also what two people overwrote at once."""
    replica, _his = room
    hers = document.opened([replica.state()], client=333)
    other = document.opened([replica.state()], client=444)
    own = {"gone": lambda doc: doc.get("gone", type=Map).update({"twice": []})}
    one, two = changed(hers, own["gone"]), changed(other, own["gone"])
    replica.take(one, ALICE)
    replica.take(two, ALICE)
    replica.take(changed(hers, lambda doc: doc.get("settings", type=Map).update({"seed": 1})), ALICE)
    back = document.opened([replica.state()], client=555)
    vector = back.get_state()
    changed(back, drew("his", BOB))
    assert replica.take(back.get_update(vector), BOB).structs


def test_sent_twice_it_counts_once(room: tuple[Replica, Doc]) -> None:
    replica, his = room
    first, second = changed(his, drew("a", BOB)), changed(his, drew("b", BOB))
    replica.take(first, BOB)
    assert replica.take(first, BOB).empty
    replica.take(second, BOB)
    whole = his.get_update(document.opened(client=9).get_state())
    assert replica.take(whole, BOB).empty


@pytest.mark.parametrize(
    "update",
    [
        b"", b"\x00", b"\x01", b"\x00\x00\x00", b"\xff" * 12, b"\x01\x01\x05\x00",
        b"\x01\xff\xff\xff\xff\x0f\x05\x00" + b"\x00\x01" * 50,  # four billion structs
        b"\x01\x01\x05\x00\x08\x01\x06layers\xff\xff\xff\xff\x0f",  # four billion values
        b"\x01\x01\x05\x00\x28\x01\x08settings\x01a\x01" + b"u\x01" * 200_000,  # lists in lists
        b"\x01\x01\x05\x00\x28\x01\x08settings\x01a\x01" + b"v\x01\x01a" * 100_000,  # objects in objects
        b"\x01\x01\x05\x00\x0a\x05\x00", b"\x01\x01\x05\x00\x00\x05\x00",  # a gap; something collected
        b"\x01\x02\x05\x00\x88\x05\x01\x01}\x01\x88\x05\x00\x01}\x01\x00",  # each lies beside the other
        b"\x01\x01\x05\x00\x08\x01\x09unwritten\x01~\x00",
        b"\x01\x01\x05\x00\x28\x01\x06layers\x02\xc3\x28\x01~\x00",  # no UTF-8
    ],
)  # fmt: skip
def test_bytes_that_are_no_change_are_refused(room: tuple[Replica, Doc], update: bytes) -> None:
    assert refused(room[0], update) in ("bad_update", "update_gap")


def test_random_bytes_and_changes_that_were_damaged_harm_nothing(room: tuple[Replica, Doc]) -> None:
    replica, his = room
    chance, start, owners = random.Random(12), replica.state(), dict(replica.owners)
    good = changed(his, lambda doc: [layer_of(doc), drew("his", BOB)(doc), GOOD["words"](doc), GOOD["a setting"](doc)])
    for n in range(600):
        if n % 3 == 0:
            data = chance.randbytes(chance.randrange(60))
        else:
            spoiled = bytearray(good)
            for _ in range(chance.randrange(1, 4)):
                spoiled[chance.randrange(len(spoiled))] = chance.randrange(256)
            data = bytes(spoiled[: len(spoiled) if n % 3 == 1 else chance.randrange(len(spoiled))])
        try:
            replica.take(data, BOB)
        except Unfit:
            assert not replica.stale, data
        else:  # by chance it was a change like any other: the next one meets a document that is fit
            document.drawing_of(replica.doc)
            assert document.drawing_of(document.opened([replica.state()])) == document.drawing_of(replica.doc)
            replica.reset([start], 2, owners)


def number(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
