"""The gallery's lists in a browser: the wall, search, endless scrolling, the viewer by keys, phones, no scripts."""

import re
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from gallery import keeping
from gallery.models import Work
from tests.browser.axe import findings
from tests.browser.test_board_touch import touch_at
from tests.gallery.conftest import png, recipe

SIZES = [(96, 96), (120, 80), (80, 120), (144, 60), (96, 72)]
COUNT = 50
LIKED = re.compile("/api/v1/works/.*/like$")
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}

# Goes to the end of the list as far as there is one, and says whether that many works have come.
TO_THE_END = """(count) => {
  scrollTo({ top: document.documentElement.scrollHeight, behavior: 'instant' });
  return document.querySelectorAll('.works > .work').length === count;
}"""


@pytest.fixture
def works(alice: User, bob: User, stack: object) -> list[Work]:
    """Fifty public works of alice's, newest first; every seventh is of a cat."""
    drafts = [keeping.prepare(recipe(), [keeping.Picture(png(*size), "image/png", 1)], {})[0] for size in SIZES]
    made = []
    now = timezone.now()
    for number in range(COUNT):
        words = {"prompt": f"一只猫咪, number {number}" if number % 7 == 0 else f"a boat, number {number}"}
        draft = drafts[number % len(SIZES)]
        draft = replace(draft, recipe=draft.recipe | {"params": draft.recipe["params"] | words})
        with transaction.atomic():
            made += keeping.keep(alice.pk, uuid.uuid4(), [draft])
        when = now - timedelta(minutes=number)
        Work.objects.filter(pk=made[-1].pk).update(visibility="public", published_at=when, created_at=when)
    return made


def cards(page: Page):
    return page.locator(".works > .work")


def rows(page: Page) -> list[list[dict[str, float]]]:
    """The boxes of the pictures, by line."""
    boxes = page.evaluate(
        "[...document.querySelectorAll('.work .picture')].map((p) => p.getBoundingClientRect().toJSON())"
    )
    lines: dict[int, list[dict[str, float]]] = {}
    for box in boxes:
        lines.setdefault(round(box["top"]), []).append(box)
    return list(lines.values())


def test_a_visitor_walks_through_explore(open_page, works: list[Work]) -> None:
    page = open_page("/explore/", viewport={"width": 1280, "height": 800})
    expect(page.locator("#list")).to_have_attribute("data-ready", "true")
    lines = rows(page)[:-1]
    assert all(len({round(box["height"]) for box in line}) == 1 for line in lines)
    assert len({round(line[-1]["right"]) for line in lines}) == 1
    assert not findings(page)

    # The end of the list comes by itself; a work's page and back again finds it as it was.
    page.wait_for_function(TO_THE_END, arg=COUNT, polling=100)
    page.locator(f'[data-work="{works[40].pk}"]').scroll_into_view_if_needed()
    place = page.evaluate("scrollY")
    page.goto(f"/gallery/{works[40].pk}/")
    page.go_back()
    expect(cards(page)).to_have_count(COUNT)
    page.wait_for_function("place => Math.abs(scrollY - place) < 5", arg=place)

    # Words are searched while they are typed, the address follows, and Back leads through it.
    page.evaluate("scrollTo(0, 0)")
    page.get_by_role("searchbox").fill("猫咪 numb")
    expect(cards(page)).to_have_count(8)
    page.locator(".filters-more summary").click()
    page.get_by_label("Shape").select_option("square")
    expect(cards(page)).to_have_count(2)
    assert "shape=square" in page.url
    assert not findings(page)
    page.locator(".chip").first.click()
    expect(page.get_by_role("searchbox")).to_have_value("")
    page.go_back()
    expect(cards(page)).to_have_count(2)
    expect(page.get_by_role("searchbox")).to_have_value("猫咪 numb")
    page.go_back()
    expect(cards(page)).to_have_count(8)
    page.reload()
    expect(cards(page)).to_have_count(8)
    page.get_by_role("searchbox").fill("nothing of the kind")
    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()


def test_the_viewer_is_led_by_keys(open_page, log_in, works: list[Work], bob: User) -> None:
    page = open_page("/", viewport={"width": 1280, "height": 800})
    log_in(page, "bob", "/explore/")
    expect(page.locator("#list")).to_have_attribute("data-ready", "true")
    page.locator(".work-link").nth(1).focus()
    page.keyboard.press("Enter")
    viewer, title = page.locator("#viewer"), page.locator(".viewer-title")
    expect(title).to_have_text("a boat, number 1")
    expect(page.locator(".viewer-large.is-there")).to_be_visible()
    assert page.url.endswith(f"?view={works[1].pk}")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("j")
    expect(title).to_have_text("a boat, number 3")
    page.keyboard.press("k")
    expect(title).to_have_text("a boat, number 2")
    with page.expect_response(LIKED):  # it is shown before the server has said yes
        page.keyboard.press("l")
    expect(viewer.locator("[data-mark=like]")).to_have_attribute("aria-pressed", "true")
    expect(viewer.locator(".work-likes")).to_have_text("1")
    page.keyboard.press("i")
    expect(page.locator("#viewer-info")).to_contain_text("a boat, number 2")
    assert not findings(page)
    assert Work.objects.get(pk=works[2].pk).likes == 1

    # An address opens the same work; Escape leaves the list behind it.
    page.reload()
    expect(title).to_have_text("a boat, number 2")
    page.keyboard.press("Escape")
    expect(viewer).not_to_be_visible()
    expect(page).not_to_have_url(re.compile("view="))

    # At the end of what is loaded, more is loaded; Back closes and gives the focus to the card that was last.
    page.locator(".work-link").nth(0).click()
    expect(viewer).to_be_visible()
    for number in range(1, 40):
        page.keyboard.press("ArrowRight")
        expect(title).to_have_text(re.compile(rf"number {number}$"))
    page.go_back()
    expect(viewer).not_to_be_visible()
    expect(page.locator(f'[data-work="{works[39].pk}"] .work-link')).to_be_focused()
    expect(page.locator(f'.works [data-work="{works[2].pk}"] .work-likes')).to_have_text("1")

    # A work that is further down than the list goes yet.
    page.goto(f"/explore/?view={works[48].pk}")
    expect(title).to_have_text("a boat, number 48")

    # A veiled one is fetched only when it is asked for, and stays shown on this page.
    Work.objects.filter(pk=works[48].pk).update(veiled=True)
    with page.expect_request(f"**/{works[48].pk}/card/"):
        page.reload()
    expect(viewer.locator(".veil")).to_contain_text("Sensitive picture")
    expect(page.locator(".viewer-large")).not_to_have_attribute("src", re.compile("."))
    assert not findings(page)
    viewer.get_by_role("button", name="Show the picture").click()
    expect(page.locator(".viewer-large.is-there")).to_have_attribute("src", re.compile(f"{works[48].pk}/image$"))
    expect(viewer.locator(".veil")).not_to_be_visible()


def test_the_gallery_fits_a_phone(open_page, log_in, works: list[Work], alice: User) -> None:
    page = open_page("/", **PHONE, reduced_motion="reduce")
    log_in(page, "alice", "/gallery/")
    expect(page.locator("#list")).to_have_attribute("data-ready", "true")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.locator(".work-words").first).to_be_visible()
    assert min(box["height"] for line in rows(page) for box in line) > 80
    assert not findings(page)
    with page.expect_response(f"**/api/v1/works/{works[0].pk}"):  # it is shown before the server has said yes
        page.locator(".work-mark").first.tap()
    expect(page.locator(".work-mark").first).to_have_attribute("aria-pressed", "true")
    page.locator(".tabs a", has_text="Favourites").tap()
    expect(cards(page)).to_have_count(1)
    assert Work.objects.get(favourite=True) == works[0]
    page.goto("/explore/")
    expect(page.locator("#list")).to_have_attribute("data-ready", "true")
    page.locator(".work-link").nth(1).tap()
    title = page.locator(".viewer-title")
    expect(title).to_have_text("a boat, number 1")
    swipe(page, 300, 60)
    expect(title).to_have_text("a boat, number 2")
    swipe(page, 60, 300)
    expect(title).to_have_text("a boat, number 1")
    assert not findings(page)
    page.locator(".viewer [data-part=close]").tap()
    expect(page.locator("#viewer")).not_to_be_visible()


def swipe(page: Page, start: int, end: int) -> None:
    """One finger from `start` to `end`, in px from the left."""
    touch_at(page, *([(x, 350)] for x in (start, (start + end) // 2, end)), [])


def test_everything_leads_somewhere_without_scripts(open_page, works: list[Work]) -> None:
    page = open_page("/explore/", java_script_enabled=False, viewport={"width": 1280, "height": 800})
    for line in rows_without_scripts(page):
        assert max(line) - min(line) < 8
    page.get_by_role("link", name="Show more").click()
    expect(page.get_by_role("link", name="Back to the start of the list")).to_be_visible()
    page.get_by_role("searchbox").fill("猫咪")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(cards(page)).to_have_count(8)
    page.locator(".work-link").first.click()
    expect(page).to_have_url(re.compile(f"/gallery/{works[0].pk}/"))


def rows_without_scripts(page: Page) -> list[list[float]]:
    """The heights of the pictures, by line."""
    lines: dict[int, list[float]] = {}
    for box in [picture.bounding_box() for picture in page.locator(".work .picture").all()]:
        assert box
        lines.setdefault(round(box["y"]), []).append(box["height"])
    return list(lines.values())
