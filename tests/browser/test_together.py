"""One board, three people in three browsers: who owns it, who draws along, who watches; each sees what another does."""

from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from studio.commands import sharing
from studio.models import Board
from tests.browser.axe import findings
from tests.browser.board import draw, drawn, file, ink, picture, place
from tests.browser.test_boards import ready, saved
from tests.browser.waiting import alike, until
from tests.conftest import _person


@dataclass
class Three:
    """The pages of alice (who owns the board), bob (who draws along) and carol (who watches)."""

    board: Board
    owner: Page
    drawer: Page
    watcher: Page


@pytest.fixture
def carol(db: None) -> User:
    return _person("carol")


@pytest.fixture
def three(studio, open_page, log_in, bob: User, carol: User) -> Three:
    owner = studio(viewport={"width": 1440, "height": 900})
    draw(owner, (0.1, 0.1), (0.9, 0.1))
    saved(owner)
    board = Board.objects.select_related("owner").get()
    pages = []
    for name, role in (("bob", "draw"), ("carol", "watch")):
        sharing.add(board.owner, board.pk, name, role)
        page = open_page()
        log_in(page, name, f"/studio/?board={board.pk}")
        ready(page)
        drawn(page, 0, 0, 1, 0.2)
        pages.append(page)
    for page in (owner, *pages):
        expect(page.locator("#studio")).to_have_attribute("data-room", "open")
    return Three(board, owner, *pages)


# Somebody who may only watch says things that no page of ours would let them say.
HAND_MADE = """async (board) => {
  const { Document } = await import("#studio/canvas/document");
  const { decodeFrame, encodeFrame } = await import("#lib/frames");
  const mine = new Document({ author: 1 });
  const points = [-200, 0, 1, 200, 0, 1];
  const mark = { id: "forged", kind: "stroke", tool: "brush", color: "#000000", size: 40, opacity: 1, points };
  mine.act({ do: "mark", layer: mine.drawing.layers[0].id, mark });
  const line = new WebSocket(`ws://${location.host}/ws/boards/${board}/`, ["brushwire.board.v1"]);
  line.binaryType = "arraybuffer";
  const refused = [];
  await new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`only ${JSON.stringify(refused)}`)), 30_000);
    line.onopen = () => line.send(encodeFrame({ type: "hello", version: 1, client: mine.client }, mine.vector()));
    line.onmessage = ({ data }) => {
      const message = typeof data === "string" ? JSON.parse(data) : decodeFrame(data).header;
      if (message.type === "rejected") refused.push([message.about, message.code]);
      if (refused.length === 3) resolve();
      if (message.type !== "welcome") return;
      line.send(encodeFrame({ type: "update", n: 1 }, mine.since()));
      const ink = { type: "ink", stroke: "f", layer: "first", kind: "stroke", color: "#000000", size: 40 };
      line.send(encodeFrame(ink, new Uint8Array([0, 0, 1])));
      line.send(JSON.stringify({ type: "live", on: true }));
    };
  });
  line.close();
  return refused.map(([about]) => about).sort();
}"""

# The pixels of others' ink that is no mark yet.
WET = """() => [...document.querySelectorAll('#board canvas.sheet-others')].some((sheet) => {
  const { data } = sheet.getContext('2d').getImageData(0, 0, sheet.width, sheet.height);
  return data.some((value, n) => n % 4 === 3 && value > 100);
})"""

# The live picture as it is seen; null while there is none yet.
PICTURE = """() => {
  const picture = [...document.querySelectorAll('#live-picture img[data-done]')].at(-1);
  if (!picture) return null;
  const canvas = Object.assign(document.createElement('canvas'), { width: 32, height: 32 });
  canvas.getContext('2d').drawImage(picture, 0, 0, 32, 32);
  return canvas.toDataURL();
}"""


def test_three_people_draw_on_one_board(three: Three, faults: list[str]) -> None:
    owner, watcher = three.owner, three.watcher
    expect(owner.locator("#people .face-button")).to_have_count(2)
    all_see_a_stroke_as_it_is_drawn(three)
    each_undoes_only_what_is_their_own(three)
    words_and_settings_are_the_same_for_all(three)
    a_view_is_followed_until_escape(three)
    the_live_picture_is_the_same_for_all(three)
    who_watches_changes_nothing(three)
    what_is_drawn_without_a_network_comes_together(three)
    a_frozen_board_rests(three)
    assert findings(owner) == [] and findings(watcher) == []
    who_is_removed_is_out_at_once(three)
    faults[:] = [fault for fault in faults if "ERR_INTERNET_DISCONNECTED" not in fault]


def all_see_a_stroke_as_it_is_drawn(three: Three) -> None:
    drawer = three.drawer
    drawer.mouse.move(*place(drawer, 0.2, 0.3))
    drawer.mouse.down()
    drawer.mouse.move(*place(drawer, 0.8, 0.3), steps=12)
    for page in (three.owner, three.watcher):
        cursor = page.locator(".cursor:not([hidden])", has_text="bob")
        for n in range(300):
            # Who rests for long is not shown, nor is what nobody goes on with.
            drawer.mouse.move(*place(drawer, 0.8, 0.3 + 0.001 * (n % 2)))
            if page.evaluate(WET) and cursor.is_visible():
                break
            page.wait_for_timeout(200)
        expect(cursor).to_be_visible()
    drawer.mouse.up()
    for page in (three.owner, three.watcher):
        until(page, WET, False)
        drawn(page, 0.3, 0.28, 0.6, 0.32)


def each_undoes_only_what_is_their_own(three: Three) -> None:
    three.owner.keyboard.press("Control+z")
    drawn(three.drawer, 0, 0.05, 1, 0.15, gone=True)
    assert ink(three.owner, 0.3, 0.28, 0.6, 0.32) > 0
    three.owner.keyboard.press("Control+y")
    drawn(three.drawer, 0, 0.05, 1, 0.15)


def words_and_settings_are_the_same_for_all(three: Three) -> None:
    three.owner.locator("#field-prompt").fill("a lighthouse")
    expect(three.drawer.locator("#field-prompt")).to_have_value("a lighthouse")
    three.drawer.locator("#field-prompt").press("Home")
    three.drawer.keyboard.type("red sky, ")
    for page in (three.owner, three.watcher):
        expect(page.locator("#field-prompt")).to_have_value("red sky, a lighthouse")


def a_view_is_followed_until_escape(three: Three) -> None:
    owner = three.owner
    owner.get_by_role("button", name="Follow bob").first.click()
    three.drawer.locator("#zoom-in").click()
    until(owner, "() => document.querySelector('#board-frame').style.transform.includes('scale')")
    expect(owner.locator(".following")).to_contain_text("bob")
    owner.keyboard.press("Escape")
    expect(owner.locator(".following")).to_be_hidden()
    for page in (owner, three.drawer):
        page.locator("#view-fit").click()


def the_live_picture_is_the_same_for_all(three: Three) -> None:
    three.owner.locator("#live-switch").click()
    draw(three.drawer, (0.2, 0.45), (0.8, 0.55))
    for page in (three.owner, three.drawer, three.watcher):
        # By the starter model, on a processor that others may be using.
        expect(page.locator("#live")).to_have_attribute("data-state", "refined", timeout=180_000)
    alike(PICTURE, three.owner, three.drawer, three.watcher)
    three.owner.locator("#live-switch").click()
    expect(three.watcher.locator("#live")).to_be_hidden()


def who_watches_changes_nothing(three: Three) -> None:
    watcher = three.watcher
    expect(watcher.locator(".board-closed")).to_have_text("You are watching.")
    draw(watcher, (0.1, 0.9), (0.9, 0.9))
    watcher.keyboard.press("Control+z")
    file(watcher, "drop", "photo.png", "image/png", picture(80, 80))
    assert watcher.evaluate(HAND_MADE, str(three.board.pk)) == ["ink", "live", "update"]
    assert ink(watcher, 0, 0.85, 1, 0.95) == 0
    for page in (three.owner, three.drawer):
        assert ink(page, 0, 0.85, 1, 0.95) == 0 and ink(page, 0.1, 0.65, 0.9, 0.8) == 0


def what_is_drawn_without_a_network_comes_together(three: Three) -> None:
    three.drawer.context.set_offline(True)
    draw(three.drawer, (0.1, 0.7), (0.4, 0.7))
    saved(three.drawer, "offline")
    draw(three.owner, (0.6, 0.7), (0.9, 0.7))
    three.drawer.context.set_offline(False)
    for page in (three.owner, three.drawer, three.watcher):
        drawn(page, 0.1, 0.65, 0.4, 0.75)
        drawn(page, 0.6, 0.65, 0.9, 0.75)
    saved(three.drawer)


def a_frozen_board_rests(three: Three) -> None:
    sharing.freeze(three.board.owner, three.board.pk, True)
    expect(three.drawer.locator(".board-closed")).to_contain_text("frozen")
    draw(three.drawer, (0.1, 0.9), (0.9, 0.9))
    assert ink(three.drawer, 0, 0.85, 1, 0.95) == 0
    sharing.freeze(three.board.owner, three.board.pk, False)
    expect(three.drawer.locator(".board-closed")).to_be_hidden()


def who_is_removed_is_out_at_once(three: Three) -> None:
    sharing.remove(three.board.owner, three.board.pk, User.objects.get(username="bob").pk)
    expect(three.drawer.locator(".farewell")).to_be_visible()
    expect(three.owner.locator("#people .face-button")).to_have_count(1)
    draw(three.owner, (0.5, 0.1), (0.5, 0.9))
    drawn(three.watcher, 0.48, 0.8, 0.52, 0.9)
    assert ink(three.drawer, 0.48, 0.8, 0.52, 0.9) == 0
