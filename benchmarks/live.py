"""Boards that are drawn live at once: `python -m benchmarks.live [--seconds 20]`.

The whole studio with the starter model: 0, 1, 4 and 8 people draw without a pause, each page sending its next drawing
when the last one's draft came back, while one more person asks for ordinary pictures one after another. Then all of
them pause, and their boards are refined. Counts frames, waits, and frames that came after a newer one.
"""
# ruff: noqa: E402  the environment must be set before Django is imported

import argparse
import asyncio
import io
import os
import time
from dataclasses import dataclass, field
from typing import Any

os.environ.setdefault("BRUSHWIRE_TORCH_THREADS", "1")
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

import django

django.setup()

from django.core.management import call_command
from PIL import Image, ImageDraw

from accounts.models import User
from benchmarks import handover, report
from config.env import VAR_DIR
from studio.engines import seeding
from tests.stack.page import Page
from tests.stack.processes import Stack
from tests.stack.redis_server import RedisServer
from tests.stack.session import session_cookie

BOARDS = (0, 1, 4, 8)
MODEL: dict[str, Any] = {"model": "starter", "prompt": "a red house on a green hill", "width": 128, "height": 128}
HOUSE = [
    (60, 200),
    (60, 120),
    (128, 60),
    (196, 120),
    (196, 200),
    (60, 200),
    (110, 200),
    (110, 150),
    (146, 150),
    (146, 200),
]
# As the page does: no two drawings of a board closer than this, in seconds.
LEAST = 0.066
PATIENCE = 60


@dataclass
class Times:
    """What all boards of one run saw, in seconds."""

    first: list[float] = field(default_factory=list)
    draft: list[float] = field(default_factory=list)
    refined: list[float] = field(default_factory=list)
    stale: int = 0
    drawn_for: float = 0.0

    def row(self, boards: int) -> str:
        """Drafts a second of one board, and p50 and p95 of the three times in milliseconds."""
        rate = len(self.draft) / boards / self.drawn_for
        cells = [
            f"{report.percentile(t, s) * 1000:.0f}" for t in (self.first, self.draft, self.refined) for s in (0.5, 0.95)
        ]
        return f"{boards} | {rate:.2f} | " + " | ".join(cells) + f" | {self.stale}"


def drawings() -> list[bytes]:
    """A house that grows stroke by stroke, as the browser sends it."""
    made = []
    for n in range(2, len(HOUSE) + 1):
        sheet = Image.new("RGBA", (256, 256), (0, 0, 0, 0))
        ImageDraw.Draw(sheet).line(HOUSE[:n], fill=(31, 35, 40, 255), width=6, joint="curve")
        file = io.BytesIO()
        sheet.save(file, "WEBP", quality=90)
        made.append(file.getvalue())
    return made


class Board:
    """One person's page and its board."""

    def __init__(self, page: Page, times: Times) -> None:
        self.page, self.times = page, times
        self.revision = self.read = 0
        self.sketches = drawings()

    async def one(self, kind: str) -> tuple[float, float]:
        """Send the board as it is; seconds to the first frame of it, and to the finished one."""
        self.revision += 1
        sent = time.perf_counter()
        sketch = self.sketches[self.revision % len(self.sketches)]
        await self.page.draw("b", self.revision, sketch, kind=kind, seed=1, **MODEL)
        arrived: list[float] = []
        while True:
            header = await self._next()
            self.times.stale += header["revision"] < self.revision
            if header["revision"] == self.revision:
                arrived.append(time.perf_counter() - sent)
                if header["done"]:
                    return arrived[0], arrived[-1]

    async def _next(self) -> dict[str, Any]:
        async with self.page.arrived:
            news = self.page.arrived.wait_for(lambda: len(self.page.frames("b")) > self.read)
            await asyncio.wait_for(news, PATIENCE)
        self.read += 1
        return self.page.frames("b")[self.read - 1]

    async def draw(self, seconds: float) -> None:
        """Draw without a pause, then once in full quality."""
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            first, draft = await self.one("draft")
            self.times.first.append(first)
            self.times.draft.append(draft)
            await asyncio.sleep(max(0.0, LEAST - draft))
        self.times.refined.append((await self.one("refined"))[1])


async def ordinary(page: Page, until: asyncio.Event, tag: str) -> list[float]:
    """Ask for one picture after another until told to stop; how long each took."""
    waits: list[float] = []
    while not until.is_set() or not waits:
        began = time.perf_counter()
        await page.ended(await page.submit(f"{tag}-{len(waits)}", steps=16, seed=1, **MODEL))
        waits.append(time.perf_counter() - began)
    return waits


async def measure(stack: Stack, people: list[User], boards: int, seconds: float) -> tuple[Times, list[float]]:
    """`boards` people draw, one more asks for pictures."""
    times = Times(drawn_for=seconds)
    pages = [Page(stack.url, session_cookie(user)) for user in people[: boards + 1]]
    for page in pages:
        await page.open()
        await page.hello()
    over = asyncio.Event()
    asking = asyncio.create_task(ordinary(pages[0], over, f"with-{boards}"))
    if boards:
        await asyncio.gather(*(Board(page, times).draw(seconds) for page in pages[1:]))
    else:
        await asyncio.sleep(seconds)
    over.set()
    waits = await asking
    for page in pages:
        await page.close()
    return times, waits


async def warm(stack: Stack, user: User) -> None:
    """The model, and what a draft of it needs, into memory."""
    async with Page(stack.url, session_cookie(user)) as page:
        await page.hello()
        generation = await page.submit("warm", steps=2, seed=1, **MODEL)
        async with page.arrived:  # the engine's libraries are on their way
            finished = page.arrived.wait_for(lambda: any(e["type"] == "finished" for e in page.events))
            await asyncio.wait_for(finished, 5 * PATIENCE)
        await page.ended(generation)
        await Board(page, Times()).one("draft")


def main() -> None:
    """Start the stack in a temporary folder, measure, write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    seconds = parser.parse_args().seconds
    redis = RedisServer(VAR_DIR / "run" / "redis.sock")
    redis.start()
    call_command("migrate", verbosity=0)
    seeding.seed()
    hand_over = handover.dispatch()
    people = [User.objects.create_user(f"bench{n}") for n in range(max(BOARDS) + 1)]
    stack = Stack(8)
    try:
        stack.start()
        stack.wait_ready()
        asyncio.run(warm(stack, people[0]))
        results = [(boards, *asyncio.run(measure(stack, people, boards, seconds))) for boards in BOARDS]
    finally:
        stack.stop()
        redis.stop(kill=True)
    live = "\n".join(f"| {times.row(boards)} |" for boards, times, _ in results if boards)
    waits = "\n".join(f"| {boards} | {len(w)} | {report.summary(w)} |" for boards, _, w in results)
    quick, slow = (report.percentile(hand_over, share) * 1000 for share in (0.5, 0.95))
    body = f"""
From the web process to the worker's live loop, through the mailbox: p50 {quick:.2f} ms, p95 {slow:.2f} ms.

The starter at 128 × 128 on the CPU, everything through the socket; each board draws without a pause for
{seconds:.0f} s (sketch to image, the model's quick steps), then pauses and is refined (16 steps). Milliseconds from
sending the drawing. Beside them one more person asks for ordinary pictures (text to image, 16 steps), one after the
other.

| boards | drafts a second, each | first frame p50 | p95 | finished draft p50 | p95 | refined p50 | p95 | stale frames |
|--:|--:|--:|--:|--:|--:|--:|--:|--:|
{live}

What an ordinary picture waited meanwhile:

| boards | pictures | p50 ms | p95 ms | least ms |
|--:|--:|--:|--:|--:|
{waits}
"""
    report.write("Live drawing", "python -m benchmarks.live", body)


if __name__ == "__main__":
    main()
