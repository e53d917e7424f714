"""Every dialog: the focus goes in, cannot leave, Escape closes, and the focus is back where it was."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_studio import ask, draw_a_house

WITHIN = "() => Boolean(document.querySelector('dialog[open]')?.contains(document.activeElement))"


def holds_the_focus(page: Page, opener: str) -> None:
    """The dialog is open now: it has the focus, keeps it both ways round, and gives it back to `opener`."""
    expect(page.locator("dialog[open]")).to_be_visible()
    page.wait_for_function(WITHIN)
    stops = page.locator("dialog[open]").locator("a[href], button, input, select, textarea, summary").count()
    for key in ("Tab", "Shift+Tab"):
        for _ in range(min(stops, 40) + 2):
            page.keyboard.press(key)
            assert page.evaluate(WITHIN), key
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator(opener)).to_be_focused()


def by_keyboard(page: Page, selector: str) -> None:
    page.locator(selector).focus()
    page.keyboard.press("Enter")


def keyboard(page: Page) -> str:
    by_keyboard(page, "#keys-button")
    return "#keys-button"


def style(page: Page) -> str:
    page.locator("#styles summary").click()
    by_keyboard(page, "#style-new")
    return "#style-new"


def editor(page: Page) -> str:
    by_keyboard(page, "[data-offer=edit]")
    expect(page.get_by_role("button", name="Save as new")).to_be_enabled()
    return "[data-offer=edit]"


def replay(page: Page) -> str:
    page.locator(".board-title").click()
    by_keyboard(page, "#board-replay")
    return ".board-title"


@pytest.fixture
def with_a_picture(studio) -> Page:
    page = studio()
    draw_a_house(page)
    ask(page, "a house", steps=2)
    page.locator("#generate").click()
    expect(page.locator(".showing")).to_have_attribute("data-state", "finished")
    return page


def test_every_dialog_takes_keeps_and_gives_back_the_focus(with_a_picture) -> None:
    ways: list[Callable[[Page], str]] = [keyboard, style, editor, replay]
    for way in ways:
        opener = way(with_a_picture)
        holds_the_focus(with_a_picture, opener)
