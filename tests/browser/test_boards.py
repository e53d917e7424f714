"""Boards over devices and time: saved by themselves, listed, gone back to, offline, and when two devices disagree."""

import re

from playwright.sync_api import Page, expect

from studio.models import Board, BoardPicture, BoardVersion
from tests.browser.board import draw, file, ink, picture


def ready(page: Page) -> None:
    expect(page.locator("#studio")).to_have_attribute("data-ready", "true")


def saved(page: Page, state: str = "saved") -> None:
    expect(page.locator("#board-state")).to_have_attribute("data-state", state)


def test_a_board_saves_itself_and_goes_on_on_another_device(studio) -> None:
    desk = studio()
    assert not Board.objects.exists(), "an empty board is nothing to keep"
    draw(desk, (0.1, 0.2), (0.9, 0.2))
    saved(desk)
    file(desk, "drop", "photo.png", "image/png", picture(200, 100))
    expect(desk.locator("#selection-tools")).to_be_visible()
    desk.keyboard.press("Enter")
    expect(desk.locator("#board-state")).to_have_attribute("data-state", re.compile("waiting|saving"))
    saved(desk)
    tablet = studio()
    assert ink(tablet, 0, 0.1, 1, 0.22) > 0
    tablet.wait_for_timeout(500)
    assert ink(tablet, 0.4, 0.4, 0.6, 0.6) > 10_000, "the picture came too"
    tablet.locator("#board").click(position={"x": 20, "y": 20})
    saved(tablet)
    assert Board.objects.get().revision >= 3


def test_boards_are_named_listed_copied_and_deleted(studio, faults) -> None:
    page = studio()
    draw(page, (0.2, 0.2), (0.8, 0.8))
    saved(page)
    page.locator(".board-title").click()
    page.locator("#board-name").fill("A lighthouse")
    page.keyboard.press("Enter")
    expect(page.locator("#board-title")).to_have_text("A lighthouse")
    page.goto("/boards/")
    expect(page.locator(".board-card")).to_have_count(1)
    expect(page.locator(".board-thumb img")).to_be_visible()
    page.get_by_role("button", name="Duplicate").click()
    expect(page.locator(".board-card")).to_have_count(2)
    page.get_by_role("button", name="Delete").first.click()
    page.locator("form:popover-open").get_by_role("button", name="Delete").click()
    expect(page.locator(".board-card")).to_have_count(1)
    page.get_by_role("link", name="New board").click()
    ready(page)
    assert ink(page) == 0
    page.goto("/boards/")
    page.locator(".board-link").click()
    ready(page)
    assert ink(page) > 0
    page.goto("/boards/")
    page.get_by_role("button", name="Delete").first.click()
    page.locator("form:popover-open").get_by_role("button", name="Delete").click()
    expect(page.locator(".empty")).to_be_visible()
    page.goto("/studio/")
    ready(page)
    assert ink(page) == 0, "what was deleted does not come back"
    faults[:] = [fault for fault in faults if "404" not in fault]


def test_two_devices_that_disagree_are_asked_and_nothing_is_lost(studio, faults) -> None:
    desk = studio()
    draw(desk, (0.1, 0.1), (0.9, 0.1))
    saved(desk)
    tablet = studio()
    draw(tablet, (0.1, 0.5), (0.9, 0.5))
    saved(tablet)
    draw(desk, (0.1, 0.9), (0.9, 0.9))
    saved(desk, "conflict")
    desk.get_by_role("button", name="The other one").click()
    saved(desk)
    assert ink(desk, 0, 0.4, 1, 0.6) > 0 and ink(desk, 0, 0.8, 1, 1) == 0
    assert BoardVersion.objects.count() == 1
    draw(tablet, (0.5, 0.1), (0.5, 0.9))
    saved(tablet)
    draw(desk, (0.3, 0.6), (0.3, 0.9))
    saved(desk, "conflict")
    desk.get_by_role("button", name="This one").click()
    saved(desk)
    assert ink(desk, 0.25, 0.7, 0.35, 0.8) > 0
    assert BoardVersion.objects.count() == 2, "what the tablet drew can be gone back to"
    desk.locator(".board-title").click()
    desk.locator("#board-versions button").first.click()
    expect(desk.locator("#board-note")).to_contain_text("earlier version")
    assert ink(desk, 0.45, 0.7, 0.55, 0.8) > 0
    desk.keyboard.press("Control+z")
    assert ink(desk, 0.25, 0.7, 0.35, 0.8) > 0
    faults[:] = [fault for fault in faults if "409" not in fault]


def test_without_the_network_one_draws_on_and_it_is_saved_later(studio, faults) -> None:
    page = studio()
    draw(page, (0.1, 0.1), (0.9, 0.1))
    saved(page)
    page.context.set_offline(True)
    draw(page, (0.1, 0.5), (0.9, 0.5))
    saved(page, "offline")
    assert ink(page, 0, 0.4, 1, 0.6) > 0
    page.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    saved(page)
    assert Board.objects.get().revision == 2
    faults[:] = [fault for fault in faults if "ERR_INTERNET_DISCONNECTED" not in fault]


def test_a_server_that_restarts_loses_no_stroke(studio, stack, faults) -> None:
    page = studio()
    draw(page, (0.1, 0.1), (0.9, 0.1))
    saved(page)
    page.route("**/api/v1/boards/**", lambda route: route.abort())
    draw(page, (0.1, 0.5), (0.9, 0.5))
    saved(page, "offline")
    page.wait_for_timeout(500)
    page.unroute("**/api/v1/boards/**")
    page.reload()
    ready(page)
    assert ink(page, 0, 0.4, 1, 0.6) > 0
    saved(page)
    assert Board.objects.get().revision == 2
    faults[:] = [fault for fault in faults if "ERR_FAILED" not in fault]


def test_a_browser_without_room_says_so_and_the_server_keeps_the_board(studio) -> None:
    page = studio()
    origin = page.evaluate("location.origin")
    page.context.new_cdp_session(page).send("Storage.overrideQuotaForOrigin", {"origin": origin, "quotaSize": 1})
    draw(page, (0.1, 0.1), (0.9, 0.1))
    expect(page.locator("#board-note")).to_contain_text("no room")
    saved(page)
    assert Board.objects.get().revision == 1
    page.locator("#board-note").evaluate("note => (note.hidden = true)")
    with page.expect_response(re.compile(r"/boards/.*/pictures/")):
        file(page, "drop", "photo.png", "image/png", picture(200, 100))
        expect(page.locator("#board-note")).to_contain_text("no room")
        page.keyboard.press("Enter")
    saved(page)
    assert BoardPicture.objects.count() == 1, "a picture, too, is with the server"
