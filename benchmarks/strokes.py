"""What a stroke costs apart from the model: `python -m benchmarks.strokes [--strokes 200]`.

A drawing of 30 kB goes up, the first picture comes back, and nothing is computed in between (our engine for tests, or a
task that answers at once): our live lane beside the typical Channels + Celery + base64 project, in turns. Time at the
page, and CPU time of the servers' processes.
"""
# ruff: noqa: E402  the environment must be set before Django is imported

import argparse
import asyncio
import base64
import io
import json
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

import django

django.setup()

import websockets
from django.core.management import call_command
from PIL import Image

from accounts.models import User
from benchmarks import report
from benchmarks.fanout import cpu
from benchmarks.peers import running
from config.env import VAR_DIR
from studio.engines import seeding
from tests.stack.page import Page
from tests.stack.processes import Stack
from tests.stack.redis_server import RedisServer
from tests.stack.session import session_cookie

PEOPLE = (1, 16)
SIDE = 64
PATIENCE = 60.0
# Between the end of one stroke and the next of the same person, seconds.
PAUSE = 0.1

Stroke = Callable[[int], Awaitable[float]]


@dataclass
class Way:
    """One studio: seconds of each stroke until the first picture, and the CPU time of its processes."""

    pids: list[int]
    times: list[float] = field(default_factory=list)
    cpu: float = 0.0

    def row(self) -> str:
        """p50, p95 and the least in milliseconds, and CPU milliseconds a stroke."""
        return f"{report.summary(self.times)} | {self.cpu / len(self.times) * 1000:.1f}"


def drawing() -> bytes:
    """A PNG of about 30 kB that is decoded in no time."""
    file = io.BytesIO()
    Image.frombytes("RGB", (100, 100), os.urandom(30_000)).save(file, "PNG", compress_level=1)
    return file.getvalue()


def answer() -> str:
    """What the peer sends back: a picture such as our engine for tests makes, in base64."""
    file = io.BytesIO()
    Image.new("RGB", (SIDE, SIDE), "teal").save(file, "JPEG")
    return base64.b64encode(file.getvalue()).decode()


def on_ours(page: Page) -> Stroke:
    """A stroke on a live board of ours."""
    sketch = drawing()

    async def stroke(number: int) -> float:
        sent = time.perf_counter()
        params = {"model": "fake", "prompt": "a house", "width": SIDE, "height": SIDE}
        await page.draw("b", number, sketch, kind="draft", seed=1, **params)
        await arrived(page, number, done=False)
        took = time.perf_counter() - sent
        await arrived(page, number, done=True)
        return took

    return stroke


async def arrived(page: Page, number: int, *, done: bool) -> None:
    """Wait for a frame of stroke `number`, or for its finished one."""

    def there() -> bool:
        return any(f["revision"] == number and f["done"] >= done for f in page.frames("b")[-4:])

    async with page.arrived:
        await asyncio.wait_for(page.arrived.wait_for(there), PATIENCE)


def on_theirs(socket: Any) -> Stroke:
    """A stroke sent to the typical project."""
    wanted = {"type": "generate", "model": "none", "image": base64.b64encode(drawing()).decode(), "answer": answer()}
    text = json.dumps(wanted)

    async def stroke(_number: int) -> float:
        sent = time.perf_counter()
        await socket.send(text)
        json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))
        took = time.perf_counter() - sent
        while json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))["type"] != "result":
            pass
        return took

    return stroke


async def round_of(way: Way, strokes: list[Stroke], each: int, first: int) -> None:
    """Everybody draws `each` strokes; the numbers of strokes go up from `first`."""

    async def person(stroke: Stroke) -> None:
        for number in range(first, first + each):
            way.times.append(await stroke(number))
            await asyncio.sleep(PAUSE)

    spent = sum(cpu(pid) for pid in way.pids)
    await asyncio.gather(*(person(stroke) for stroke in strokes))
    way.cpu += sum(cpu(pid) for pid in way.pids) - spent


async def measure(stack: Stack, cookies: list[str], theirs: tuple[int, list[int]], strokes: int) -> dict[str, Way]:
    """Both studios in turns, as many people as there are cookies."""
    port, pids = theirs
    ways = {"Brushwire": Way([p.pid for p in stack.processes.values()]), "Channels + Celery + base64": Way(pids)}
    async with AsyncExitStack() as doors:
        pages = [await doors.enter_async_context(Page(stack.url, cookie)) for cookie in cookies]
        for page in pages:
            await page.hello()
        address = f"ws://127.0.0.1:{port}/ws/"
        sockets = [
            await doors.enter_async_context(websockets.connect(address, compression=None, ping_interval=None))
            for _ in cookies
        ]
        draws = [[on_ours(page) for page in pages], [on_theirs(socket) for socket in sockets]]
        each = max(1, strokes // len(cookies) // 4)
        for turn in range(5):
            for way, hands in zip(ways.values(), draws, strict=True):
                await round_of(way, hands, each, 1 + turn * each)
            if turn == 0:  # warm
                for way in ways.values():
                    way.times, way.cpu = [], 0.0
    return ways


def main() -> None:
    """Start both in a temporary folder, measure, write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strokes", type=int, default=400)
    given = parser.parse_args()
    redis = RedisServer(VAR_DIR / "run" / "redis.sock")
    redis.start()
    call_command("migrate", verbosity=0)
    seeding.seed()
    users = [User.objects.create_user(f"hand-{n}") for n in range(max(PEOPLE))]
    cookies = [session_cookie(user) for user in users]
    stack = Stack(max(PEOPLE))
    try:
        stack.start()
        stack.wait_ready()
        with running.typical() as theirs:
            results = {n: asyncio.run(measure(stack, cookies[:n], theirs, given.strokes)) for n in PEOPLE}
    finally:
        stack.stop()
        redis.stop(kill=True)
    rows, ratios = [], []
    noted: dict[str, float] = {}
    for people, ways in results.items():
        rows += [f"| {people} | {name} | {way.row()} |" for name, way in ways.items()]
        ours, theirs_ = ways.values()
        parts = [report.percentile(theirs_.times, s) / report.percentile(ours.times, s) for s in (0.5, 0.99)]
        ratios.append(f"{people} people: p50 {parts[0]:.1f} times, p99 {parts[1]:.1f} times")
        noted[f"{people} people, p50"] = 1 / parts[0]
    table = "\n".join(rows)
    body = f"""
A drawing of 30 kB goes up, the first picture comes back, no model in between; {given.strokes} strokes each, in turns,
{PAUSE * 1000:.0f} ms between a person's strokes. Ours checks the drawing and encodes a picture, the peer only answers.

| people | studio | p50 ms | p95 ms | least ms | CPU ms a stroke |
|--:|---|--:|--:|--:|--:|
{table}

The peer needs as many times as long: {"; ".join(ratios)}.
"""
    report.write("A stroke without a model", "python -m benchmarks.strokes", body, noted)


if __name__ == "__main__":
    main()
