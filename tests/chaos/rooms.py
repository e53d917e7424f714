"""People draw on one board while the web processes and Redis under them are killed: nothing acknowledged is lost, and
all pages and the database come to the same board."""

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from asgiref.sync import sync_to_async
from pycrdt import Map

from accounts.models import User
from studio.invariants import problems
from studio.models import Board, BoardMember, BoardRole
from studio.rooms import document, wire
from tests.chaos.crowd import people
from tests.chaos.parts import Chaos
from tests.stack import PATIENCE
from tests.stack.drawer import Drawer
from tests.stack.processes import Stack
from tests.stack.redis_server import RedisServer


@dataclass(frozen=True)
class Plan:
    """So many people with a page each, half of them at each of two web processes, who draw every `pause` seconds, and
    how often a web process and Redis are killed meanwhile, about `between` seconds apart."""

    persons: int = 6
    web_kills: int = 1
    redis_kills: int = 1
    pause: float = 0.08
    between: float = 1.0
    seed: int = 1


@dataclass
class Drawn:
    """What came of it. `returns`: how often a page came back; `apart`: pages that see something else than the database;
    `late`: seconds until all agreed, after the last stroke."""

    plan: Plan
    strokes: int = 0
    returns: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    apart: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    late: float = 0.0
    seconds: float = 0.0

    def __str__(self) -> str:
        kills = f"{self.plan.web_kills} web, {self.plan.redis_kills} Redis"
        told = f"{self.plan.persons} people drew {self.strokes} strokes through {kills} killed, {self.returns} returns"
        wrong = f"{len(self.lost)} lost, {len(self.doubled)} doubled, {len(self.apart)} pages apart"
        rest = f"{len(self.broken)} promises broken; all agreed {self.late:.1f} s after, {self.seconds:.0f} s"
        return f"{told}: {wrong}, {rest}"

    @property
    def well(self) -> bool:
        return not (self.lost or self.doubled or self.apart or self.broken)


async def draw_through(stack: Chaos, redis: RedisServer, plan: Plan) -> Drawn:
    """Run the plan against `stack`, whose web process runs, and a second one beside it."""
    begun, chance, board = time.monotonic(), random.Random(plan.seed), uuid4()
    other = Stack(**stack_env(stack))
    try:
        await asyncio.to_thread(other.start, "web")
        pages = await _gathered(board, [stack.url, other.url], plan.persons)
        over, leave, found = asyncio.Event(), asyncio.Event(), Drawn(plan)
        async with asyncio.TaskGroup() as group:
            for n, page in enumerate(pages):
                group.create_task(page.live(random.Random(n), plan.pause, over, leave))
            try:
                await _break([stack, other], redis, plan, chance)
                over.set()
                await _agree(board, pages, found)
            finally:
                over.set()
                leave.set()
        found.strokes, found.returns = sum(len(page.drawn) for page in pages), sum(page.returns for page in pages)
    finally:
        await asyncio.to_thread(other.stop)
    found.broken = await _broken()
    found.seconds = time.monotonic() - begun
    return found


def stack_env(stack: Stack) -> dict[str, str]:
    """What a second process of the same studio must be told."""
    return {name: value for name, value in stack.env.items() if name.startswith("BRUSHWIRE_")}


async def _gathered(board: UUID, urls: list[str], persons: int) -> list[Drawer]:
    """A page for each person; the first one's first stroke makes the board, which all may draw on."""
    crowd = await sync_to_async(people)(persons)
    pages = [Drawer(urls[n % len(urls)], board, cookie, user) for n, (user, cookie) in enumerate(crowd)]
    async with pages[0] as first, asyncio.timeout(PATIENCE):
        await first.draw()
        while not first.settled:
            await asyncio.sleep(0.01)
    await sync_to_async(_invite)(board, [user for user, _ in crowd[1:]])
    return pages


def _invite(board: UUID, users: list[User]) -> None:
    BoardMember.objects.bulk_create(BoardMember(board_id=board, user=user, role=BoardRole.DRAW) for user in users)


async def _break(stacks: list[Any], redis: RedisServer, plan: Plan, chance: random.Random) -> None:
    acts = ["web"] * plan.web_kills + ["redis"] * plan.redis_kills
    chance.shuffle(acts)
    for number, act in enumerate(acts):
        await asyncio.sleep(chance.uniform(0.5, 1.5) * plan.between)
        if act == "redis":
            await asyncio.to_thread(redis.restart, down_for=chance.uniform(0.1, 0.6))
        else:
            stack = stacks[number % len(stacks)]
            await asyncio.to_thread(stack.kill, "web")
            await asyncio.to_thread(stack.start, "web")
    await asyncio.sleep(plan.between)


async def _agree(board: UUID, pages: list[Drawer], found: Drawn) -> None:
    """Wait until every page has what the database has, and compare with what they were told is kept."""
    begun = time.monotonic()
    while True:
        stored = await sync_to_async(_stored)(board)
        found.late = time.monotonic() - begun
        whole = _whole(stored)
        found.apart = [page.user.username for page in pages if not page.settled or _whole(page.doc) != whole]
        if not found.apart or found.late > PATIENCE:
            break
        await asyncio.sleep(0.1)
    there = Counter(mark["id"] for layer in document.drawing_of(stored)["layers"] for mark in layer["marks"])
    found.doubled = [name for name, count in there.items() if count > 1]
    found.lost = [name for page in pages for name in page.acknowledged if name not in there]


async def _broken() -> list[str]:
    """What is not as it must be. The last page that leaves lets the log be folded, which may be seen half way."""
    given_up = time.monotonic() + PATIENCE / 3
    while (found := await sync_to_async(lambda: list(problems()))()) and time.monotonic() < given_up:
        await asyncio.sleep(0.1)
    return found


def _stored(board: UUID) -> Any:
    """The document that the database has."""
    row = Board.objects.get(pk=board)
    later = row.updates.filter(seq__gt=row.state.seq).order_by("seq")
    return document.opened([bytes(row.state.data), *(bytes(each.data) for each in later)])


def _whole(doc: Any) -> tuple[Any, ...]:
    """All of a document, to be compared: which changes it has, in which order its marks lie, and what it shows."""
    marks = {key: [mark["id"] for mark in layer["marks"]] for key, layer in doc.get("layers", type=Map).items()}
    return sorted(wire.vector(doc.get_state()).items()), marks, document.drawing_of(doc)
