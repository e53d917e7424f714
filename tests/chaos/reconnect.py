"""Many open pages whose web process is killed: how soon all have the right state again, and what each weighs."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import websockets
from asgiref.sync import sync_to_async

from accounts.models import User
from studio.commands import generations
from studio.news import events
from studio.protocol import Submit
from tests.chaos.crowd import busy, memory, people, percentile
from tests.chaos.parts import Chaos
from tests.stack.page import Page

# Connections on their way at once, as the back-off of browsers spreads them; seconds over which pages come back.
AT_ONCE, BACK_OFF = 50, 0.5
PATIENT = 20  # as many at once when they are opened first, which is not what is measured


@dataclass
class Returned:
    """`weight`: bytes of the web process for each page; `handshakes`: seconds from the connection to the state; `busy`:
    seconds that the web process computed for all of it."""

    pages: int
    seconds: float
    refused: int
    wrong: int
    weight: float
    handshakes: list[float]
    busy: float

    def __str__(self) -> str:
        late = percentile(self.handshakes, 0.99)
        told = (
            f"{self.pages} pages back in {self.seconds:.1f} s, {self.refused} refused, {self.wrong} with a wrong state"
        )
        told += f" (the server computed {self.busy:.1f} s of that)"
        return f"{told}, p99 from connection to state {late:.2f} s, {self.weight / 1024:.0f} kB a page"


async def kill_and_return(stack: Chaos, persons: int, each: int) -> Returned:
    """Open `each` pages for so many persons, who all have something waiting; kill the web process; let all come back.

    Counted from the moment at which the new process answers. A page is refused when the server answers and does not let
    it in; one that finds nobody listening tries again.
    """
    crowd = await sync_to_async(people)(persons)
    known = {user.pk: {str(await sync_to_async(_something)(user))} for user, _ in crowd}
    heads = await sync_to_async(events.heads)([user.pk for user, _ in crowd])
    pages = [(Page(stack.url, cookie), user.pk) for user, cookie in crowd for _ in range(each)]
    # The first ones bring what is there once: threads, connections to the database and to Redis, late imports.
    await all_of([page for page, _ in pages[:AT_ONCE]], greet)
    before = memory(stack.processes["web"])
    await all_of([page for page, _ in pages[AT_ONCE:]], greet, PATIENT)
    weight = (memory(stack.processes["web"]) - before) / len(pages[AT_ONCE:])
    stack.kill("web")
    await asyncio.to_thread(stack.start, "web")
    begun, chance, worked = time.monotonic(), random.Random(1), busy(stack.processes["web"])
    refused = wrong = 0
    handshakes: list[float] = []

    async def back(number: int) -> None:
        nonlocal refused, wrong
        page, person = pages[number]
        started, again = await _open_again(page, chance)
        refused += again
        before = len(page.events)
        await page.send({"type": "hello", "version": 1, "last_seq": None})
        snapshot = await page.wait("snapshot", after=before)
        handshakes.append(time.monotonic() - started)
        seen = {view["id"] for view in snapshot["generations"]}
        wrong += snapshot["seq"] != heads[person] or seen != known[person]

    await all_of(range(len(pages)), back)
    took, worked = time.monotonic() - begun, busy(stack.processes["web"]) - worked
    await asyncio.gather(*(page.close() for page, _ in pages))
    return Returned(len(pages), took, refused, wrong, weight, handshakes, worked)


async def all_of(things: Any, do: Callable[[Any], Awaitable[Any]], at_once: int = AT_ONCE) -> list[Any]:
    """`do` with each, so many at a time."""
    gate = asyncio.Semaphore(at_once)

    async def one(thing: Any) -> Any:
        async with gate:
            return await do(thing)

    return await asyncio.gather(*(one(thing) for thing in things))


async def greet(page: Page) -> None:
    """Open a page and hear its first state."""
    await page.open()
    await page.send({"type": "hello", "version": 1, "last_seq": None})
    await page.wait("snapshot")  # a heartbeat may come before it


async def _open_again(page: Page, chance: random.Random) -> tuple[float, int]:
    """As the page does after its server went: a jittered wait, then again and again. When the last try began, and how
    often it was refused."""
    refused = 0
    await asyncio.sleep(chance.uniform(0, BACK_OFF))
    while True:
        started = time.monotonic()
        try:
            await page.open()
            return started, refused
        except (OSError, TimeoutError, websockets.WebSocketException):
            refused += 1
            await asyncio.sleep(chance.uniform(0, 2 * BACK_OFF))


def _something(user: User) -> Any:
    """One picture that waits."""
    params = {"prompt": "x", "steps": 2, "width": 64, "height": 64}
    wanted = Submit(type="submit", id="one", tool="text_to_image", model="fake", params=params)
    return generations.submit(user, wanted).pk
