"""The replay of a board: it plays, is scrubbed, and leaves the drawing as it is."""

from playwright.sync_api import expect

from tests.browser.test_studio import draw_a_house

INK = (
    "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.filter((v, n) => n % 4 === 0 && v < 128).length"
)


def test_a_drawing_is_replayed_stroke_by_stroke(open_page, log_in, alice) -> None:
    page = open_page(viewport={"width": 390, "height": 844})
    log_in(page, "alice")
    draw_a_house(page)
    page.locator(".board-title").click()
    page.locator("#board-replay").click()
    place, canvas = page.locator(".replay input"), page.locator(".replay canvas")
    expect(place).to_have_value("2")  # it played to its end
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.wait_for_function(f"({INK})(document.querySelector('.replay canvas')) > 0")
    whole = canvas.evaluate(INK)
    place.press("ArrowLeft")
    page.wait_for_function(f"({INK})(document.querySelector('.replay canvas')) < {whole}")
    assert canvas.evaluate(INK) > 0
    place.press("Home")
    page.wait_for_function(f"({INK})(document.querySelector('.replay canvas')) === 0")
    page.keyboard.press("Escape")
    expect(page.locator(".replay")).to_have_count(0)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+Shift+z")
    page.locator(".board-title").click()
    page.locator("#board-replay").click()
    expect(place).to_have_attribute("max", "2")
