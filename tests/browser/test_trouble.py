"""The network goes in the middle of a stroke or a live picture. What was drawn stays, and all goes on by itself."""

from playwright.sync_api import Page, expect

from studio.models import Board
from tests.browser.test_board import ink, place
from tests.browser.test_live import go_live, heard, scribble


def cut(page: Page) -> None:
    """No network from now on; Chromium tells a page only of sockets that it opens anew."""
    page.context.set_offline(True)
    page.evaluate("window.dispatchEvent(new Event('offline'))")
    expect(page.locator("#connection")).not_to_have_text("Connected")


def mend(page: Page, faults: list[str]) -> None:
    """The network again; what the browser itself said of its absence is no fault of the page."""
    page.context.set_offline(False)
    expect(page.locator("#connection")).to_have_text("Connected", timeout=30_000)
    faults[:] = [fault for fault in faults if "ERR_INTERNET_DISCONNECTED" not in fault]


def test_a_stroke_is_finished_without_a_network_and_saved_when_it_is_back(open_page, log_in, alice, faults) -> None:
    page = open_page()
    log_in(page, "alice")
    expect(page.locator("#connection")).to_have_text("Connected")
    page.mouse.move(*place(page, 0.2, 0.3))
    page.mouse.down()
    page.mouse.move(*place(page, 0.4, 0.3), steps=5)
    cut(page)
    page.mouse.move(*place(page, 0.8, 0.3), steps=5)
    page.mouse.up()
    assert ink(page, 0.2, 0.25, 0.4, 0.35) > 0 and ink(page, 0.6, 0.25, 0.8, 0.35) > 0
    expect(page.locator("#connection")).to_be_visible()
    assert not Board.objects.exists()
    mend(page, faults)
    expect(page.locator("#board-state")).to_have_attribute("data-state", "saved", timeout=30_000)
    assert Board.objects.get().owner == alice


def test_live_drawing_goes_on_after_the_network_was_away(open_page, log_in, alice, faults) -> None:
    page = open_page()
    log_in(page, "alice")
    go_live(page)
    scribble(page, 3)
    expect(page.locator("#live-picture img").last).to_be_visible()
    cut(page)
    shown = page.locator("#live-picture img").last.get_attribute("src")
    scribble(page, 6)
    assert page.locator("#live-picture img").last.get_attribute("src") == shown, "the last good picture stays"
    before = len(heard(page))
    mend(page, faults)
    expect(page.locator("#live-picture img").last).not_to_have_attribute("src", str(shown), timeout=30_000)
    kinds = [message["type"] for message in heard(page)[before:]]
    assert kinds.count("draw") <= kinds.count("frame") + 1, "what was drawn meanwhile comes as one"


def test_a_server_that_restarts_while_somebody_draws_live_is_waited_for(
    open_page, log_in, stack, alice, faults
) -> None:
    page = open_page()
    log_in(page, "alice")
    go_live(page)
    scribble(page, 2)
    expect(page.locator("#live")).to_have_attribute("data-state", "refined", timeout=20_000)
    stack.kill("web")
    try:
        expect(page.locator("#connection")).not_to_have_text("Connected")
        shown = page.locator("#live-picture img").last.get_attribute("src")
        scribble(page, 4)
        expect(page.locator("#live-words")).to_have_text("No connection. It goes on by itself.")
        assert page.locator("#live-picture img").last.get_attribute("src") == shown
    finally:
        stack.start("web")
    expect(page.locator("#connection")).to_have_text("Connected", timeout=60_000)
    expect(page.locator("#live-picture img").last).not_to_have_attribute("src", str(shown), timeout=30_000)
    expect(page.locator("#live")).to_have_attribute("data-state", "refined", timeout=30_000)
    expect(page.locator("#board-state")).to_have_attribute("data-state", "saved", timeout=60_000)
    assert Board.objects.get().owner == alice
    faults[:] = [fault for fault in faults if "ERR_CONNECTION" not in fault]
