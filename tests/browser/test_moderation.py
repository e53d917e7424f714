"""From a report to an appeal, in the browser: the queue by keyboard, the picture blurred, the bell and the answer."""

import io
import re
import uuid

from django.db import transaction
from PIL import Image
from playwright.sync_api import Page, expect

from gallery import collecting, keeping, publishing
from gallery.models import Appeal, Decision, Visibility, Work
from tests.browser.axe import findings
from tests.browser.test_house import PHONE, fits
from tests.browser.waiting import note_down, until
from tests.conftest import make_moderator


def posted(owner) -> Work:
    """A public picture."""
    out = io.BytesIO()
    Image.radial_gradient("L").resize((480, 360)).convert("RGB").save(out, "PNG")
    recipe = keeping.Recipe("text_to_image", "fake", "fake", {"prompt": "a red boat, 一只小船", "steps": 4})
    drafts = keeping.prepare(recipe, [keeping.Picture(out.getvalue(), "image/png", 7)], {})
    with transaction.atomic():
        (work,) = keeping.keep(owner.pk, uuid.uuid4(), drafts)
    publishing.set_visibility(owner, [work.pk], Visibility.PUBLIC)
    return work


def key(page: Page, name: str, sheet: str | None = None) -> None:
    expect(page.locator("main")).to_have_attribute("data-ready", "true")
    page.keyboard.press(name)
    if sheet:
        expect(page.locator(f"#{sheet}")).to_be_visible()


def test_a_report_is_decided_by_keyboard_and_the_owner_hears_and_appeals(open_page, log_in, alice, mod) -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)  # emptied between tests: the roles are made again
    make_moderator(mod)
    work = posted(alice)
    visitor = open_page(f"/gallery/{work.pk}/")
    visitor.get_by_role("link", name="Report").click()
    visitor.get_by_text("spam or deception").click()
    visitor.get_by_label("In your words").fill("An advertisement.")
    assert not findings(visitor)
    visitor.get_by_role("button", name="Send the report").click()
    expect(visitor.locator(".message")).to_contain_text("A moderator will look at it")

    owner = open_page(**PHONE)
    log_in(owner, "alice")
    desk = open_page()
    log_in(desk, "mod", "/moderation/")
    picture = desk.locator("#looked-at")
    expect(picture).to_have_attribute("data-blurred", "")
    expect(desk.locator(".said-list").first).to_contain_text("An advertisement.")
    assert not findings(desk)
    key(desk, "Space")
    expect(picture).not_to_have_attribute("data-blurred", "")
    key(desk, "?", "help")
    desk.keyboard.press("Escape")
    expect(desk.locator("#help")).to_be_hidden()
    key(desk, "h", "act-hide")
    key(desk, "9")
    expect(desk.locator("#act-hide-words")).to_have_value(re.compile("advertising"))
    assert not findings(desk)
    note_down(owner, told=("#toasts", ""))
    key(desk, "Enter")
    expect(desk.locator("#nothing")).to_be_visible()
    work.refresh_from_db()
    assert work.moderation == "hidden"

    expect(owner.locator("#bell")).to_have_attribute("data-unseen", "1")  # over the socket, nothing was reloaded
    until(owner, "noted.told.some((words) => words.includes('was hidden from others'))")
    owner.locator("#bell").click()
    expect(owner.locator(".notice")).to_contain_text("spam or deception")
    assert fits(owner) and not findings(owner)
    expect(owner.locator("#bell")).to_have_attribute("data-unseen", "0")
    owner.locator(".notice a").click()
    owner.get_by_label("Why the decision is wrong").fill("It is a boat.")
    assert fits(owner) and not findings(owner)
    owner.get_by_role("button", name="Appeal").click()
    expect(owner.locator(".said").last).to_contain_text("It is a boat.")

    desk.get_by_role("link", name="Look again").click()
    expect(desk.locator(".case-appeal")).to_contain_text("It is a boat.")
    key(desk, "a", "act-grant")
    expect(desk.locator("#act-grant")).to_contain_text("your own decision")
    desk.locator("#act-grant-words").fill("You are right.")
    desk.keyboard.press("Control+Enter")
    expect(desk.locator("#nothing")).to_be_visible()
    work.refresh_from_db()
    assert (work.moderation, Appeal.objects.get().outcome) == ("clear", "granted")
    assert Decision.objects.get().undone_at is not None


def test_the_queue_works_on_a_phone_in_the_dark(open_page, log_in, alice, mod, bob) -> None:
    from django.core.management import call_command

    from gallery.moderation import reports

    call_command("migrate", verbosity=0)
    make_moderator(mod)
    work, boats = posted(alice), collecting.make(alice, "Boats 船")
    collecting.add(alice, boats, [work.pk])
    collecting.set_visibility(boats, Visibility.PUBLIC)
    reports.report(bob, "192.0.2.1", alice, work, reason="hate", text="看看这个")
    reports.report(bob, "192.0.2.1", alice, boats, reason="minors", text="")  # more urgent: it comes first
    page = open_page(**PHONE, color_scheme="dark", locale="zh-CN")
    log_in(page, "mod", "/moderation/")
    expect(page.locator(".case-main h2")).to_have_text("Boats 船")
    expect(page.locator(".case-many img")).to_have_count(1)
    assert fits(page) and not findings(page)
    page.locator(".case-reveal").click()
    expect(page.locator("#looked-at")).not_to_have_attribute("data-blurred", "")
    assert fits(page) and not findings(page)
    key(page, "h", "act-hide")
    key(page, "9")
    key(page, "Enter")
    expect(page.locator("img[src*='/moderation/']")).to_have_count(1)
    boats.refresh_from_db()
    assert boats.moderation == "hidden"
    assert fits(page) and not findings(page)
    expect(page.locator("main")).to_have_attribute("data-ready", "true")
    page.locator(".case-reveal").click()
    expect(page.locator("#looked-at")).not_to_have_attribute("data-blurred", "")
    page.locator("[data-key=t]").click()
    expect(page.locator("#act-remove")).to_be_visible()
    assert fits(page)
    page.locator("#act-remove input[value=hate]").check()
    page.locator("#act-remove button.button-primary").click()
    expect(page.locator("#nothing")).to_be_visible()
    assert Work.objects.get().moderation == "removed"
