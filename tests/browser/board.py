"""Hands on the drawing board of a page: strokes, files that are dropped, the ink that is there, and what the browser
has kept of it. Tests nothing."""

import io
import time
from collections.abc import Callable
from typing import Any

from PIL import Image
from playwright.sync_api import Error, Page

# Seconds until what should happen is given up.
PATIENCE = 60.0
MOST = 1_000_000_000

# Dark or coloured pixels of all visible layers within a box (shares of the board); layers are 1024 pixels long.
COUNTED = """([x0, y0, x1, y1]) => {
  const sheets = [...document.querySelectorAll('#board > canvas.sheet:not([hidden])')];
  let count = 0;
  for (const sheet of sheets) {
    const [w, h] = [sheet.width, sheet.height];
    const [x, y, dx, dy] = [x0 * w, y0 * h, (x1 - x0) * w, (y1 - y0) * h].map(Math.round);
    const { data } = sheet.getContext('2d').getImageData(x, y, Math.max(1, dx), Math.max(1, dy));
    for (let i = 3; i < data.length; i += 4) count += data[i] > 100;
  }
  return count;
}"""
# A busy machine paints many marks over several pictures of the screen (surface.js).
PAINTING = "document.querySelector('#board > canvas.sheet[data-painting]')"
COUNT = f"""async (box) => {{
  const end = performance.now() + 30_000; // a page behind another goes on painting when it comes to the front
  while ({PAINTING} && performance.now() < end) await new Promise((done) => setTimeout(done, 20));
  return ({COUNTED})(box);
}}"""
DRAWN = f"""([box, least, most]) => {{
  if (!document.querySelector('#studio[data-ready=true]') || {PAINTING}) return false;
  const count = ({COUNTED})(box);
  return count >= least && count <= most;
}}"""

# What lies in this browser of the page's board: the drawing, how many acts, and how many of them are not taken back.
KEPT = """async () => {
  const { Document } = await import('#studio/canvas/document');
  const { user } = JSON.parse(document.querySelector('#studio-config').textContent);
  const place = `${user}.${sessionStorage.getItem(`brushwire.board.${user}`)}`;
  const answer = (request) => new Promise((resolve, reject) =>
    Object.assign(request, { onsuccess: () => resolve(request.result), onerror: reject }));
  const all = IDBKeyRange.bound([place, 0], [place, Infinity]);
  const database = await answer(indexedDB.open('brushwire.drawings', 1));
  try {
    const read = database.transaction(['heads', 'updates', 'acts']);
    const head = answer(read.objectStore('heads').get(place));
    const acts = answer(read.objectStore('acts').count(all));
    const updates = answer(read.objectStore('updates').getAll(all));
    const kept = new Document({ author: 0 });
    kept.applyAll(await updates, 'kept');
    return { drawing: kept.drawing, acts: await acts, done: (await head)?.cursor ?? 0 };
  } finally {
    database.close();
  }
}"""

DROP = """([kind, name, type, bytes]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(bytes)], name, { type }));
  const event = kind === 'drop'
    ? new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true })
    : new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true });
  document.querySelector(kind === 'drop' ? '#board' : 'body').dispatchEvent(event);
}"""


def place(page: Page, x: float, y: float) -> tuple[float, float]:
    """A place on the board (shares of its sides) in the page's pixels."""
    board = page.locator("#board")
    board.wait_for()  # a page that is just being loaded has no place for it yet
    box = board.bounding_box()
    assert box
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def draw(page: Page, *points: tuple[float, float], steps: int = 8) -> None:
    page.mouse.move(*place(page, *points[0]))
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*place(page, *point), steps=steps)
    page.mouse.up()


def ink(page: Page, x0: float = 0, y0: float = 0, x1: float = 1, y1: float = 1) -> int:
    return int(page.evaluate(COUNT, [x0, y0, x1, y1]))


def much_ink(page: Page, least: int) -> bool:
    """Whether so much is drawn at last; pictures are decoded on their way."""
    return comes_true(page, DRAWN, [[0, 0, 1, 1], least + 1, MOST])


def drawn(page: Page, x0: float, y0: float, x1: float, y1: float, *, gone: bool = False) -> None:
    """Wait until something is drawn within a box, or nothing is any more (`gone`); also over a load of the page."""
    told = comes_true(page, DRAWN, [[x0, y0, x1, y1], *([0, 0] if gone else [1, MOST])])
    assert told, f"{'still' if gone else 'not'} drawn: {(x0, y0, x1, y1)}"


def comes_true(page: Page, script: str, arg: object = None) -> bool:
    """Whether `script` says yes before long. It is asked from here: pages behind others have no clock to go by."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            if page.evaluate(script, arg):
                return True
        except Error:
            pass  # the page is being loaded anew
        page.wait_for_timeout(100)
    return False


def written(page: Page, done: Callable[[dict[str, Any]], bool]) -> None:
    """Wait until this browser has kept what `done` asks for by itself: `drawing`, `acts` and how many are `done`."""
    until = time.monotonic() + PATIENCE
    while not done(kept := page.evaluate(KEPT)):
        assert time.monotonic() < until, kept
        page.wait_for_timeout(50)


def click_quickly(page: Page, x: float, y: float) -> None:
    """A click in pixels of the page that is a short one, however far apart a busy machine sends its two halves."""
    page.mouse.move(x, y)
    session = page.context.new_cdp_session(page)
    event = {"x": x, "y": y, "button": "left", "clickCount": 1}
    now = time.time()
    session.send("Input.dispatchMouseEvent", event | {"type": "mousePressed", "buttons": 1, "timestamp": now})
    session.send("Input.dispatchMouseEvent", event | {"type": "mouseReleased", "buttons": 0, "timestamp": now + 0.05})
    session.detach()


def file(page: Page, kind: str, name: str, media_type: str, data: bytes) -> None:
    page.evaluate(DROP, [kind, name, media_type, list(data)])


def picture(width: int, height: int, colour: str = "teal", form: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, form)
    return out.getvalue()
