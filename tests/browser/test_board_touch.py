"""Fingers on the drawing board, a palm beside the pen, and the view that zooms and mirrors, in a real browser."""

from playwright.sync_api import Page

from tests.browser.board import draw, ink, place

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def touch(page: Page, *moments: list[tuple[float, float]]) -> None:
    """Fingers on the board: each moment lists where they are; an empty one lifts them."""
    session = page.context.new_cdp_session(page)
    for n, fingers in enumerate(moments):
        points = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(place(page, *each) for each in fingers)]
        kind = (
            "touchEnd" if not points else "touchStart" if n == 0 or len(fingers) > len(moments[n - 1]) else "touchMove"
        )
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    session.detach()


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
    after = page.locator("#board").bounding_box()
    assert before and after and after["width"] > 1.5 * before["width"]
    assert ink(page) == drawn, "a pinch leaves no ink"
    page.locator("#view-fit").tap()
    assert page.locator("#board").bounding_box() == before


def test_a_palm_beside_the_pen_leaves_no_ink(studio) -> None:
    page = studio(**PHONE)
    page.locator("#board").scroll_into_view_if_needed()
    x, y = place(page, 0.2, 0.2)
    pen = page.context.new_cdp_session(page)
    event = {"x": x, "y": y, "force": 0.5, "pointerType": "pen", "button": "left", "buttons": 1, "clickCount": 1}
    pen.send("Input.dispatchMouseEvent", event | {"type": "mousePressed"})
    pen.send("Input.dispatchMouseEvent", event | {"type": "mouseReleased"})
    drawn = ink(page)
    touch(page, [(0.8, 0.8)], [(0.9, 0.9)], [])
    assert ink(page) == drawn > 0


def test_the_view_zooms_at_the_pointer_and_mirrors(studio) -> None:
    page = studio()
    before = page.locator("#board").bounding_box()
    page.mouse.move(*place(page, 0.25, 0.25))
    page.mouse.wheel(0, -500)
    after = page.locator("#board").bounding_box()
    assert before and after and after["width"] > 1.8 * before["width"]
    assert abs(before["x"] + 0.25 * before["width"] - (after["x"] + 0.25 * after["width"])) < 2
    page.keyboard.press("0")
    page.keyboard.press("m")
    draw(page, (0.1, 0.2), (0.3, 0.2))
    assert ink(page, 0.6, 0, 1, 1) > 0 and ink(page, 0, 0, 0.5, 1) == 0, "what is drawn left lies right"
