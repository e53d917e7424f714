"""What a board for several people costs: `python -m benchmarks.rooms [--strokes 20] [--marks 5000]`.

From a movement of one person's hand to the ink at the others, in rooms of several sizes, and from the end of a stroke
to its `ack` (kept for good) and to the mark in the others' documents: one daphne process of ours beside a bare relay
(what one page says, its others hear), the same frames, in turns. Then the memory of rooms, the size of a large board,
and how long it takes to load, over the socket and in Chromium.
"""
# ruff: noqa: E402  the environment must be set before Django is imported

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
os.environ["BRUSHWIRE_SOCKETS_PER_USER"] = "10000"

import django

django.setup()

from django.core.management import call_command
from playwright.sync_api import Browser, sync_playwright

from accounts.models import User
from benchmarks import report
from benchmarks.fanout import memory
from benchmarks.roompages import EVERY, MESSAGES, PATIENCE, SMALL, Ours, board_of, large, opened, relayed
from config.env import VAR_DIR
from studio.rooms import document
from tests.stack.processes import Stack
from tests.stack.redis_server import RedisServer
from tests.stack.session import session_cookie
from tests.tools import chromium

COMMAND = "python -m benchmarks.rooms"
# Rooms, and people in each.
SIZES = ((1, 2), (1, 8), (1, 30), (20, 8))
# Rooms that are opened to be weighed, and times that a large board is loaded.
WEIGHED, LOADS = 100, 5


@contextmanager
def relay() -> Iterator[int]:
    """The relay's port."""
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.peers.relay"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


async def weighed(ours: Ours, boards: list[UUID]) -> dict[str, float]:
    """Bytes of the web process for a room with one page, and for one page more in it."""
    pid = ours.stack.processes["web"].pid
    first = [await ours.enter(board, 1) for board in boards[:10]]  # what is there once is there
    await asyncio.sleep(1)
    before = memory(pid)
    rooms = [await ours.enter(board, 1) for board in boards[10:]]
    await asyncio.sleep(1)
    with_rooms = memory(pid)
    more = [await ours.enter(boards[0], 1) for _ in range(40)]
    await asyncio.sleep(1)
    with_pages = memory(pid)
    for room in first + rooms + more:
        await asyncio.gather(*(ear.close() for ear in room.ears))
    return {"room": (with_rooms - before) / len(rooms), "page": (with_pages - with_rooms) / len(more)}


async def loaded(ours: Ours, board: UUID) -> list[float]:
    """Seconds from connecting until the document has arrived, again and again; the first time the server reads it."""
    took = []
    url, (_, cookie) = f"{ours.stack.url.replace('http', 'ws', 1)}/ws/boards/{board}/", ours.crowd[0]
    for _ in range(LOADS):
        began = time.perf_counter()
        ear = await opened(url, ours.stack.url, cookie, document.opened())
        took.append(time.perf_counter() - began)
        await ear.close()
        await asyncio.sleep(0.5)
    return took


# When something is drawn in the corner, where only the last stroke of a large board lies, in ms since the page began.
PAINTED = """() => {
  for (const sheet of document.querySelectorAll('#board > canvas.sheet')) {
    const { width, height } = sheet;
    const { data } = sheet.getContext('2d').getImageData(0.96 * width, 0.96 * height, 0.03 * width, 0.03 * height);
    for (let i = 3; i < data.length; i += 4) if (data[i] > 100) return performance.now();
  }
  return 0;
}"""
READY = "performance.getEntriesByName('studio-ready')[0].startTime"


def in_chromium(browser: Browser, ours: Ours, board: UUID) -> tuple[list[float], list[float]]:
    """Seconds from the beginning of the page, in a browser that knows nothing yet, until one can draw, and until all
    strokes are on the screen."""
    ready, painted = [], []
    name, _, key = ours.crowd[0][1].partition("=")
    for _ in range(LOADS):
        context = browser.new_context(base_url=ours.stack.url, viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": name, "value": key, "url": ours.stack.url}])
        page = context.new_page()
        page.goto(f"/studio/?board={board}")
        painted.append(float(page.wait_for_function(PAINTED, timeout=PATIENCE * 1000).json_value()) / 1000)
        page.wait_for_selector("#studio[data-ready]")
        ready.append(float(page.evaluate(READY)) / 1000)
        context.close()
    return ready, painted


def cells(values: list[float]) -> str:
    if not values:
        return "– | –"
    return f"{report.percentile(values, 0.5) * 1000:.1f} | {report.percentile(values, 0.95) * 1000:.1f}"


def delays(ours: Ours, strokes: int) -> tuple[str, dict[str, float]]:
    """The table of delays, and ours beside the relay's."""
    lines, ratios = [], {}
    with relay() as port:
        for rooms, people in SIZES:
            boards = [ours.begin(people) for _ in range(rooms)]
            mine = asyncio.run(ours.draw(rooms, people, strokes, boards))
            bare = asyncio.run(relayed(port, ours.crowd[0][0], rooms, people, strokes))
            size = f"{rooms} × {people}"
            for way, times in (("Brushwire", mine), ("bare relay", bare)):
                lines.append(f"| {size} | {way} | {cells(times.ink)} | {cells(times.kept)} | {cells(times.mark)} |")
            ratios[f"ink, {size} people, p50"] = report.percentile(mine.ink, 0.5) / report.percentile(bare.ink, 0.5)
            print(lines[-2], lines[-1], sep="\n", flush=True)
    return "\n".join(lines), ratios


def body(table: str, ratios: dict[str, float], given: argparse.Namespace, found: dict[str, Any]) -> str:
    """The section, as Markdown."""
    told = ", ".join(f"{name}: {ratio:.1f}" for name, ratio in ratios.items())
    least, first = min(found["loads"]), found["loads"][0]
    ready, painted = (sorted(found[name]) for name in ("ready", "painted"))
    return f"""
One page of each room draws {given.strokes} strokes, told in {MESSAGES} messages {EVERY * 1000:.0f} ms apart; one daphne
process, clients and relay on the same machine. Milliseconds.

| rooms × people | way | hand → ink elsewhere p50 | p95 | stroke → kept p50 | p95 | stroke → mark elsewhere p50 | p95 |
|---|---|--:|--:|--:|--:|--:|--:|
{table}

Beside the relay, which knows no people, rights, document or database: {told}.

A room with one page: {found["weight"]["room"] / 1024:.0f} KiB of the web process (a board of {SMALL} strokes); each
further page in it: {found["weight"]["page"] / 1024:.0f} KiB.

{given.marks:,} strokes of {given.points} points: {found["bytes"] / 2**20:.2f} MiB as a document
({found["bytes"] / given.marks:.0f} bytes a stroke), {found["plain"] / 2**20:.2f} MiB as the JSON of the same drawing.
Loaded over the socket: {first * 1000:.0f} ms at the first opening, {least * 1000:.0f} ms afterwards. In a Chromium that
knows nothing yet: one can draw after {ready[len(ready) // 2]:.1f} s, all of it is on the screen after
{painted[len(painted) // 2]:.1f} s (p50 of {LOADS}).
"""


def main() -> None:
    """Start the stack in a temporary folder, measure, write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strokes", type=int, default=20)
    parser.add_argument("--marks", type=int, default=5000)
    parser.add_argument("--points", type=int, default=40)
    given = parser.parse_args()
    redis = RedisServer(VAR_DIR / "run" / "redis.sock")
    redis.start()
    call_command("migrate", verbosity=0)
    stack = Stack()
    try:
        stack.start("web")
        users = [User.objects.create_user(f"person{n}") for n in range(max(people for _, people in SIZES))]
        ours = Ours(stack, [(user, session_cookie(user)) for user in users])
        table, ratios = delays(ours, given.strokes)
        found: dict[str, Any] = {"weight": asyncio.run(weighed(ours, [ours.begin(1) for _ in range(WEIGHED + 10)]))}
        doc = large(users[0], given.marks, given.points)
        found["bytes"] = len(doc.get_update())
        found["plain"] = len(json.dumps(document.drawing_of(doc), separators=(",", ":")))
        board = board_of(users[0], doc)
        found["loads"] = asyncio.run(loaded(ours, board))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(chromium.find()), args=["--no-sandbox"])
            found["ready"], found["painted"] = in_chromium(browser, ours, board)
            browser.close()
    finally:
        stack.stop()
        redis.stop(kill=True)
    report.write("Boards for several people", COMMAND, body(table, ratios, given, found), ratios)


if __name__ == "__main__":
    main()
