"""The board's filmstrip and the pinned picture: there after a reload, on another device, by keyboard and by touch."""

import io
import re

from django.db import transaction
from PIL import Image
from playwright.sync_api import Page, expect

from gallery import keeping
from gallery.models import Work
from studio.models import Generation
from tests.browser.board import draw
from tests.browser.test_making import make
from tests.browser.test_tools import finished, newest

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def saved(page: Page) -> None:
    expect(page.locator("#board-state")).to_have_attribute("data-state", "saved")


def test_a_board_has_its_own_results_after_a_reload_and_on_another_device(studio) -> None:
    page = studio()
    draw(page, (0.2, 0.2), (0.8, 0.8))
    saved(page)
    for number in range(2):
        make(page, f"a hill {number}", steps=2)
        finished(page, number + 1)
    board = newest().board
    assert board and Generation.objects.filter(board=board).count() == 2
    page.reload()
    expect(page.locator("#strip li img")).to_have_count(2)
    phone = studio(**PHONE)
    expect(phone.locator("#strip li img")).to_have_count(2)
    page.goto("/studio/?board=new")
    expect(page.locator("#connection")).to_have_text("Connected")
    expect(page.locator("#strip")).to_be_hidden()
    make(page, "elsewhere", steps=2)
    expect(page.locator("#strip li img")).to_have_count(1)
    phone.locator(".tabs [data-view=picture]").tap()
    expect(phone.locator("#strip li img")).to_have_count(2)
    phone.locator("#strip button").nth(1).tap()
    expect(phone.locator(".caption-prompt")).to_have_text("a hill 0")


def test_the_strip_goes_back_further_than_the_socket_tells_and_by_keyboard(studio, alice) -> None:
    page = studio()
    board = page.evaluate(
        "sessionStorage.getItem(Object.keys(sessionStorage).find((key) => key.startsWith('brushwire.board.')))"
    )
    sheet = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(sheet, "PNG")
    for number in range(30):
        params = {"prompt": f"old {number}", "steps": 2, "count": 1, "width": 64, "height": 64}
        made = {"owner": alice, "tool": "text_to_image", "model_name": "fake"}
        row = Generation.objects.create(command=f"old-{number}", state="finished", board=board, params=params, **made)
        recipe = keeping.Recipe("text_to_image", "fake", "fake", params)
        drafts = keeping.prepare(recipe, [keeping.Picture(sheet.getvalue(), "image/png", 1)], {})
        with transaction.atomic():
            keeping.keep(alice.pk, row.pk, drafts)
    page.reload()
    expect(page.locator("#strip li img").first).to_be_visible()
    buttons = page.locator("#strip button:not(.strip-more)")
    expect(buttons).to_have_count(24)  # the page that the gallery gave at first
    page.locator("#strip [tabindex='0']").focus()
    page.keyboard.press("End")
    expect(buttons).to_have_count(30)
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page.locator(".caption-prompt")).to_have_text("old 0")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.locator(".caption-prompt")).to_have_text("old 1")
    assert page.locator("#strip [tabindex='0']").count() == 1, "one stop for the Tab key"


def test_what_was_deleted_elsewhere_leaves_the_strip(studio, faults) -> None:
    page = studio()
    make(page, "one", steps=2)
    finished(page, 1)
    make(page, "two", steps=2)
    finished(page, 2)
    Work.objects.filter(prompt="one").delete()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#strip li img")).to_have_count(1)
    expect(page.locator(".caption-prompt")).to_have_text("two")


def test_a_pinned_picture_stays_in_view_while_others_come(studio) -> None:
    page = studio()
    make(page, "the good one", steps=2)
    finished(page, 1)
    page.keyboard.press("p")
    expect(page.locator("[data-offer=pin]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#pinned")).to_be_hidden()
    make(page, "another", steps=2)
    finished(page, 2)
    first = Work.objects.get(prompt="the good one")
    shown = page.locator("#pinned img")
    expect(shown).to_be_visible()
    expect(shown).to_have_attribute("src", re.compile(str(first.pk)))
    expect(page.locator(".caption-prompt")).to_have_text("another")
    page.reload()
    expect(shown).to_be_visible()
    page.get_by_role("button", name="Look at the pinned picture").click()
    expect(page.locator(".caption-prompt")).to_have_text("the good one")
    expect(page.locator("#pinned")).to_be_hidden()
    make(page, "third", steps=2)
    expect(shown).to_be_visible()
    page.get_by_role("button", name="Unpin").click()
    expect(page.locator("#pinned")).to_be_hidden()
    page.reload()
    expect(page.locator("#strip li img")).to_have_count(3)
    expect(page.locator("#pinned")).to_be_hidden()
