"""Where everything in a document lies, by its ids: so that a change can be judged before it is applied.

A *place* is a tuple: ("board", field), ("layers", id), ("layer", id, field), ("marks", id), ("gone", act),
("settings", name), ("text", root), or LOST for what was deleted with all around it.
"""

from bisect import bisect_right
from collections.abc import Iterator

from pycrdt import Doc

from studio.rooms import wire
from studio.rooms.document import ROOTS
from studio.rooms.wire import Id, Parsed, Struct

Place = tuple[str, ...]
LOST: Place = ("lost",)
TEXTS = ("prompt", "negative_prompt")


class Ranges:
    """Clocks of one client, from..to, without overlaps."""

    __slots__ = ("_ends", "_starts")

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def missing(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The parts of start..end that are not in it."""
        n = max(0, bisect_right(self._starts, start) - 1)
        while start < end and n < len(self._starts):
            if self._starts[n] >= end:
                break
            if self._ends[n] > start:
                if self._starts[n] > start:
                    yield start, self._starts[n]
                start = self._ends[n]
            n += 1
        if start < end:
            yield start, end

    def add(self, start: int, end: int) -> None:
        first = bisect_right(self._starts, start)
        if first and self._ends[first - 1] >= start:
            first -= 1
        last = first
        while last < len(self._starts) and self._starts[last] <= end:
            start, end = min(start, self._starts[last]), max(end, self._ends[last])
            last += 1
        self._starts[first:last], self._ends[first:last] = [start], [end]


class Lying:
    """Places of one client's clocks; they come in their order, from 0 on. Neighbours at one place are one entry."""

    __slots__ = ("_places", "_starts", "end")

    def __init__(self, start: int = 0) -> None:
        self._starts: list[int] = []
        self._places: list[Place] = []
        self.end = start

    def add(self, length: int, place: Place) -> None:
        if not self._places or self._places[-1] != place:
            self._starts.append(self.end)
            self._places.append(place)
        self.end += length

    def at(self, clock: int) -> Place:
        return self._places[bisect_right(self._starts, clock) - 1]

    def between(self, start: int, end: int) -> Iterator[Place]:
        """The places of the clocks start..end."""
        n = bisect_right(self._starts, start) - 1
        while n < len(self._starts) and (n < 0 or self._starts[n] < end):
            if n >= 0:
                yield self._places[n]
            n += 1


class Known:
    """All of one document. `first`: which client was the first to write at a place with a key; `authors`: who made a
    mark, by its id (None: nobody says)."""

    def __init__(self) -> None:
        self.lying: dict[int, Lying] = {}
        self.deleted: dict[int, Ranges] = {}
        self.holders: dict[Id, Place] = {}
        self.first: dict[Place, int] = {}
        self.authors: dict[str, int | None] = {}

    @classmethod
    def of(cls, doc: Doc) -> "Known":
        """Of everything in `doc`."""
        made = cls()
        made.learn(wire.parse(doc.get_update()))
        return made

    def end(self, client: int) -> int:
        """The next clock of a client."""
        return self.lying[client].end if client in self.lying else 0

    def vector(self) -> dict[int, int]:
        return {client: lying.end for client, lying in self.lying.items()}

    def learn(self, parsed: Parsed) -> None:
        """Take what was applied; what is known already is passed over."""
        placing = Placing(self, parsed)
        for client, structs in parsed.structs.items():
            for each in structs:
                if each.end > self.end(client):
                    self.note(each, placing.of(each))
        self.deleted_of(parsed)

    def deleted_of(self, parsed: Parsed) -> None:
        """Take what an update says to be deleted."""
        for client, clock, length in parsed.deletes:
            self.deleted.setdefault(client, Ranges()).add(clock, clock + length)

    def not_deleted(self, client: int, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The parts of start..end of a client that nobody has deleted."""
        if client in self.deleted:
            yield from self.deleted[client].missing(start, end)
        else:
            yield start, end

    def note(self, each: Struct, place: Place) -> None:
        """`each` lies at `place`; it goes on where its client ended."""
        lying = self.lying.setdefault(each.client, Lying())
        lying.add(each.end - lying.end, place)
        if place[0] in ("layers", "gone", "layer"):
            self.first.setdefault(place, each.client)
        if each.content == wire.TYPE:
            self.holders[each.client, each.clock] = place
        if place[0] == "marks" and each.content == wire.ANY:
            for value in each.value:
                if isinstance(value, dict) and isinstance(value.get("id"), str):
                    by = value.get("by")
                    self.authors.setdefault(value["id"], int(by) if isinstance(by, int | float) else None)


class Placing:
    """Where the structs of an update lie, upon what is known. Raises wire.Malformed for what lies nowhere."""

    def __init__(self, known: Known, parsed: Parsed) -> None:
        self._known = known
        self._structs = parsed.structs
        self._clocks = {client: [each.clock for each in structs] for client, structs in parsed.structs.items()}
        self._found: dict[Id, Place] = {}

    def of(self, each: Struct) -> Place:
        """The place of a struct, found along what it was put beside."""
        path: list[Id] = []
        seen: set[Id] = set()
        while True:
            here = (each.client, each.clock)
            place = self._found.get(here) or self._straight(each)
            path.append(here)
            if place is not None:
                break
            if here in seen:
                raise wire.Malformed("it lies beside itself")
            seen.add(here)
            beside = each.origin or each.right
            assert beside is not None
            found = self._at(beside)
            if isinstance(found, tuple):
                place = found
                break
            each = found
        for here in path:
            self._found[here] = place
        return place

    def _straight(self, each: Struct) -> Place | None:
        """Where it lies, if it says so itself."""
        if each.content in (wire.GC, wire.SKIP):
            return LOST
        if each.root is not None:
            return _in_root(each.root, each.key)
        if each.parent is not None:
            return self._inside(each.parent, each.key)
        if each.clock < self._known.end(each.client):  # the rest of something that is known in part
            return self._known.lying[each.client].at(self._known.end(each.client) - 1)
        return None

    def _at(self, wanted: Id) -> Place | Struct:
        """The place of an id, where it is known, or the struct that holds it."""
        client, clock = wanted
        if clock < self._known.end(client):
            return self._known.lying[client].at(clock)
        clocks = self._clocks.get(client, [])
        n = bisect_right(clocks, clock) - 1
        if n < 0 or clock >= self._structs[client][n].end:
            raise Missing
        return self._structs[client][n]

    def _inside(self, parent: Id, key: str | None) -> Place:
        holder = self._known.holders.get(parent)
        if holder is None:
            found = self._at(parent)
            if isinstance(found, tuple):
                if found == LOST:
                    return LOST
                raise wire.Malformed("it lies in something that holds nothing")
            if found.content != wire.TYPE or found.clock != parent[1]:
                raise wire.Malformed("it lies in something that holds nothing")
            holder = self.of(found)
        if holder[0] == "layers" and key is not None:
            return ("layer", holder[1], key)
        if holder[0] == "layer" and holder[2] == "marks" and key is None:
            return ("marks", holder[1])
        if holder == LOST:
            return LOST
        raise wire.Malformed("it lies where nothing belongs")


class Missing(Exception):
    """It builds upon something that has not arrived."""


def _in_root(root: str, key: str | None) -> Place:
    if root in TEXTS and key is None:
        return ("text", root)
    if root in ROOTS and root not in TEXTS and key is not None:
        return (root, key)
    raise wire.Malformed("it lies in no part of a board")
