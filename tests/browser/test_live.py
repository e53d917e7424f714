"""Live drawing in a real browser: the picture follows the strokes, is refined on a pause, and can be kept."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from gallery.models import Work
from studio.models import Generation
from tests.browser.test_studio import ask, draw_a_house

# Notes every draw that goes out, and every frame and refusal that comes in: what, and when (ms).
EAVESDROP = """
globalThis.heard = [];
const read = (data) => JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, new DataView(data).getUint32(0))));
const note = (message) => message.board && message.revision && heard.push({ ...message, at: performance.now() });
const Plain = globalThis.WebSocket;
globalThis.WebSocket = class extends Plain {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", ({ data }) => note(typeof data === "string" ? JSON.parse(data) : read(data)));
  }
  send(data) {
    super.send(data);
    const sent = typeof data === "string" ? JSON.parse(data) : read(data.buffer);
    if (sent.type === "draw") note(sent);
  }
};
"""


# So long after nothing was heard of a drawing it may count as lost (ms; live/pacing.js, less what encoding takes).
LOST = 2000


def heard(page: Page) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = page.evaluate("heard")
    return messages


SENT = """([kind, prompt]) =>
  heard.some((each) => each.type === "draw" && each.kind === kind && each.params.prompt === prompt)"""


def sent(page: Page) -> list[dict[str, Any]]:
    return [message for message in heard(page) if message["type"] == "draw"]


def go_live(page: Page, prompt: str = "x") -> None:
    page.add_init_script(EAVESDROP)
    page.reload()
    expect(page.locator("#connection")).to_have_text("Connected")
    ask(page, prompt)
    page.locator("#live-switch").click()
    expect(page.locator("#live")).to_be_visible()


def scribble(page: Page, strokes: int) -> None:
    """So many short strokes, one right after the other."""
    box = page.locator("#board").bounding_box()
    assert box
    for n in range(strokes):
        x, y = box["x"] + box["width"] * (0.1 + 0.018 * n), box["y"] + box["height"] * 0.3
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 8, y + 60, steps=3)
        page.mouse.up()


def test_the_picture_follows_the_strokes_and_is_refined_on_a_pause(open_page, log_in, alice) -> None:
    page = open_page()
    log_in(page, "alice")
    go_live(page)
    draw_a_house(page)
    expect(page.locator("#live-picture img").last).to_be_visible()
    expect(page.locator("#live")).to_have_attribute("data-state", "refined")
    expect(page.locator("#live-words")).to_have_text("Full quality")
    expect(page.locator("#live-numbers")).to_contain_text(re.compile(r"\d+ ms"))
    assert {message["tool"] for message in sent(page)} >= {"sketch_to_image"}
    assert not Generation.objects.exists()


def test_forty_quick_strokes_one_on_its_way_nothing_stale_and_the_last_one_counts(open_page, log_in, alice) -> None:
    page = open_page()
    log_in(page, "alice")
    go_live(page, "slow:0.02")
    scribble(page, 40)
    expect(page.locator("#live")).to_have_attribute("data-state", "refined")
    messages = heard(page)
    on_its_way: dict[str, Any] | None = None
    heard_at = 0.0
    for message in messages:
        if message["type"] == "draw":
            # A board that is being refined may be overtaken by a stroke; drafts never pile up.
            drafting = on_its_way is not None and on_its_way["kind"] == "draft"
            assert not drafting or message["at"] - heard_at > LOST
            on_its_way, heard_at = message, message["at"]
        elif on_its_way and message["revision"] == on_its_way["revision"]:
            heard_at = message["at"]
            if message["type"] != "frame" or message["done"]:
                on_its_way = None
    shown = [message["revision"] for message in messages if message["type"] == "frame"]
    assert shown == sorted(shown)
    draws = [message for message in messages if message["type"] == "draw"]
    assert shown[-1] == draws[-1]["revision"] and draws[-1]["kind"] == "refined"


def test_nothing_is_sent_while_nothing_changes_and_a_changed_setting_counts_as_a_stroke(
    open_page, log_in, alice
) -> None:
    page = open_page()
    log_in(page, "alice")
    go_live(page)
    expect(page.locator("#live")).to_have_attribute("data-state", "refined")
    before = len(sent(page))
    page.wait_for_timeout(1500)
    assert len(sent(page)) == before
    page.locator("#field-prompt").fill("another")
    page.wait_for_function(SENT, arg=["refined", "another"])
    expect(page.locator("#live")).to_have_attribute("data-state", "refined")
    asked = [(message["kind"], message["params"]["prompt"]) for message in sent(page)[before:]]
    assert asked[0] == ("draft", "another") and asked[-1] == ("refined", "another")
    page.locator("#live-switch").click()
    before = len(sent(page))
    page.locator("#field-prompt").fill("not live any more")
    page.wait_for_timeout(500)
    assert len(sent(page)) == before
    expect(page.locator("#live")).to_be_hidden()


def test_a_live_picture_is_kept_as_a_work_of_the_same_seed(open_page, log_in, alice) -> None:
    page = open_page()
    log_in(page, "alice")
    go_live(page)
    draw_a_house(page)
    expect(page.locator("#live")).to_have_attribute("data-state", "refined")
    page.locator("#live-keep").click()
    expect(page.locator("#strip li img")).to_have_count(1)
    assert str(Work.objects.get().seed) == page.locator("#field-seed").input_value()
    expect(page.locator("#live")).to_be_visible()


def test_a_phone_shows_board_and_live_picture_together(open_page, log_in, alice) -> None:
    page = open_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    log_in(page, "alice")
    go_live(page)
    page.locator("#board").tap()
    expect(page.locator("#live-picture img").last).to_be_in_viewport()
    expect(page.locator("#board")).to_be_in_viewport()
    expect(page.locator("#live")).to_have_attribute("data-state", "refined")


def test_the_lost_network_is_said_and_live_drawing_goes_on_by_itself(open_page, log_in, alice, faults) -> None:
    page = open_page()
    log_in(page, "alice")
    go_live(page)
    expect(page.locator("#live")).to_have_attribute("data-state", "refined")
    page.context.set_offline(True)
    page.evaluate("window.dispatchEvent(new Event('offline'))")
    expect(page.locator("#live-words")).to_have_text("No connection. It goes on by itself.")
    expect(page.locator("#live-picture img").last).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#live")).to_have_attribute("data-state", "refined")
    faults[:] = [fault for fault in faults if "ERR_INTERNET_DISCONNECTED" not in fault]


def test_what_cannot_be_drawn_is_said_in_words(open_page, log_in, alice) -> None:
    page = open_page()
    log_in(page, "alice")
    go_live(page, "")
    expect(page.locator("#live-words")).to_have_text("Please write what to draw.")
    page.locator("#field-prompt").fill("fail:out_of_memory")
    expect(page.locator("#live-words")).to_contain_text("memory")
    page.locator("#field-prompt").fill("a house")
    expect(page.locator("#live")).to_have_attribute("data-state", "refined")


def test_other_tools_and_slow_models_have_no_live_switch(open_page, log_in, alice) -> None:
    page = open_page()
    log_in(page, "alice")
    go_live(page)
    page.locator("#field-tool").select_option("image_to_image")
    expect(page.locator("#live")).to_be_hidden()
    expect(page.locator("#live-switch")).to_be_disabled()
    page.locator("#field-tool").select_option("")
    expect(page.locator("#live-switch")).to_be_enabled()


def test_nothing_is_sent_while_the_page_is_hidden(open_page, log_in, alice) -> None:
    page = open_page()
    log_in(page, "alice")
    go_live(page)
    expect(page.locator("#live")).to_have_attribute("data-state", "refined")
    show = """(state) => {
      Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(show, "hidden")
    before = len(sent(page))
    page.locator("#field-prompt").fill("nobody looks")
    scribble(page, 2)
    page.wait_for_timeout(1200)
    assert len(sent(page)) == before
    page.evaluate(show, "visible")
    page.wait_for_function(SENT, arg=["refined", "nobody looks"])
    expect(page.locator("#live")).to_have_attribute("data-state", "refined")
    assert sent(page)[-1]["params"]["prompt"] == "nobody looks"
