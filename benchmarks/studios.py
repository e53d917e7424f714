"""Whole studios on the same weights: `python -m benchmarks.studios`.

How people wait who ask at the same time, one picture after another, over a WebSocket: our whole system (row, doorbell,
worker, shared steps, kept work, picture fetched over HTTP) beside the usual designs of benchmarks/peers, which keep
nothing and know nobody. All in one run, in turns; bare pipeline calls without any server are the floor.
"""
# ruff: noqa: E402  the environment must be set before Django and torch are imported

import argparse
import asyncio
import json
import os
import time
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, ExitStack, asynccontextmanager
from functools import partial
from typing import Any, Protocol

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
os.environ.setdefault("BRUSHWIRE_TORCH_THREADS", "1")

import django

django.setup()

import websockets
from django.core.management import call_command

from accounts.models import User
from benchmarks import report
from benchmarks.peers import running, stock
from benchmarks.throughput import Times, merged
from config.env import VAR_DIR
from studio.engines import seeding
from tests.stack.page import Page
from tests.stack.processes import Stack
from tests.stack.redis_server import RedisServer
from tests.stack.session import session_cookie

PEOPLE = (1, 2, 4, 8, 16)
PATIENCE = 300.0


class Person(Protocol):
    """Somebody at an open page."""

    async def ask(self, prompt: str, steps: int, seed: int) -> tuple[float, float]:
        """One picture; seconds until the first preview, and until the finished picture is there."""
        ...


Place = Callable[[int], AbstractAsyncContextManager[Person]]


class Ours:
    """A person of our studio."""

    def __init__(self, stack: Stack, page: Page, cookie: str) -> None:
        self.stack, self.page, self.cookie = stack, page, cookie

    async def ask(self, prompt: str, steps: int, seed: int) -> tuple[float, float]:
        began = time.perf_counter()
        shown = len(self.page.previews)
        size: dict[str, Any] = {"width": stock.SIDE, "height": stock.SIDE}
        params = size | {"steps": steps, "seed": seed, "prompt": prompt, "guidance_scale": stock.GUIDANCE}
        generation = await self.page.submit(f"s{seed}", model="starter", **params)
        async with self.page.arrived:
            await asyncio.wait_for(self.page.arrived.wait_for(lambda: len(self.page.previews) > shown), PATIENCE)
        first = time.perf_counter() - began
        finished = await self.page.ended(generation)
        await asyncio.to_thread(self._fetch, finished["works"][0]["image"])
        return first, time.perf_counter() - began

    def _fetch(self, address: str) -> None:
        request = urllib.request.Request(self.stack.url + address, headers={"Cookie": self.cookie})
        with urllib.request.urlopen(request) as answer:
            assert answer.read()[:4] == b"\x89PNG"


class Theirs:
    """A person at a peer's page: JSON up, JSON with base64 pictures down."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket

    async def ask(self, prompt: str, steps: int, seed: int) -> tuple[float, float]:
        began, first = time.perf_counter(), 0.0
        await self.socket.send(json.dumps({"type": "generate", "prompt": prompt, "steps": steps, "seed": seed}))
        while True:
            told = json.loads(await asyncio.wait_for(self.socket.recv(), PATIENCE))
            first = first or time.perf_counter() - began
            if told["type"] == "result":
                return first, time.perf_counter() - began


@asynccontextmanager
async def at_ours(stack: Stack, number: int) -> AsyncIterator[Person]:
    """Person `number` with an open page of ours."""
    user, _created = await asyncio.to_thread(User.objects.get_or_create, username=f"person-{number}")
    cookie = await asyncio.to_thread(session_cookie, user)
    async with Page(stack.url, cookie) as page:
        await page.hello()
        yield Ours(stack, page, cookie)


@asynccontextmanager
async def at_theirs(port: int, number: int) -> AsyncIterator[Person]:
    """Person `number` with an open page of a peer."""
    address = f"ws://127.0.0.1:{port}/ws/"
    async with websockets.connect(address, max_size=2**24, compression=None, ping_interval=None) as socket:
        yield Theirs(socket)


async def crowd(place: Place, people: int, each: int, steps: int) -> Times:
    """`people` at once, each asks for `each` pictures, one after the other."""
    times = Times()

    async def person(number: int, who: Person) -> None:
        for turn in range(each):
            # The page's command ids must differ from round to round: the clock sees to it.
            seed = (time.monotonic_ns() + number) % 2**31
            first, whole = await who.ask(f"a red house, {number} {turn}", steps, seed)
            times.previews.append(first)
            times.waits.append(whole)

    async with AsyncExitStack() as doors:
        everybody = [await doors.enter_async_context(place(number)) for number in range(people)]
        began = time.perf_counter()
        await asyncio.gather(*(person(number, who) for number, who in enumerate(everybody)))
        times.spent = time.perf_counter() - began
    return times


def bare(each: int, steps: int) -> Times:
    """Pipeline calls in this process, one after the other, with a preview after every step."""
    pipeline, times = stock.Stock(), Times()
    pipeline.make("warm", 2, 0, lambda *step: None)
    began = time.perf_counter()
    for turn in range(each):
        asked, first = time.perf_counter(), list[float]()
        pipeline.make(f"a red house, {turn}", steps, turn, lambda *step, f=first: f.append(time.perf_counter()))
        times.previews.append(first[0] - asked)
        times.waits.append(time.perf_counter() - asked)
    times.spent = time.perf_counter() - began
    return times


def measure(places: dict[str, Place], rounds: int, each: int, steps: int) -> tuple[list[str], dict[str, float]]:
    """Table rows: every number of people, every place in turns; and what a picture takes beside the fastest peer's."""
    for place in places.values():
        asyncio.run(crowd(place, 1, 1, 2))  # warm
    rows, ratios = [], dict[str, float]()
    for people in PEOPLE:
        times: dict[str, list[Times]] = {name: [] for name in places}
        for _ in range(rounds):
            for name, place in places.items():
                times[name].append(asyncio.run(crowd(place, people, each, steps)))
        whole = {name: merged(times[name]) for name in places}
        rows += [f"| {people} | {name} | {each.row()} |" for name, each in whole.items()]
        ours, *theirs = (each.each for each in whole.values())
        ratios[f"{people} people"] = ours / min(theirs)
    return rows, ratios


def main() -> None:
    """Start everything in a temporary folder, measure, write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--each", type=int, default=2, help="pictures of each person in a round")
    parser.add_argument("--steps", type=int, default=16)
    given = parser.parse_args()
    redis = RedisServer(VAR_DIR / "run" / "redis.sock")
    redis.start()
    call_command("migrate", verbosity=0)
    seeding.seed()
    floor = bare(8, given.steps)
    stack = Stack(max(PEOPLE))
    try:
        with ExitStack() as servers:
            stack.start()
            stack.wait_ready()
            places: dict[str, Place] = {
                "Brushwire": partial(at_ours, stack),
                "one process, blocking": partial(at_theirs, servers.enter_context(running.single("blocking"))),
                "one process, executor": partial(at_theirs, servers.enter_context(running.single("executor"))),
                "Channels + Celery + base64": partial(at_theirs, servers.enter_context(running.typical())[0]),
            }
            rows, ratios = measure(places, given.rounds, given.each, given.steps)
    finally:
        stack.stop()
        redis.stop(kill=True)
    table = "\n".join([f"| 1 | bare pipeline calls, no server | {floor.row()} |", *rows])
    body = f"""
Starter model, {stock.SIDE} × {stock.SIDE}, {given.steps} steps with guidance, one torch thread each.
Each person asks for {given.each} pictures one after the other, {given.rounds} rounds, the places in turns.
Servers, clients and model share this machine.

| people at once | place | images/s | wait p50, s | p95 | first preview p50, s | p95 |
|--:|---|--:|--:|--:|--:|--:|
{table}
"""
    report.write("Whole studios", "python -m benchmarks.studios", body, ratios)


if __name__ == "__main__":
    main()
