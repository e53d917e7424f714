"""API keys in a real browser: made, copied, used and revoked with the keyboard; and the page that describes the API."""

import re

import pytest
from playwright.sync_api import expect

from accounts.models import ApiKey, User
from tests.browser.axe import findings
from tests.browser.test_house import PHONE, fits
from tests.conftest import PASSWORD


@pytest.mark.parametrize("way", [{"color_scheme": "light"}, PHONE | {"color_scheme": "dark"}], ids=["desktop", "phone"])
def test_a_key_is_made_used_and_revoked(open_page, log_in, stack, alice: User, way) -> None:
    page = open_page("/", reduced_motion="reduce", **way)
    log_in(page, "alice", "/account/keys/")
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        if wrong := findings(page) + ([] if fits(page) else ["sticks out at the side"]):
            found[name] = wrong

    look("none yet")
    page.get_by_role("link", name="Make the first one").click()
    page.locator("#id_name").fill("Notebook")
    page.get_by_label("connect code").check()
    expect(page.locator(".key-scopes")).to_be_hidden()
    page.get_by_label("an API key").check()
    page.get_by_label("Change boards").check()
    page.get_by_text("Narrower limits").click()
    look("the form")
    page.locator("#id_addresses").fill("home")
    page.get_by_role("button", name="Make the key").click()
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".errorlist")).to_contain_text("192.0.2.7")
    page.locator("#id_addresses").fill("127.0.0.1")
    page.get_by_role("button", name="Make the key").press("Enter")

    secret = page.get_by_label("The new key").input_value()
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("#copied")).not_to_be_empty()
    look("shown once")
    answer = page.request.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
    assert answer.json()["key"]["scopes"] == ["read", "generate", "boards"]
    page.reload()
    expect(page.get_by_label("The new key")).to_have_count(0)
    expect(page.locator(".key-row")).to_contain_text("last used")

    opener = page.get_by_role("button", name="Revoke Notebook")
    opener.press("Enter")
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    look("asked before it is revoked")
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    opener.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.locator(".messages")).to_contain_text("has been revoked")
    assert ApiKey.objects.get().revoked_at and alice.pk
    assert page.request.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}).status == 401
    page.get_by_text("1 key that is over").click()
    look("revoked")

    page.goto("/api/v1/docs#op-submit")
    expect(page.locator("#op-submit")).to_have_attribute("open", "")
    expect(page.locator("#op-submit")).to_contain_text(re.compile("Idempotency-Key"))
    look("the description")
    assert not found
