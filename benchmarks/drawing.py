"""How soon ink and pictures follow the hand: `python -m benchmarks.drawing [--strokes 30] [--only ink|live]`.

Starts its own studio and writes each section when it is there.

A real Chromium draws on an empty board: short strokes, a very long one, wide and half transparent ones, the eraser, a
hundred strokes, undo, the fill bucket. Input to ink is the time from a pointer event to the end of the animation frame
that painted it; a long task is one of 50 ms or more on the page's main thread. On a busy machine a task is long because
others had the processor, so the processor time that the longest took itself is told beside it. Without a GPU Chromium
paints canvases on the processor, so this is the unkind case.

Then it draws live: from the end of a stroke to the first picture on the screen of what was drawn, and to the refined
one. Last, without a model at all in the way (the fake engine), what the page and the system around it take of that.
"""
# ruff: noqa: E402  the environment must be set before Django is imported

import argparse
import json
import math
import os
from collections.abc import Callable
from typing import Any

os.environ.setdefault("BRUSHWIRE_TORCH_THREADS", "1")
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

import django

django.setup()

from django.core.management import call_command
from playwright.sync_api import Page, sync_playwright

from accounts.models import User
from benchmarks import report
from config.env import VAR_DIR
from studio.engines import seeding
from tests.stack.processes import Stack
from tests.stack.redis_server import RedisServer
from tests.stack.session import session_cookie
from tests.tools import chromium

COMMAND = "python -m benchmarks.drawing"
WIDE = {"width": 1440, "height": 900}
PATIENCE = 180_000  # ms
HEAD = (
    "| model | first p50 | p95 | refined p50 | p95 | hand to ink p50 | p95 | long tasks | longest | most work in one |",
    "|---" + "|--:" * 9 + "|",
)
WORDS = """drawn live, each waited for: from the end of a stroke to the first picture of it on
the screen, and to the refined one, which begins when the board has been still for 800 ms. Milliseconds; browser, server
and model share this machine."""

WATCH = """
window.seen = {ink: [], paint: [], long: []};
let last = 0;
addEventListener('pointermove', (event) => { last = event.timeStamp }, true);
const request = requestAnimationFrame;
window.requestAnimationFrame = (act) => request((now) => {
  const begin = performance.now();
  act(now);
  const end = performance.now();
  if (!last) return;
  seen.ink.push(end - last);
  seen.paint.push(end - begin);
  last = 0;
});
new PerformanceObserver((list) => list.getEntries().forEach((entry) => seen.long.push(entry.duration)))
  .observe({ type: 'longtask' });
"""

# Of each stroke: when it ended, when the first frame of it was on the screen, and when the refined one was. Frames of
# drawings that were sent before the stroke's end do not count.
FOLLOW = """
window.turn = null;
const head = (data) => JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, new DataView(data).getUint32(0))));
const Plain = globalThis.WebSocket;
globalThis.WebSocket = class extends Plain {
  constructor(...given) {
    super(...given);
    this.addEventListener('message', ({ data }) => {
      const frame = typeof data === 'string' ? {} : head(data);
      if (frame.type !== 'frame' || !turn?.revision || frame.revision < turn.revision) return;
      turn.arrived = true;
      if (frame.done && frame.kind === 'refined') turn.last = true;
    });
  }
  send(data) {
    super.send(data);
    const sent = typeof data === 'string' ? JSON.parse(data) : head(data.buffer);
    if (sent.type === 'draw' && turn && !turn.revision) turn.revision = sent.revision;
  }
};
addEventListener('pointerup', (event) => { window.turn = { ended: event.timeStamp } }, true);
addEventListener('DOMContentLoaded', () => new MutationObserver((changes) => {
  if (!turn?.arrived || !changes.some(({ addedNodes }) => addedNodes.length)) return;
  const now = performance.now();
  turn.first ??= now - turn.ended;
  if (turn.last) turn.final ??= now - turn.ended;
}).observe(document.querySelector('#live-picture'), { childList: true }));
"""


class Hand:
    """A mouse that draws waves over the board of `page`."""

    def __init__(self, page: Page) -> None:
        self.page = page
        box = page.locator("#board").bounding_box()
        assert box
        self.x, self.y, self.side = box["x"], box["y"], box["width"]

    def wave(self, points: int, phase: float = 0) -> None:
        """One stroke of so many points."""
        self.page.mouse.move(self.x + self.side * 0.1, self.y + self.side * 0.5)
        self.page.mouse.down()
        for n in range(points):
            up = 0.5 + 0.3 * math.sin(n / 9 + phase)
            self.page.mouse.move(self.x + self.side * (0.1 + 0.8 * n / points), self.y + self.side * up)
        self.page.mouse.up()

    def strokes(self, count: int, points: int) -> None:
        for n in range(count):
            self.wave(points, n)

    def undo(self, times: int) -> None:
        for _ in range(times):
            self.page.keyboard.press("Control+z")
        self.page.wait_for_timeout(300)

    def fill(self, times: int) -> None:
        self.page.keyboard.press("g")
        for n in range(times):
            self.page.mouse.click(self.x + self.side * (0.1 + 0.8 * n / times), self.y + self.side * 0.05)
            self.page.wait_for_timeout(200)

    def set(self, size: int, opacity: int = 100, key: str = "b") -> None:
        self.page.keyboard.press(key)
        self.page.locator("#brush-size").fill(str(size))
        self.page.locator("#brush-opacity").fill(str(opacity))


def measure(page: Page, act: Callable[[], None]) -> dict[str, list[float]]:
    """What the page noted while `act` ran, in milliseconds."""
    browser = page.context.browser
    assert browser
    page.evaluate("Object.assign(seen, {ink: [], paint: [], long: []})")
    browser.start_tracing(page=page, categories=["toplevel", "__metadata"])
    act()
    noted: dict[str, list[float]] = page.evaluate("seen")
    return noted | {"work": work(json.loads(browser.stop_tracing())["traceEvents"])}


def work(events: list[dict[str, Any]]) -> list[float]:
    """The processor time of each task on the main threads of pages, in milliseconds."""
    named = [event for event in events if event["name"] == "thread_name"]
    main = {(event["pid"], event["tid"]) for event in named if event["args"]["name"] == "CrRendererMain"}
    tasks = [event for event in events if event["name"].endswith("RunTask") and (event["pid"], event["tid"]) in main]
    return [event.get("tdur", 0) / 1000 for event in tasks]


def tasks(seen: dict[str, list[float]]) -> str:
    """Three cells: long tasks, the longest of them, and the most processor time that one task took."""
    longest = f"{max(seen['long']):.0f}" if seen["long"] else "–"
    return f"{len(seen['long'])} | {longest} | {max(seen['work'], default=0):.0f}"


def row(name: str, seen: dict[str, list[float]]) -> str:
    def cells(values: list[float]) -> str:
        if not values:
            return "– | –"
        return f"{report.percentile(values, 0.5):.1f} | {report.percentile(values, 0.95):.1f}"

    return f"| {name} | {cells(seen['ink'])} | {cells(seen['paint'])} | {tasks(seen)} |"


def rows(page: Page) -> list[str]:
    hand = Hand(page)
    runs: list[tuple[str, tuple[Any, ...], Callable[[], None]]] = [
        ("6 strokes of 60 points", (8,), lambda: hand.strokes(6, 60)),
        ("a stroke of 1,500 points", (8,), lambda: hand.wave(1500)),
        ("a stroke 80 units wide", (80,), lambda: hand.wave(400)),
        ("the same, half transparent", (80, 50), lambda: hand.wave(400)),
        ("the eraser, 80 units wide", (80, 100, "e"), lambda: hand.wave(400)),
        ("100 strokes of 20 points", (6,), lambda: hand.strokes(100, 20)),
        ("30 times undo", (6,), lambda: hand.undo(30)),
        ("the fill bucket, 3 times", (6,), lambda: hand.fill(3)),
    ]
    lines = []
    for name, how, act in runs:
        hand.set(*how)
        lines.append(row(name, measure(page, act)))
    return lines


class Studio:
    """A browser in front of a studio that was started for this."""

    def __init__(self, stack: Stack, browser: Any, user: User) -> None:
        self.stack, self.browser = stack, browser
        self.name, self.value = session_cookie(user).split("=", 1)

    def open(self, script: str) -> Page:
        """A page with an empty board, `script` in it before anything else."""
        context = self.browser.new_context(base_url=self.stack.url, viewport=WIDE)
        context.add_cookies([{"name": self.name, "value": self.value, "url": self.stack.url}])
        page: Page = context.new_page()
        page.add_init_script(script)
        page.goto("/studio/?board=new")
        page.wait_for_selector("#studio[data-ready]")
        page.wait_for_selector("#connection[data-state=online]", state="attached")
        page.wait_for_timeout(1500)
        return page


def ink(studio: Studio) -> str:
    """The table of ink under the hand."""
    page = studio.open(WATCH)
    lines = rows(page)
    page.context.close()
    words = "hand to ink p50 | p95 | our paint p50 | p95 | long tasks | longest | most work in one"
    return "\n".join([f"| what | {words} |", "|---" + "|--:" * 7 + "|", *lines])


def live(studio: Studio, model: str, strokes: int) -> dict[str, list[float]]:
    """Draw so many strokes live and wait for each: milliseconds to the first and to the refined picture, long tasks."""
    page = studio.open(WATCH + FOLLOW)
    page.locator("#field-model").select_option(model)
    page.locator("#field-prompt").fill("a red house on a green hill")
    page.locator("#live-switch").click()
    page.wait_for_selector("#live[data-state=refined]", timeout=5 * PATIENCE)
    hand = Hand(page)
    times: dict[str, list[float]] = {"first": [], "final": []}

    def draw() -> None:
        for n in range(strokes + 1):
            hand.wave(24, n)
            page.wait_for_function("() => globalThis.turn?.final", timeout=PATIENCE)
            turn = page.evaluate("turn")
            if n:  # the first one warms up
                for name, values in times.items():
                    values.append(turn[name])

    seen = measure(page, draw)
    page.context.close()
    return times | seen


def live_row(name: str, times: dict[str, list[float]]) -> str:
    cells = [
        f"{report.percentile(times[key], share):.0f}" for key in ("first", "final", "ink") for share in (0.5, 0.95)
    ]
    return f"| {name} | " + " | ".join([*cells, tasks(times)]) + " |"


def followed(studio: Studio, strokes: int) -> str:
    """The table of pictures that follow the strokes."""
    lines = [
        live_row("an engine that takes no time", live(studio, "fake", strokes)),
        live_row("the starter, 128 × 128", live(studio, "starter", strokes)),
    ]
    return f"{strokes} strokes of 24 points {WORDS}\n\n" + "\n".join([*HEAD, *lines])


def run(stack: Stack, user: User, strokes: int, only: str | None) -> None:
    """Measure, and write each section when it is there."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium.find()), args=["--no-sandbox"])
        studio = Studio(stack, browser, user)
        if only != "live":
            report.write("Ink under the hand (ms)", COMMAND, ink(studio))
        if only != "ink":
            report.write("From a stroke's end to its picture", COMMAND, followed(studio, strokes))
        browser.close()


def main() -> None:
    """Start the stack, draw, write both sections."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strokes", type=int, default=30)
    parser.add_argument("--only", choices=("ink", "live"))
    asked = parser.parse_args()
    redis = RedisServer(VAR_DIR / "run" / "redis.sock")
    redis.start()
    call_command("migrate", verbosity=0)
    seeding.seed()
    user = User.objects.create_user("bench-drawing")
    stack = Stack(1)
    try:
        stack.start()
        stack.wait_ready()
        run(stack, user, asked.strokes, asked.only)
    finally:
        stack.stop()
        redis.stop(kill=True)


if __name__ == "__main__":
    main()
