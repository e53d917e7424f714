"""Many works at once, collections, the bin, and one's own data: a person's journey through what is kept."""

import io
import uuid
import zipfile
from collections.abc import Callable

import pytest
from django.db import transaction
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from accounts.models import User
from gallery import keeping
from gallery.models import Collection, Work
from tests.browser.axe import findings
from tests.stack.processes import Stack

COLOURS = ("#c8553d", "#588157", "#3a6ea5", "#e9c46a", "#6d597a", "#2a9d8f", "#b56576", "#457b9d")


def picture(number: int) -> bytes:
    size = [(96, 64), (64, 96), (80, 80)][number % 3]
    pixels = Image.new("RGB", size, COLOURS[number % len(COLOURS)])
    ImageDraw.Draw(pixels).ellipse((10, 10, 50, 50), fill=COLOURS[(number + 3) % len(COLOURS)])
    out = io.BytesIO()
    pixels.save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def works(stack: Stack, alice: User) -> list[Work]:
    made = []
    for number in range(8):
        recipe = keeping.Recipe("text_to_image", "starter", "local", {"prompt": f"picture {number}"}, {}, 1.0)
        drafts = keeping.prepare(recipe, [keeping.Picture(picture(number), "image/png", number)], {})
        with transaction.atomic():
            made += keeping.keep(alice.pk, uuid.uuid4(), drafts)
    return made


def chosen(page: Page, *numbers: int) -> None:
    """Begin to select and choose cards by their place."""
    page.locator("#select-start").click()
    for number in numbers:
        page.locator("#list .work").nth(number).click()
    expect(page.locator("#selection-count")).to_have_text(f"{len(numbers)} selected")


def test_many_works_are_collected_deleted_brought_back_and_downloaded(
    open_page: Callable[..., Page], log_in: Callable[..., None], stack: Stack, works: list[Work], alice: User
) -> None:
    stack.start("cpu")
    try:
        page = open_page(viewport={"width": 1280, "height": 900}, accept_downloads=True)
        log_in(page, "alice", "/gallery/")
        expect(page.locator("#list")).to_have_attribute("data-ready", "true")
        chosen(page, 0, 2)
        assert findings(page) == []
        page.locator("[popovertarget=selection-collect]").click()
        page.locator("#selection-new input").fill("Sea and sky")
        page.keyboard.press("Enter")
        expect(page.locator("#selection-told")).to_contain_text("Sea and sky")
        page.keyboard.press("Escape")
        expect(page.locator("#selection")).to_be_hidden()
        assert Collection.objects.get().items.count() == 2

        chosen(page, 1)
        page.locator("#list .work").nth(3).click(modifiers=["Shift"])
        expect(page.locator("#selection-count")).to_have_text("3 selected")
        page.locator("#selection-delete").click()
        expect(page.locator("#list .work")).to_have_count(5)
        with page.expect_navigation():
            page.locator("#selection-told button").click()
        expect(page.locator("#list .work")).to_have_count(8)

        chosen(page, 0, 1, 2)
        with page.expect_download() as download:
            page.locator("#selection-pack").click()
        with zipfile.ZipFile(download.value.path()) as packed:
            assert len([name for name in packed.namelist() if name.endswith("image.png")]) == 3

        page.locator("[popovertarget=selection-visibility]").click()
        page.get_by_role("button", name="Everybody").click()
        expect(page.locator("#list .work").first).to_contain_text("public")
        assert Work.objects.explored().count() == 3
    finally:
        stack.kill("cpu")


def test_a_collection_is_ordered_by_dragging_and_covered_on_its_page(
    open_page: Callable[..., Page], log_in: Callable[..., None], works: list[Work], alice: User
) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    log_in(page, "alice", "/collections/")
    assert findings(page) == []
    page.get_by_role("button", name="Start a collection").click()
    page.locator("#new-collection input[name=title]").fill("Boats")
    page.locator("#new-collection").get_by_role("button", name="Make it").click()
    page.wait_for_url("**/collections/*-*/")
    collection = Collection.objects.get()
    from gallery import collecting

    collecting.add(alice, collection, [work.pk for work in works[:4]])
    page.reload()
    cards = page.locator(".collection-work")
    cards.nth(3).drag_to(cards.nth(0), target_position={"x": 5, "y": 60})
    expect(page.locator("#order-told")).to_have_text("The new order is saved.")
    order = [work.prompt for work in collecting.works_of(collection, alice)]
    assert order == ["picture 3", "picture 0", "picture 1", "picture 2"]
    cards.nth(1).get_by_role("button").first.click()
    with page.expect_navigation():
        page.get_by_role("button", name="Use as the cover").click()
    collection.refresh_from_db()
    assert collection.cover_id == works[0].pk
    assert findings(page) == []


def test_the_bin_and_leaving_work_on_a_phone_and_leave_nothing(
    open_page: Callable[..., Page], log_in: Callable[..., None], works: list[Work], alice: User
) -> None:
    page = open_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    log_in(page, "alice", "/gallery/")
    expect(page.locator("#list")).to_have_attribute("data-ready", "true")
    page.locator("#select-start").tap()
    page.locator("#list .work").nth(0).tap()
    page.locator("#selection-delete").tap()
    expect(page.locator("#list .work")).to_have_count(7)
    page.goto("/gallery/bin/")
    assert findings(page) == []
    page.locator(".bin-work").first.tap()
    page.get_by_role("button", name="Bring the chosen ones back").tap()
    expect(page.get_by_text("The bin is empty")).to_be_visible()
    assert Work.objects.of(alice).count() == 8
    page.goto("/account/data/")
    assert findings(page) == []
    page.get_by_role("button", name="Delete my account").tap()
    page.locator("#leave-ask input[type=password]").fill("correct horse battery")
    page.locator("#leave-ask").get_by_role("button", name="Delete everything").tap()
    expect(page.get_by_text("was deleted")).to_be_visible()
    assert not User.objects.filter(username="alice").exists() and not Work.objects.exists()
