"""Every page in a real browser: coming in and going out, two languages, light and dark, wide and narrow."""

import pytest
from playwright.sync_api import Page, expect

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
CHINESE = {"locale": "zh-CN"}
OPEN_PAGES = ["/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/join/", "/explore/"]
OWN_PAGES = ["/studio/", "/boards/", "/gallery/", "/accounts/password/change/", "/accounts/email/", "/accounts/logout/"]
OWN_PAGES += ["/account/", "/account/use/", "/account/sessions/", "/account/data/", "/accounts/2fa/"]
OWN_PAGES += ["/collections/", "/gallery/bin/", "/notices/"]


def fits(page: Page) -> bool:
    """Whether nothing sticks out at the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_a_new_person_signs_up_and_logs_out_again(open_page, stack, faults) -> None:
    page = open_page("/")
    page.locator("main").get_by_role("link", name="Sign up").click()
    for field, value in {"username": "carol", "email": "carol@example.org"}.items():
        page.locator(f"#id_{field}").fill(value)
    for field in ("password1", "password2"):
        page.locator(f"#id_{field}").fill("a long new secret")
    page.locator("main form:not([data-passkey]) button[type=submit]").click()
    page.wait_for_url("**/studio/")
    expect(page.locator("#connection")).to_have_text("Connected")
    page.get_by_role("button", name="Account").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.locator("main").get_by_role("link", name="Log in")).to_be_visible()
    # What the studio was just asking for when the person went is refused.
    faults[:] = [fault for fault in faults if "401" not in fault]


def test_the_language_changes_and_stays(open_page, log_in, alice) -> None:
    page = open_page()
    log_in(page, "alice")
    page.get_by_role("button", name="Language").click()
    page.get_by_role("button", name="简体中文").click()
    expect(page.locator("#generate")).to_contain_text("生成")
    page.goto("/gallery/")
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")


def test_light_and_dark_can_be_chosen_and_stay(open_page) -> None:
    page = open_page("/", color_scheme="light")
    shade = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(shade)
    page.get_by_role("button", name="Light or dark").click()
    page.get_by_role("button", name="Dark", exact=True).click()
    assert page.evaluate(shade) != light
    dark = page.evaluate(shade)
    page.goto("/accounts/login/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate(shade) == dark


@pytest.mark.parametrize("context", [{}, PHONE, {"color_scheme": "dark"}, CHINESE, PHONE | CHINESE])
def test_every_page_opens_clean_and_fits(open_page, log_in_by_hand, alice, context) -> None:
    page = open_page(**context)
    for path in OPEN_PAGES:
        page.goto(path)
        assert fits(page), path
    log_in_by_hand(page, "alice")
    for path in OWN_PAGES:
        page.goto(path)
        assert fits(page), path


def test_the_keyboard_reaches_generate(open_page, log_in, alice) -> None:
    page = open_page()
    log_in(page, "alice")
    expect(page.locator("#studio")).to_have_attribute("data-ready", "true")
    page.locator("#field-prompt").focus()
    reached = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement?.id"))
    assert {"generate", "board", "undo", "field-steps", "dice"} - reached <= {"undo"}, "undo is off on an empty board"
