"""Reads Yjs updates (the format "v1") without applying them: what is in one is known before any library sees it.

Source: the encoding as Yjs and yrs write it (https://github.com/yjs/yjs, `UpdateDecoderV1`). Everything here is
bounded by the length of the bytes; nothing is nested deeper than MAX_NESTED, which a library in C or Rust would follow
until its stack ends.
"""

import struct
from dataclasses import dataclass, field
from typing import Any

MAX_NUMBER = 2**53 - 1
MAX_NESTED = 2 * 32 + 8

GC, DELETED, JSON, BINARY, STRING, EMBED, FORMAT, TYPE, ANY, DOC, SKIP = range(11)
ARRAY_TYPE, MAP_TYPE = 0, 1

Id = tuple[int, int]


class Malformed(ValueError):
    """These bytes are no update, or one with something in it that no page of ours writes."""


@dataclass(slots=True)
class Struct:
    """Something inserted: `length` clocks from `clock` on, by `client`. Where it lies says `root` or `parent` with
    `key`, or, where these are None, what it was put beside: `origin` on its left, `right` on its right."""

    client: int
    clock: int
    length: int
    content: int
    value: Any = None
    origin: Id | None = None
    right: Id | None = None
    root: str | None = None
    parent: Id | None = None
    key: str | None = None

    @property
    def end(self) -> int:
        return self.clock + self.length


@dataclass(slots=True)
class Parsed:
    """An update: its structs by client, in the order of their clocks without a gap, and what it deletes (client, from,
    length)."""

    structs: dict[int, list[Struct]] = field(default_factory=dict)
    deletes: list[tuple[int, int, int]] = field(default_factory=list)


class Reader:
    """Numbers, texts and values out of bytes. Raises Malformed."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at, self.end = data, 0, len(data)

    def number(self) -> int:
        """A varint of at most 53 bits."""
        data, at, shift, value = self.data, self.at, 0, 0
        while True:
            if at >= self.end or shift > 49:
                raise Malformed("a number has no end")
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
            shift += 7
        if value > MAX_NUMBER:
            raise Malformed("a number is too large")
        self.at = at
        return value

    def byte(self) -> int:
        if self.at >= self.end:
            raise Malformed("it ends too early")
        self.at += 1
        return self.data[self.at - 1]

    def take(self, size: int) -> bytes:
        if size > self.end - self.at:
            raise Malformed("it ends too early")
        self.at += size
        return self.data[self.at - size : self.at]

    def text(self) -> str:
        try:
            return self.take(self.number()).decode()
        except UnicodeDecodeError:
            raise Malformed("a text is no UTF-8") from None

    def id(self) -> Id:
        return self.number(), self.number()

    def signed(self) -> int:
        """A varint with its sign in the first byte."""
        first = self.byte()
        value, shift, more = first & 0x3F, 6, first & 0x80
        while more:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift, more = shift + 7, byte & 0x80
            if shift > 62:
                raise Malformed("a number has no end")
        return -value if first & 0x40 else value

    def any(self, depth: int = 0) -> Any:  # noqa: PLR0911
        """A plain value. Bytes are `bytes`; undefined is None."""
        if depth > MAX_NESTED:
            raise Malformed("nested too deeply")
        kind = self.byte()
        if kind == 125:
            return self.signed()
        if kind == 119:
            return self.text()
        if kind == 123:
            return struct.unpack(">d", self.take(8))[0]
        if kind == 124:
            return struct.unpack(">f", self.take(4))[0]
        if kind == 116:
            return self.take(self.number())
        if kind == 118:
            return {self.text(): self.any(depth + 1) for _ in range(self._count())}
        if kind == 117:
            return [self.any(depth + 1) for _ in range(self._count())]
        if kind in (120, 121):
            return kind == 120
        if kind in (126, 127):
            return None
        if kind == 122:
            return struct.unpack(">q", self.take(8))[0]
        raise Malformed("an unknown kind of value")

    def _count(self) -> int:
        """How many values follow: no more than there are bytes."""
        count = self.number()
        if count > self.end - self.at:
            raise Malformed("it ends too early")
        return count


def parse(update: bytes) -> Parsed:
    """What is in an update. Raises Malformed."""
    reader, found = Reader(update), Parsed()
    for _ in range(reader.number()):
        count, client, clock = reader.number(), reader.number(), reader.number()
        if client in found.structs or not count:
            raise Malformed("a client comes twice, or with nothing")
        mine = found.structs[client] = []
        for _ in range(count):
            mine.append(_struct(reader, client, clock))
            clock = mine[-1].end
    for _ in range(reader.number()):
        client = reader.number()
        found.deletes += [(client, *reader.id()) for _ in range(reader.number())]
    if reader.at != reader.end:
        raise Malformed("there is something after its end")
    return found


def vector(data: bytes) -> dict[int, int]:
    """A state vector: the next clock of each client. Raises Malformed."""
    reader = Reader(data)
    found = dict(reader.id() for _ in range(reader.number()))
    if reader.at != reader.end:
        raise Malformed("there is something after its end")
    return found


def _struct(reader: Reader, client: int, clock: int) -> Struct:
    info = reader.byte()
    content = info & 0x1F
    if content in (GC, SKIP):
        made = Struct(client, clock, reader.number(), content)
    else:
        made = Struct(client, clock, 0, content)
        if info & 0x80:
            made.origin = reader.id()
        if info & 0x40:
            made.right = reader.id()
        if not info & 0xC0:
            _parent(reader, made, keyed=bool(info & 0x20))
        _content(reader, made)
    if made.length < 1 or made.end > MAX_NUMBER:
        raise Malformed("something has no length")
    return made


def _parent(reader: Reader, made: Struct, *, keyed: bool) -> None:
    by_name = reader.number()
    if by_name == 1:
        made.root = reader.text()
    elif by_name == 0:
        made.parent = reader.id()
    else:
        raise Malformed("it lies nowhere")
    if keyed:
        made.key = reader.text()


def _content(reader: Reader, made: Struct) -> None:
    made.length = 1
    if made.content == ANY:
        made.length = reader._count()
        made.value = [reader.any() for _ in range(made.length)]
    elif made.content == STRING:
        made.value = reader.text()
        made.length = len(made.value) if made.value.isascii() else len(made.value.encode("utf-16-le")) // 2
    elif made.content == DELETED:
        made.length = reader.number()
    elif made.content == TYPE:
        made.value = reader.number()
    else:
        raise Malformed("no page writes such a thing")
