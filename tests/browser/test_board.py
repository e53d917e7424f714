"""The drawing board in a real browser: pen and mouse, layers, pictures, undo over a reload, two windows."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.board import comes_true, draw, drawn, file, ink, much_ink, picture, place, written

# A stroke with the other end of a pen, as browsers tell it: button 5, and 32 among the buttons that are held.
OTHER_END = """(places) => {
  Element.prototype.setPointerCapture = () => undefined;  // there is no such pointer to be captured
  const pen = { bubbles: true, cancelable: true, pointerId: 77, pointerType: 'pen', pressure: 1 };
  const tell = (type, [clientX, clientY], more) =>
    document.querySelector('#board').dispatchEvent(new PointerEvent(type, { ...pen, clientX, clientY, ...more }));
  tell('pointerdown', places[0], { button: 5, buttons: 32 });
  for (const place of places.slice(1)) tell('pointermove', place, { button: -1, buttons: 32 });
  tell('pointerup', places.at(-1), { button: 5, buttons: 0, pressure: 0 });
}"""


def layers(page: Page) -> list[str]:
    return page.locator("#layer-list .layer-name").all_inner_texts()


# Hears, as the page does, how many acts the other windows of a board say are done.
HEAR = """() => {
  const { user } = JSON.parse(document.querySelector('#studio-config').textContent);
  const place = `${user}.${sessionStorage.getItem(`brushwire.board.${user}`)}`;
  globalThis.ear = new BroadcastChannel(`drawing.${place}`);
  ear.onmessage = ({ data }) => (globalThis.done = data.cursor);
}"""


def reopened(page: Page, kept: Callable[[dict[str, Any]], bool]) -> None:
    """Load the page anew once this browser has `kept` what was done last."""
    written(page, kept)
    page.reload()
    expect(page.locator("#studio")).to_have_attribute("data-ready", "true")


def test_a_pen_draws_thin_and_thick_and_rubs_out_with_its_other_end(studio) -> None:
    page = studio()
    page.locator("#brush-size").fill("40")
    pen = page.context.new_cdp_session(page)

    def point(kind: str, x: float, force: float) -> None:
        px, py = place(page, x, 0.5)
        event = {"type": kind, "x": px, "y": py, "force": force, "pointerType": "pen", "button": "left", "buttons": 1}
        pen.send("Input.dispatchMouseEvent", event | {"clickCount": 1})

    point("mousePressed", 0.1, 0.05)
    for n in range(1, 41):
        point("mouseMoved", 0.1 + n * 0.02, 0.05 + n * 0.02)
    point("mouseReleased", 0.9, 0.0)
    thin, thick = ink(page, 0.2, 0, 0.21, 1), ink(page, 0.8, 0, 0.81, 1)
    assert 0 < thin < 0.7 * thick

    # The other end of the pen rubs out, also while a tool is chosen that would do something else.
    page.keyboard.press("g")
    page.evaluate(OTHER_END, [place(page, x / 100, 0.5) for x in range(5, 100, 2)])
    assert ink(page, 0.3, 0, 0.7, 1) == 0
    expect(page.locator("button[data-tool=fill]")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Control+z")
    assert ink(page, 0.3, 0, 0.7, 1) > 0


def test_undo_and_redo_survive_a_reload(studio) -> None:
    page = studio()
    draw(page, (0.1, 0.2), (0.9, 0.2))
    draw(page, (0.1, 0.8), (0.9, 0.8))
    page.keyboard.press("Control+z")
    reopened(page, lambda kept: (kept["acts"], kept["done"]) == (2, 1))
    assert ink(page, 0, 0.1, 1, 0.3) > 0 and ink(page, 0, 0.7, 1, 0.9) == 0
    page.keyboard.press("Control+y")
    assert ink(page, 0, 0.7, 1, 0.9) > 0
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert ink(page) == 0
    expect(page.locator("#undo")).to_be_disabled()


def test_shapes_fill_and_the_colour_picker(studio) -> None:
    page = studio()
    page.keyboard.press("r")
    draw(page, (0.2, 0.2), (0.8, 0.8))
    assert ink(page, 0.4, 0.4, 0.6, 0.6) == 0
    page.keyboard.press("g")
    page.locator("[data-colour='#d9362b']").click()
    page.mouse.click(*place(page, 0.5, 0.5))
    assert ink(page, 0.4, 0.4, 0.6, 0.6) > 40_000
    assert ink(page, 0.0, 0.0, 0.15, 1.0) == 0, "the fill stays inside its outline"
    page.keyboard.press("b")
    page.locator("[data-colour='#2f6fde']").click()
    page.keyboard.down("Alt")
    page.mouse.click(*place(page, 0.5, 0.5))
    page.keyboard.up("Alt")
    expect(page.locator("[data-colour='#d9362b']")).to_have_attribute("aria-pressed", "true")


def test_layers_are_added_hidden_locked_merged_and_come_back(studio) -> None:
    page = studio()
    draw(page, (0.1, 0.2), (0.9, 0.2))
    page.locator("#layers-button").click()
    page.locator("[data-layer-action=add]").click()
    draw(page, (0.1, 0.5), (0.5, 0.5))
    assert layers(page) == ["Layer 2", "Layer 1"]
    page.get_by_role("button", name="Show Layer 2").click()
    assert ink(page, 0, 0.4, 1, 0.6) == 0
    draw(page, (0.1, 0.6), (0.5, 0.6))
    expect(page.locator("#board-note")).to_contain_text("hidden")
    page.get_by_role("button", name="Show Layer 2").click()
    page.get_by_role("button", name="Lock Layer 2").click()
    draw(page, (0.1, 0.6), (0.5, 0.6))
    expect(page.locator("#board-note")).to_contain_text("locked")
    page.get_by_role("button", name="Lock Layer 2").click()
    before = ink(page)
    page.locator("[data-layer-action=merge]").click()
    assert layers(page) == ["Layer 1"] and abs(ink(page) - before) < 20
    page.keyboard.press("Control+z")
    assert layers(page) == ["Layer 2", "Layer 1"]
    page.locator("#layer-list .layer-name").first.click()
    page.locator("[data-layer-action=rename]").click()
    page.keyboard.type("Sky")
    page.keyboard.press("Enter")
    reopened(page, lambda kept: "Sky" in [layer["name"] for layer in kept["drawing"]["layers"]])
    page.locator("#layers-button").click()
    assert layers(page) == ["Sky", "Layer 1"]
    grip, below = (page.locator("#layer-list li").nth(n) for n in (0, 1))
    page.locator("#layer-opacity").fill("40")
    assert 0.39 < float(page.evaluate("document.querySelectorAll('#board > canvas.sheet')[1].style.opacity")) < 0.41
    start, end = grip.locator(".layer-grip").bounding_box(), below.bounding_box()
    assert start and end
    page.mouse.move(start["x"] + 5, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(start["x"] + 5, end["y"] + end["height"] - 2, steps=6)
    page.mouse.up()
    assert layers(page) == ["Layer 1", "Sky"], "dragged below the other"
    page.locator("[data-layer-action=up]").click()
    assert layers(page) == ["Sky", "Layer 1"]
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert layers(page) == ["Sky", "Layer 1"]


def test_an_eraser_of_a_merged_layer_does_not_rub_out_what_lies_below(studio) -> None:
    page = studio()
    draw(page, (0.1, 0.5), (0.9, 0.5))
    page.locator("#layers-button").click()
    page.locator("[data-layer-action=add]").click()
    page.keyboard.press("e")
    page.locator("#brush-size").fill("60")
    draw(page, (0.5, 0.9), (0.5, 0.3))
    before = ink(page)
    page.locator("[data-layer-action=merge]").click()
    assert ink(page) == before
    draw(page, (0.5, 0.9), (0.5, 0.3))
    assert ink(page) < before, "now it is one layer"


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_picture_that_is_dropped_or_pasted_becomes_a_layer(studio, kind: str) -> None:
    page = studio()
    page.locator("#layers-button").click()
    file(page, kind, "holiday.png", "image/png", picture(400, 200))
    expect(page.locator("#layer-list li")).to_have_count(2)
    assert layers(page)[0] == "holiday"
    expect(page.locator("#mode")).to_have_attribute("data-tool", "sketch_to_image")
    assert much_ink(page, 400_000)
    reopened(page, lambda kept: "holiday" in [layer["name"] for layer in kept["drawing"]["layers"]])
    assert much_ink(page, 400_000), "the picture is kept in the browser"


def test_a_huge_photo_is_made_smaller_and_the_person_is_told(studio) -> None:
    page = studio()
    page.locator("#import-file").set_input_files(
        {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": picture(7304, 5477, "navy", "JPEG")}
    )
    expect(page.locator("#board-note")).to_contain_text("from 7304 × 5477 to 2048 × 1536")
    assert much_ink(page, 400_000)


@pytest.mark.parametrize(
    ("name", "kind", "data"),
    [("notes.txt", "text/plain", b"hello"), ("broken.png", "image/png", picture(30, 30)[:60])],
)
def test_a_file_that_is_no_picture_is_refused_in_words(studio, name: str, kind: str, data: bytes) -> None:
    page = studio()
    file(page, "drop", name, kind, data)
    expect(page.locator("#board-note")).to_contain_text("cannot be opened")
    assert ink(page) == 0


def test_the_lasso_moves_what_it_holds(studio) -> None:
    page = studio()
    draw(page, (0.2, 0.2), (0.3, 0.3))
    page.keyboard.press("v")
    draw(page, (0.1, 0.1), (0.4, 0.1), (0.4, 0.4), (0.1, 0.4), (0.1, 0.12))
    draw(page, (0.25, 0.25), (0.75, 0.75))
    page.keyboard.press("Enter")
    assert ink(page, 0, 0, 0.45, 0.45) == 0 and ink(page, 0.6, 0.6, 0.9, 0.9) > 100
    page.keyboard.press("Control+z")
    assert ink(page, 0, 0, 0.45, 0.45) > 100 and ink(page, 0.6, 0.6, 0.9, 0.9) == 0
    draw(page, (0.1, 0.1), (0.4, 0.1), (0.4, 0.4), (0.1, 0.4), (0.1, 0.12))
    page.keyboard.press("Delete")
    assert ink(page) == 0


def test_a_selection_is_made_smaller_and_turned(studio) -> None:
    page = studio()
    page.locator("#filled").evaluate("button => button.click()")
    page.keyboard.press("r")
    draw(page, (0.3, 0.45), (0.7, 0.55))
    before = ink(page)
    page.keyboard.press("v")
    draw(page, (0.2, 0.4), (0.8, 0.4), (0.8, 0.6), (0.2, 0.6), (0.2, 0.42))
    draw(page, (0.8, 0.6), (0.5, 0.5), steps=12)
    page.keyboard.press("Enter")
    assert 0.15 * before < ink(page) < 0.4 * before, "half as wide and half as high"
    page.keyboard.press("Control+z")
    draw(page, (0.2, 0.4), (0.8, 0.4), (0.8, 0.6), (0.2, 0.6), (0.2, 0.42))
    page.keyboard.down("Shift")
    draw(page, (0.5, 0.345), (0.75, 0.5), steps=12)
    page.keyboard.up("Shift")
    page.keyboard.press("Enter")
    assert ink(page, 0.4, 0.3, 0.6, 0.4) > 1000 and ink(page, 0.2, 0.4, 0.35, 0.6) == 0, "a quarter turn"


def test_a_mask_is_a_layer_of_its_own_and_no_drawing(studio) -> None:
    page = studio()
    page.keyboard.press("q")
    draw(page, (0.3, 0.3), (0.6, 0.6))
    expect(page.locator("#mode")).to_have_attribute("data-tool", "text_to_image")
    page.locator("#layers-button").click()
    assert layers(page) == ["Mask", "Layer 1"]
    page.keyboard.press("b")
    draw(page, (0.3, 0.3), (0.6, 0.6))
    expect(page.locator("#mode")).to_have_attribute("data-tool", "inpaint")


def test_two_windows_of_one_board_agree(studio) -> None:
    first = studio()
    second = first.context.new_page()
    second.goto("/studio/")
    expect(second.locator("#studio")).to_have_attribute("data-ready", "true")
    draw(first, (0.1, 0.2), (0.9, 0.2))
    expect(second.locator("#undo")).to_be_enabled()
    assert ink(second, 0, 0.1, 1, 0.3) > 0
    first.evaluate(HEAR)
    draw(second, (0.1, 0.8), (0.9, 0.8))
    first.bring_to_front()  # a page behind another gets no pictures of the screen, and may not paint to its end
    drawn(first, 0, 0.7, 1, 0.9)
    assert comes_true(first, "globalThis.done === 2"), "what can be taken back is told when it is kept"
    first.keyboard.press("Control+z")
    second.bring_to_front()
    drawn(second, 0, 0.7, 1, 0.9, gone=True)
    assert ink(second, 0, 0.1, 1, 0.3) > 0
