"""A drawing as a document in a real browser: taken over from an older one, and others' strokes under one's own hand."""

import json
import uuid

from playwright.sync_api import Page, expect

from studio.models import Board
from tests.browser.board import draw, drawn, ink, place, written

# Where this browser keeps the page's board: person and board.
PLACE = """() => {
  const { user } = JSON.parse(document.querySelector('#studio-config').textContent);
  return `${user}.${sessionStorage.getItem(`brushwire.board.${user}`)}`;
}"""
COMMON = """
  const answer = (request) => new Promise((resolve, reject) =>
    Object.assign(request, { onsuccess: () => resolve(request.result), onerror: reject }));
  const all = (place) => IDBKeyRange.bound([place, 0], [place, Infinity]);
  const stroke = (id, y, color) =>
    ({ id, kind: 'stroke', tool: 'brush', color, size: 16, opacity: 1, points: [-200, y, 1, 200, y, 1] });
"""
# As a Brushwire before rooms kept it: a base and two strokes, the second of which was undone.
OLDER = f"""async ([place, meta]) => {{
  {COMMON}
  const looks = {{ visible: true, locked: false, opacity: 1 }};
  const paper = {{ id: 'paper', kind: 'paint', name: 'Paper', ...looks, marks: [stroke('a', -200, '#1f2328')] }};
  const write = (await answer(indexedDB.open('brushwire', 2))).transaction(['heads', 'bases', 'entries'], 'readwrite');
  write.objectStore('bases').put({{ version: 1, width: 512, height: 512, layers: [paper] }}, place);
  [stroke('b', 0, '#1f2328'), stroke('c', 200, '#1f2328')].forEach((mark, n) => {{
    const entry = {{ id: `e${{n}}`, operation: {{ do: 'mark', layer: 'paper', mark }} }};
    write.objectStore('entries').put(entry, [place, n]);
  }});
  write.objectStore('heads').put({{ stamp: 3, cursor: 1, meta }}, place);
  await new Promise((resolve, reject) => Object.assign(write, {{ oncomplete: resolve, onabort: reject }}));
}}"""
LEFT = f"""async (place) => {{
  {COMMON}
  const database = await answer(indexedDB.open('brushwire', 2));
  return answer(database.transaction('entries').objectStore('entries').count(all(place)));
}}"""
# Another window of this browser draws on the same layer, from left to right at a height (board units), and keeps it.
OTHERS = f"""async ([place, y]) => {{
  {COMMON}
  const {{ Document }} = await import('#studio/canvas/document');
  const database = await answer(indexedDB.open('brushwire.drawings', 1));
  const rows = await answer(database.transaction('updates').objectStore('updates').getAll(all(place)));
  const other = new Document({{ author: 999 }});
  other.applyAll(rows, 'kept');
  other.act({{ do: 'mark', layer: 'paper', mark: stroke(`other${{y}}`, y, '#2f6fde') }});
  const kept = database.transaction(['heads', 'updates'], 'readwrite');
  const head = await answer(kept.objectStore('heads').get(place));
  kept.objectStore('updates').put(other.since(), [place, head.next]);
  await answer(kept.objectStore('heads').put({{ ...head, next: head.next + 1 }}, place));
  const told = new BroadcastChannel(`drawing.${{place}}`);
  told.postMessage({{ update: other.since(), whole: false, acts: {{ from: 1e9, list: [] }}, cursor: 0, meta: {{}} }});
  told.close();
}}"""


def test_an_older_board_is_taken_over_and_others_draw_under_ones_hand(studio, alice) -> None:
    page: Page = studio()
    place_kept = page.evaluate(PLACE)
    page.evaluate(OLDER, [place_kept, {}])
    page.reload()
    expect(page.locator("#studio")).to_have_attribute("data-ready", "true")
    drawn(page, 0, 0.4, 1, 0.6)
    assert ink(page, 0, 0.05, 1, 0.2) > 0 and ink(page, 0, 0.8, 1, 1) == 0
    assert page.evaluate(LEFT, place_kept) == 0, "it lies in one place only"
    page.keyboard.press("Control+z")
    assert ink(page, 0, 0.4, 1, 0.6) == 0 and ink(page, 0, 0.05, 1, 0.2) > 0
    expect(page.locator("#undo")).to_be_disabled()
    page.keyboard.press("Control+y")

    # A stroke under way is not disturbed by others', nor they by it.
    page.mouse.move(*place(page, 0.1, 0.3))
    page.mouse.down()
    page.mouse.move(*place(page, 0.5, 0.3), steps=4)
    page.evaluate(OTHERS, [place_kept, 180])
    drawn(page, 0, 0.8, 1, 0.9)
    page.mouse.move(*place(page, 0.9, 0.3), steps=4)
    page.mouse.up()
    assert ink(page, 0.15, 0.28, 0.2, 0.32) > 0 and ink(page, 0.8, 0.28, 0.85, 0.32) > 0

    # What the eraser is rubbing out waits until it lifts, and lies below what is rubbed out after it.
    page.keyboard.press("e")
    page.locator("#brush-size").fill("60")
    page.mouse.move(*place(page, 0.3, 0.3))
    page.mouse.down()
    page.mouse.move(*place(page, 0.5, 0.3), steps=4)
    page.evaluate(OTHERS, [place_kept, 100])
    page.mouse.move(*place(page, 0.7, 0.3), steps=4)
    page.mouse.up()
    drawn(page, 0, 0.65, 1, 0.75)
    assert ink(page, 0.4, 0.28, 0.6, 0.32) == 0
    page.keyboard.press("Control+z")
    assert ink(page, 0.4, 0.28, 0.6, 0.32) > 0 and ink(page, 0, 0.65, 1, 0.75) > 0, "only one's own is taken back"

    written(page, lambda kept: (kept["acts"], kept["done"]) == (3, 2))
    page.reload()
    expect(page.locator("#studio")).to_have_attribute("data-ready", "true")
    drawn(page, 0, 0.4, 1, 0.6)
    drawn(page, 0.15, 0.28, 0.2, 0.32)
    draw(page, (0.1, 0.6), (0.9, 0.6))
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert ink(page, 0.15, 0.28, 0.2, 0.32) == 0, "one's own acts outlast a reload"

    # The server has a drawing of it as well, and one drew on here without it since: one's own lies over the server's.
    written(page, lambda kept: (kept["acts"], kept["done"]) == (3, 1))
    layer = {
        "id": "paper",
        "kind": "paint",
        "name": "Paper",
        "visible": True,
        "locked": False,
        "opacity": 1,
        "marks": [],
    }
    mark = {
        "kind": "stroke",
        "tool": "brush",
        "color": "#1f2328",
        "size": 16,
        "opacity": 1,
        "points": [-200, 100, 1, 200, 100, 1],
    }
    document = json.dumps(
        {"version": 1, "width": 512, "height": 512, "layers": [layer | {"marks": [mark | {"id": "d"}]}]}
    )
    board = Board.objects.create(pk=uuid.uuid4(), owner=alice, document=document, size=len(document), revision=3)
    page.evaluate(OLDER, [f"{alice.pk}.{board.pk.hex}", {"revision": 3, "clean": False}])
    page.goto(f"/studio/?board={board.pk}")
    expect(page.locator("#studio")).to_have_attribute("data-ready", "true")
    expect(page.locator("#undo")).to_be_enabled()
    expect(page.locator("#board-state")).to_have_attribute("data-state", "saved")
    assert ink(page, 0, 0.4, 1, 0.6) > 0 and ink(page, 0, 0.65, 1, 0.75) == 0
    page.keyboard.press("Control+z")
    drawn(page, 0, 0.65, 1, 0.75)
    assert ink(page, 0, 0.4, 1, 0.6) == 0, "the server's alone, and nothing twice"
