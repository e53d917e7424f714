"""Pages of rooms for benchmarks/rooms.py: hands that draw, ears that note when frames come. Measures nothing itself."""

import asyncio
import json
import math
import random
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import websockets
from pycrdt import Doc

from accounts.models import User
from studio.models import BoardMember, BoardRole
from studio.rooms import document, log, packing
from studio.rooms.log import Change
from studio.rooms.replica import Replica
from tests.stack.processes import Stack
from tests.studio.rooms.page import changed, drew, frame

# A stroke is told in so many messages, so many seconds apart, as the page does it.
MESSAGES, EVERY = 10, 0.05
# The strokes on each small board.
SMALL = 50
PATIENCE = 60.0


def hand(chance: random.Random, points: int) -> list[float]:
    """A stroke as a hand draws it: x, y, pressure of each point."""
    x, y, way, press = chance.uniform(40, 440), chance.uniform(40, 440), chance.uniform(0, 2 * math.pi), 0.5
    told: list[float] = []
    for _ in range(points):
        way += chance.gauss(0, 0.25)
        x, y = min(470.0, max(5.0, x + 4 * math.cos(way))), min(470.0, max(5.0, y + 4 * math.sin(way)))
        press = min(1.0, max(0.1, press + chance.gauss(0, 0.05)))
        told += [round(x, 1), round(y, 1), round(press, 2)]
    return told


def large(user: User, marks: int, points: int) -> "Doc[Any]":
    """A document of so many strokes; the last one lies alone in the corner."""
    chance, doc = random.Random(1), document.opened()
    for n in range(marks - 1):
        changed(doc, drew(f"m{n}", user.pk, points=hand(chance, points)))
    changed(doc, drew("last", user.pk, points=[490, 490, 1, 508, 508, 1], size=12))
    return doc


def board_of(user: User, doc: "Doc[Any]") -> UUID:
    """A board of `user` that is this document."""
    board = uuid4()
    log.accept(Replica(board), [Change(user.pk, doc.get_update())])
    return board


@dataclass
class Times:
    """Seconds: from the hand to the ink at each other page; from the end of a stroke to `ack`; to the mark."""

    ink: list[float] = field(default_factory=list)
    kept: list[float] = field(default_factory=list)
    mark: list[float] = field(default_factory=list)


class Ear:
    """An open page that notes when frames come. `sent` are the moments at which what it hears of was sent."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket
        self.heard: dict[str, list[float]] = {"ink": [], "update": [], "ack": []}
        self.reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            async for message in self.socket:
                now = time.perf_counter()
                told = message[4 : 4 + int.from_bytes(message[:4], "big")] if isinstance(message, bytes) else message
                kind = json.loads(told)["type"]
                if kind in self.heard:
                    self.heard[kind].append(now)
        except websockets.ConnectionClosed:
            pass

    async def until(self, kind: str, count: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while len(self.heard[kind]) < count:
                await asyncio.sleep(0.002)

    def forget(self) -> None:
        for each in self.heard.values():
            each.clear()

    async def close(self) -> None:
        await self.socket.close()
        await self.reader


@dataclass
class Room:
    """The open pages of a room; the first one draws, into `doc`."""

    ears: list[Ear]
    user: User
    doc: "Doc[Any]"

    async def draw(self, strokes: int, times: Times, *, acked: bool) -> None:
        """So many strokes, one after the other, as ink and then as a mark."""
        chance = random.Random(self.user.pk)
        drawer, others = self.ears[0], self.ears[1:]
        for number in range(strokes):
            for ear in self.ears:
                ear.forget()
            points = hand(chance, 4 * MESSAGES)
            sent = [await self._ink(f"s{number}", points[12 * n : 12 * n + 12], n) for n in range(MESSAGES)]
            for ear in others:
                await ear.until("ink", MESSAGES)
                times.ink += [heard - at for heard, at in zip(ear.heard["ink"], sent, strict=True)]
            update = changed(self.doc, drew(f"{self.doc.client_id % 10**8}-{number}", self.user.pk, points=points))
            ended = time.perf_counter()
            await drawer.socket.send(frame({"type": "update", "n": number + 1}, update))
            for ear in others:
                await ear.until("update", 1)
                times.mark.append(ear.heard["update"][0] - ended)
            if acked:
                await drawer.until("ack", 1)
                times.kept.append(drawer.heard["ack"][0] - ended)

    async def _ink(self, name: str, points: list[float], n: int) -> float:
        await asyncio.sleep(EVERY)
        about = {"stroke": name, "layer": "first", "kind": "stroke", "color": "#1f2328", "size": 8}
        end = {"end": "done"} if n == MESSAGES - 1 else {}
        at = time.perf_counter()
        await self.ears[0].socket.send(frame({"type": "ink"} | about | end, packing.pack(points, packing.POINTS)))
        return at


async def opened(url: str, origin: str, cookie: str, doc: "Doc[Any]") -> Ear:
    """A page of ours in its room, when it has the document."""
    headers = {"Origin": origin, "Cookie": cookie}
    socket = await websockets.connect(
        url, additional_headers=headers, origin=None, compression=None, max_size=2**25, open_timeout=PATIENCE,
        subprotocols=[websockets.Subprotocol("brushwire.board.v1")],
    )  # fmt: skip
    ear = Ear(socket)
    await socket.send(frame({"type": "hello", "version": 1, "client": doc.client_id}, doc.get_state()))
    await ear.until("update", 1)
    return ear


class Ours:
    """Rooms of our studio, whose people are `crowd`: (user, cookie)."""

    def __init__(self, stack: Stack, crowd: list[tuple[User, str]]) -> None:
        self.stack, self.crowd = stack, crowd

    def begin(self, people: int) -> UUID:
        """A board that so many of the crowd may draw on."""
        board = board_of(self.crowd[0][0], large(self.crowd[0][0], SMALL, 40))
        members = [BoardMember(board_id=board, user=user, role=BoardRole.DRAW) for user, _ in self.crowd[1:people]]
        BoardMember.objects.bulk_create(members)
        return board

    async def enter(self, board: UUID, people: int) -> Room:
        url, doc = f"{self.stack.url.replace('http', 'ws', 1)}/ws/boards/{board}/", document.opened()
        ears = [
            await opened(url, self.stack.url, cookie, doc if n == 0 else document.opened())
            for n, (_, cookie) in enumerate(self.crowd[:people])
        ]
        return Room(ears, self.crowd[0][0], doc)

    async def draw(self, rooms: int, people: int, strokes: int, boards: list[UUID]) -> Times:
        return await all_draw([await self.enter(board, people) for board in boards[:rooms]], strokes, acked=True)


async def relayed(port: int, user: User, rooms: int, people: int, strokes: int) -> Times:
    """The same through the bare relay."""
    made = []
    for number in range(rooms):
        url = f"ws://127.0.0.1:{port}/{number}"
        made.append(
            Room([Ear(await websockets.connect(url, compression=None)) for _ in range(people)], user, document.opened())
        )
    return await all_draw(made, strokes, acked=False)


async def all_draw(rooms: list[Room], strokes: int, *, acked: bool) -> Times:
    """In every room its first page draws, all at the same time."""
    times = Times()
    await asyncio.sleep(0.5)
    await asyncio.gather(*(room.draw(strokes, times, acked=acked) for room in rooms))
    for room in rooms:
        await asyncio.gather(*(ear.close() for ear in room.ears))
    return times
