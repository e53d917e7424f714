"""Fingers on the drawing board, a palm beside the pen, and the view that zooms and mirrors, in a real browser."""

import asyncio
import math
import time
from typing import Any

from playwright.sync_api import FloatRect, Page, expect

from tests.browser.board import draw, ink, place
from tests.browser.conftest import PATIENCE

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


# Seconds from one moment of a touch to the next: what is a tap or a long press goes by that, not by the machine.
MOMENT = 0.016


def touch(page: Page, *moments: list[tuple[float, float]], since: float | None = None) -> None:
    """Fingers on the board: each moment lists where they are; an empty one lifts them. `since`: when it began."""
    touch_at(page, *([place(page, *each) for each in fingers] for fingers in moments), since=since)


def touch_at(page: Page, *moments: list[tuple[float, float]], since: float | None = None) -> None:
    """The same in pixels of the page."""
    since = time.time() if since is None else since
    events: list[dict[str, Any]] = []
    for n, fingers in enumerate(moments):
        points = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(fingers)]
        kind = (
            "touchEnd" if not points else "touchStart" if n == 0 or len(fingers) > len(moments[n - 1]) else "touchMove"
        )
        events.append({"type": kind, "touchPoints": points, "timestamp": since + n * MOMENT})
    session = page.context.new_cdp_session(page)
    send = session._impl_obj.send

    async def all_at_once() -> None:
        """None waits for the answer to the one before: the browser would take a finger for one that rests."""
        await asyncio.gather(*(send("Input.dispatchTouchEvent", event, timeout=PATIENCE) for event in events))

    session._sync(all_at_once())
    session.detach()


def is_wider(page: Page, than: float) -> None:
    """Wait until the board is seen wider than so many pixels."""
    page.wait_for_function("least => document.querySelector('#board').getBoundingClientRect().width > least", arg=than)


def fits_again(page: Page, before: FloatRect | None) -> None:
    """The board is drawn in its place again: at the next picture of the page, not within the tap."""
    assert before
    there = """([at, box]) => {
        const now = document.querySelector(at).getBoundingClientRect();
        return ["x", "y", "width", "height"].every((side) => Math.abs(now[side] - box[side]) < 0.01);
    }"""
    page.wait_for_function(there, arg=["#board", before])


def test_fingers_draw_pinch_undo_and_redo(studio) -> None:
    page = studio(**PHONE)
    page.locator("#board").scroll_into_view_if_needed()
    touch(page, [(0.2, 0.5)], [(0.4, 0.5)], [(0.8, 0.5)], [])
    drawn = ink(page)
    assert drawn > 0
    touch(page, [(0.4, 0.4)], [(0.4, 0.4), (0.6, 0.6)], [])
    assert ink(page) == 0, "two fingers undo"
    touch(page, [(0.3, 0.3)], [(0.3, 0.3), (0.5, 0.5)], [(0.3, 0.3), (0.5, 0.5), (0.7, 0.3)], [])
    assert ink(page) == drawn, "three fingers redo"
    before = page.locator("#board").bounding_box()
    touch(page, [(0.4, 0.5)], [(0.4, 0.5), (0.6, 0.5)], [(0.3, 0.5), (0.7, 0.5)], [(0.2, 0.5), (0.8, 0.5)], [])
    assert before
    is_wider(page, 1.5 * before["width"])
    assert ink(page) == drawn, "a pinch leaves no ink"
    page.locator("#view-fit").click()  # a tap that a busy machine draws out is a long press
    fits_again(page, before)


def test_two_fingers_turn_the_board_and_it_settles_on_a_quarter(studio) -> None:
    page = studio(**PHONE)
    page.locator("#board").scroll_into_view_if_needed()
    before = page.locator("#board").bounding_box()
    # A little less than a quarter: (0.3, 0.5)-(0.7, 0.5) becomes upright, step by step.
    ring = [(0.2 * math.cos(turn), 0.2 * math.sin(turn)) for turn in (0.0, 0.3, 0.6, 0.9, 1.2, 1.5)]
    fingers = [[(0.5 - x, 0.5 - y), (0.5 + x, 0.5 + y)] for x, y in ring]
    at = [[place(page, *each) for each in moment] for moment in fingers]  # before the view turns under them
    touch_at(page, at[0][:1], *at, [])
    look = "new DOMMatrix(document.querySelector('#board-frame').style.transform)"
    # A quarter turn, about as large as before.
    page.wait_for_function(f"() => Math.abs({look}.a) < 0.01 && {look}.b > 0.9")
    assert ink(page) == 0
    touch(page, [(0.5, 0.2)], [(0.5, 0.4)], [(0.5, 0.8)], [])
    assert ink(page, 0.1, 0.4, 0.9, 0.6) > 0 and ink(page, 0, 0, 1, 0.35) == 0, "down on the screen is across the board"
    page.locator("#view-fit").click()  # a tap that a busy machine draws out is a long press
    fits_again(page, before)


def test_the_recent_colours_and_the_gestures_are_there_on_a_phone(studio) -> None:
    page = studio(**PHONE)
    colour = "c => { c.value = '#12ab34'; c.dispatchEvent(new Event('change')) }"
    page.locator("#any-colour").evaluate(colour)
    expect(page.locator("[data-colour='#12ab34']")).to_be_in_viewport(ratio=1)
    for name in ("brush", "hand"):
        expect(page.locator(f"button[data-tool={name}]")).to_be_in_viewport(ratio=1)
    page.locator(".board-title").tap()
    page.locator("#board-help").tap()
    expect(page.locator("#keys")).to_contain_text("three fingers, tap")


def test_a_palm_beside_the_pen_leaves_no_ink(studio) -> None:
    page = studio(**PHONE)
    page.locator("#board").scroll_into_view_if_needed()
    (x, y), (px, py) = place(page, 0.2, 0.2), place(page, 0.8, 0.8)
    hand = page.context.new_cdp_session(page)
    event = {"x": x, "y": y, "force": 0.5, "pointerType": "pen", "button": "left", "buttons": 1, "clickCount": 1}
    began = time.time()

    def finger(n: int, kind: str, *places: float) -> None:
        points = [{"x": place, "y": py, "id": 0} for place in places]
        touching = {"type": kind, "touchPoints": points, "timestamp": began + n * MOMENT}
        hand.send("Input.dispatchTouchEvent", touching)

    def tip(n: int, kind: str) -> None:
        hand.send("Input.dispatchMouseEvent", event | {"type": kind, "timestamp": began + n * MOMENT})

    # The hand is put down first and drags a little, then the pen comes: what the hand drew goes.
    finger(0, "touchStart", px)
    finger(1, "touchMove", px - 40)
    tip(2, "mousePressed")
    finger(3, "touchMove", px - 80)
    tip(4, "mouseReleased")
    finger(5, "touchEnd")
    drawn = ink(page)
    assert drawn > 0 and ink(page, 0.5, 0.6, 1, 1) == 0
    touch(page, [(0.8, 0.8)], [(0.9, 0.9)], [], since=began + 1)
    assert ink(page) == drawn, "nor what lies there just after"


def test_the_view_zooms_at_the_pointer_and_mirrors(studio) -> None:
    page = studio()
    before = page.locator("#board").bounding_box()
    page.mouse.move(*place(page, 0.25, 0.25))
    page.mouse.wheel(0, -500)
    assert before
    is_wider(page, 1.8 * before["width"])
    after = page.locator("#board").bounding_box()
    assert after
    assert abs(before["x"] + 0.25 * before["width"] - (after["x"] + 0.25 * after["width"])) < 2
    page.keyboard.press("0")
    page.keyboard.press("m")
    draw(page, (0.1, 0.2), (0.3, 0.2))
    assert ink(page, 0.6, 0, 1, 1) > 0 and ink(page, 0, 0, 0.5, 1) == 0, "what is drawn left lies right"


def test_the_view_has_its_actual_size_and_more_room(studio) -> None:
    page = studio(viewport={"width": 1440, "height": 900})
    width = "document.querySelector('#board').getBoundingClientRect().width"
    page.locator("#zoom-in").click()
    page.locator("#view-zoom").click()
    expect(page.locator("#zoom-number")).to_have_text("100%")
    page.wait_for_function(f"() => Math.abs({width} - 512) < 1")  # a unit of the board is a pixel
    page.locator("#view-fit").click()
    expect(page.locator("#view-fit")).to_be_disabled()
    before = page.evaluate(width)
    page.locator("#board").focus()
    page.keyboard.press("f")
    expect(page.locator(".studio-panel")).to_be_hidden()
    expect(page.locator("#generate")).to_be_visible()
    is_wider(page, before)
    page.keyboard.press("f")
    expect(page.locator(".studio-panel")).to_be_visible()


def test_shift_and_a_drag_size_the_brush_and_leave_no_ink(studio) -> None:
    page = studio()
    page.locator("#brush-size").fill("10")
    page.keyboard.down("Shift")
    x, y = place(page, 0.4, 0.5)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=4)
    page.mouse.up()
    page.keyboard.up("Shift")
    expect(page.locator("#brush-size")).to_have_value("30")
    assert ink(page) == 0
    expect(page.locator("#undo")).to_be_disabled()
