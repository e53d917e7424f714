"""How soon ink follows the hand: `python -m benchmarks.drawing URL USER PASSWORD` against a studio that runs already.

A real Chromium draws on an empty board: short strokes, a very long one, wide and half transparent ones, the eraser, a
hundred strokes, undo, the fill bucket. Input to ink is the time from a pointer event to the end of the animation frame
that painted it; a long task is one of 50 ms or more on the page's main thread. Without a GPU Chromium paints canvases
on the processor, so this is the unkind case.
"""

import argparse
import math
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, sync_playwright

from benchmarks import report
from tests.tools import chromium

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
    page.evaluate("Object.assign(seen, {ink: [], paint: [], long: []})")
    act()
    noted: dict[str, list[float]] = page.evaluate("seen")
    return noted


def row(name: str, seen: dict[str, list[float]]) -> str:
    def cells(values: list[float]) -> str:
        if not values:
            return "– | –"
        return f"{report.percentile(values, 0.5):.1f} | {report.percentile(values, 0.95):.1f}"

    longest = f"{max(seen['long']):.0f}" if seen["long"] else "–"
    return f"| {name} | {cells(seen['ink'])} | {cells(seen['paint'])} | {len(seen['long'])} | {longest} |"


def log_in(page: Page, user: str, password: str) -> None:
    page.goto("/accounts/login/?next=/studio/%3Fboard=new")
    page.locator("#id_login").fill(user)
    page.locator("#id_password").fill(password)
    page.locator("main form button[type=submit]").click()
    page.wait_for_selector("#studio[data-ready]")
    page.wait_for_timeout(1500)


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("user")
    parser.add_argument("password")
    options = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium.find()), args=["--no-sandbox"])
        page = browser.new_context(base_url=options.url, viewport={"width": 1440, "height": 900}).new_page()
        page.add_init_script(WATCH)
        log_in(page, options.user, options.password)
        lines = rows(page)
        browser.close()
    table = ["| what | hand to ink p50 | p95 | our paint p50 | p95 | long tasks | longest |", "|---" + "|--:" * 6 + "|"]
    command = "python -m benchmarks.drawing URL USER PASSWORD"
    report.write("Ink under the hand (ms)", command, "\n".join(table + lines))


if __name__ == "__main__":
    main()
