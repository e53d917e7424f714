"""Boards over devices and time: saved by themselves, listed, gone back to, offline, drawn on by two devices at once."""

import json
import re

from playwright.sync_api import Page, Route, WebSocketRoute, expect

from studio.models import Board, BoardPicture
from studio.rooms import folding
from tests.browser.board import draw, drawn, file, ink, picture, written

# The address at which a board's picture is laid.
LAID = re.compile(r"/boards/.*/pictures/")


def ready(page: Page) -> None:
    expect(page.locator("#studio")).to_have_attribute("data-ready", "true")


def saved(page: Page, state: str = "saved") -> None:
    expect(page.locator("#board-state")).to_have_attribute("data-state", state)


def marks() -> int:
    """How many marks the server has of the one board there is."""
    document = json.loads(folding.fold(Board.objects.get().pk).document)
    return sum(len(layer["marks"]) for layer in document["layers"])


def test_a_board_saves_itself_and_goes_on_on_another_device(studio) -> None:
    desk = studio()
    assert not Board.objects.exists(), "an empty board is nothing to keep"
    draw(desk, (0.1, 0.2), (0.9, 0.2))
    saved(desk)
    held: list[Route] = []
    desk.route(LAID, lambda route: held.append(route))  # noqa: PLW0108
    with desk.expect_request(LAID):
        file(desk, "drop", "photo.png", "image/png", picture(200, 100))
    expect(desk.locator("#selection-tools")).to_be_visible()
    desk.keyboard.press("Enter")
    saved(desk, "saving")  # for as long as the picture is not with the server
    held[0].continue_()
    saved(desk)
    tablet = studio()
    drawn(tablet, 0, 0.1, 1, 0.22)
    drawn(tablet, 0.48, 0.48, 0.52, 0.52)  # the picture came too
    tablet.locator("#board").click(position={"x": 20, "y": 20})
    saved(tablet)
    assert marks() == 3


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
    for _ in range(60):
        if page.locator(".board-thumb img").count():
            break
        page.wait_for_timeout(500)  # the small picture is on its way
        page.reload()
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
    drawn(page, 0, 0, 1, 1)
    page.goto("/boards/")
    page.get_by_role("button", name="Delete").first.click()
    page.locator("form:popover-open").get_by_role("button", name="Delete").click()
    expect(page.locator(".empty")).to_be_visible()
    page.goto("/studio/")
    ready(page)
    drawn(page, 0, 0, 1, 1, gone=True)  # what was deleted does not come back, however late the server says so
    faults[:] = [fault for fault in faults if "404" not in fault]


def test_two_devices_draw_on_one_board_and_each_undoes_its_own(studio) -> None:
    desk = studio()
    draw(desk, (0.1, 0.1), (0.9, 0.1))
    saved(desk)
    tablet = studio()
    draw(tablet, (0.1, 0.5), (0.9, 0.5))
    drawn(desk, 0, 0.4, 1, 0.6)
    desk.context.set_offline(True)
    draw(desk, (0.1, 0.9), (0.9, 0.9))
    saved(desk, "offline")
    draw(tablet, (0.5, 0.1), (0.5, 0.4))
    saved(tablet)
    desk.context.set_offline(False)
    saved(desk)
    drawn(desk, 0.45, 0.2, 0.55, 0.3)
    drawn(tablet, 0, 0.8, 1, 1)
    assert marks() == 4
    desk.keyboard.press("Control+z")
    saved(desk)
    drawn(tablet, 0, 0.8, 1, 1, gone=True)
    assert ink(desk, 0.45, 0.2, 0.55, 0.3) > 0, "what the tablet drew since stays"
    assert marks() == 3


def test_a_server_that_is_away_loses_no_stroke(studio, faults) -> None:
    page = studio()
    lines: list[WebSocketRoute] = []
    away = False

    def line(route: WebSocketRoute) -> None:
        lines.append(route)
        if away:
            route.close(code=1012)
        else:
            route.connect_to_server()

    page.route_web_socket(re.compile(r"/ws/boards/"), line)
    draw(page, (0.1, 0.1), (0.9, 0.1))
    saved(page)
    away = True
    lines[-1].close(code=1012)
    draw(page, (0.1, 0.5), (0.9, 0.5))
    saved(page, "offline")
    written(page, lambda kept: sum(len(layer["marks"]) for layer in kept["drawing"]["layers"]) == 2)
    page.reload()
    ready(page)
    drawn(page, 0, 0.4, 1, 0.6)
    away = False
    saved(page)
    assert marks() == 2


def test_a_browser_without_room_says_so_and_the_server_keeps_the_board(studio) -> None:
    page = studio()
    origin = page.evaluate("location.origin")
    page.context.new_cdp_session(page).send("Storage.overrideQuotaForOrigin", {"origin": origin, "quotaSize": 1})
    draw(page, (0.1, 0.1), (0.9, 0.1))
    expect(page.locator("#board-note")).to_contain_text("no room")
    saved(page)
    assert marks() == 1
    page.locator("#board-note").evaluate("note => (note.textContent = '')")
    with page.expect_response(LAID):
        file(page, "drop", "photo.png", "image/png", picture(200, 100))
        expect(page.locator("#board-note")).to_contain_text("no room")
        page.keyboard.press("Enter")
    saved(page)
    assert BoardPicture.objects.count() == 1, "a picture, too, is with the server"
