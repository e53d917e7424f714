"""Hands on the drawing board of a page: strokes, files that are dropped, and the ink that is there. Tests nothing."""

import io

from PIL import Image
from playwright.sync_api import Page

# Dark or coloured pixels of all visible layers within a box (shares of the board); layers are 1024 pixels long.
COUNT = """([x0, y0, x1, y1]) => {
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
    box = page.locator("#board").bounding_box()
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


def much_ink(page: Page, least: int, patience: int = 50) -> bool:
    """Whether so much is drawn at last (after tenths of a second: `patience`); pictures are decoded on their way."""
    for _ in range(patience):
        if ink(page) > least:
            return True
        page.wait_for_timeout(100)
    return False


def drawn(page: Page, x0: float, y0: float, x1: float, y1: float, *, gone: bool = False) -> None:
    """Wait until something is drawn within a box, or nothing is any more (`gone`)."""
    for _ in range(300):
        if (ink(page, x0, y0, x1, y1) == 0) == gone:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{'still' if gone else 'not'} drawn: {(x0, y0, x1, y1)}")


def file(page: Page, kind: str, name: str, media_type: str, data: bytes) -> None:
    page.evaluate(DROP, [kind, name, media_type, list(data)])


def picture(width: int, height: int, colour: str = "teal", form: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, form)
    return out.getvalue()
