"""Accounts in a real browser: an invitation, an app and a passkey, log-ins ended, a workshop from both sides."""

import re
import time
from urllib.parse import urlsplit

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.auth.models import Group
from playwright.sync_api import Page, expect

from accounts.models import Invitation, User, Workshop
from tests.browser.axe import findings
from tests.browser.test_house import PHONE, fits
from tests.browser.test_studio import ask

SECRET = "a long new secret"


class Journey:
    """Goes through pages and remembers what is wrong with each."""

    def __init__(self, page: Page) -> None:
        self.page, self.found = page, {}

    def look(self, name: str) -> None:
        if wrong := findings(self.page) + ([] if fits(self.page) else ["sticks out at the side"]):
            self.found[name] = wrong


def code_of(secret: str) -> str:
    """The code of this moment, which is taken for half a minute more; the one before it could be over any time now."""
    _before, now, _next = yield_hotp_counters_from_time()
    return format_hotp_value(hotp_value(secret, now))


def confirm(page: Page) -> None:
    """Type the password once more, where it is asked for."""
    page.locator("#id_password").fill(SECRET)
    page.get_by_role("button", name="Confirm").click()


@pytest.mark.parametrize("way", [{"color_scheme": "light"}, PHONE | {"color_scheme": "dark"}], ids=["desktop", "phone"])
def test_from_an_invitation_to_a_second_factor_and_a_passkey(open_page, stack, way) -> None:
    invitation = Invitation.objects.create(group=Group.objects.get(name="trusted"))
    # Passkeys need a name of a host, not a number.
    here = stack.url.replace("127.0.0.1", "localhost")
    page = open_page(f"{here}/accounts/signup/?code={invitation.code}", reduced_motion="reduce", **way)
    journey = Journey(page)
    expect(page.locator("#id_code")).to_have_value(invitation.code)
    journey.look("sign-up")
    for field, value in {"username": "carol", "email": "carol@example.org"}.items():
        page.locator(f"#id_{field}").fill(value)
    for field in ("password1", "password2"):
        page.locator(f"#id_{field}").fill(SECRET)
    page.locator("main").get_by_role("button", name="Sign up").click()
    page.wait_for_url("**/studio/")
    assert User.objects.get(username="carol").groups.get().name == "trusted"

    page.goto(f"{here}/accounts/2fa/")
    journey.look("second factor, none yet")
    page.get_by_role("link", name="Set up the app").click()
    journey.look("is it you")
    confirm(page)
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    journey.look("set up the app")
    secret = page.locator("#authenticator_secret").input_value()
    page.locator("#id_code").fill("000000")
    page.get_by_role("button", name="Switch on").click()
    expect(page.locator(".errorlist")).to_be_visible()
    secret = page.locator("#authenticator_secret").input_value()
    page.locator("#id_code").fill(code_of(secret))
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    expect(page.locator(".codes li")).to_have_count(10)
    journey.look("recovery codes")

    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.goto(f"{here}/accounts/2fa/webauthn/add/")
    journey.look("add a passkey")
    page.locator("#id_name").fill("My phone")
    page.locator("main").get_by_role("button", name="Add").click()
    page.wait_for_url("**/accounts/2fa/")
    page.get_by_role("link", name="All passkeys").click()
    expect(page.get_by_text("My phone").first).to_be_visible()
    journey.look("passkeys")

    log_out(page, here)
    journey.look("log-in")
    page.locator("#id_login").fill("carol")
    page.locator("#id_password").fill(SECRET)
    page.locator("main form:not([data-passkey]) button[type=submit]").click()
    page.wait_for_url("**/2fa/authenticate/**")
    journey.look("asked for the second factor")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/studio/")
    log_out(page, here)
    page.get_by_role("button", name="Log in with a passkey").click()
    page.wait_for_url("**/studio/")

    page.goto(f"{here}/account/")
    journey.look("settings")
    page.goto(f"{here}/account/use/")
    journey.look("my use")
    page.goto(f"{here}/account/sessions/")
    expect(page.get_by_text("this one")).to_be_visible()
    journey.look("sessions")
    assert not journey.found


def log_out(page: Page, here: str) -> None:
    page.goto(f"{here}/accounts/logout/")
    page.locator("main").get_by_role("button", name="Log out").click()
    page.wait_for_url(lambda url: urlsplit(url).path == "/")
    page.goto(f"{here}/accounts/login/")


def test_ending_a_log_in_closes_its_studio_at_once(open_page, log_in, alice, faults) -> None:
    phone, desk = open_page("/", **PHONE), open_page()
    log_in(phone, "alice")
    log_in(desk, "alice")
    expect(phone.locator("#connection")).to_have_text("Connected")
    desk.goto("/account/sessions/")
    expect(desk.locator(".row")).to_have_count(2)
    desk.get_by_role("button", name=re.compile("^End")).first.click()
    expect(phone.get_by_text("You have been logged out.")).to_be_visible()
    expect(desk.locator(".row")).to_have_count(1)
    # What the phone was just asking for is refused.
    faults[:] = [fault for fault in faults if "401" not in fault]


def test_a_workshop_from_both_sides(open_page, log_in, alice, faults) -> None:
    alice.groups.add(Group.objects.get(name="trusted"))
    desk = open_page("/", reduced_motion="reduce", viewport={"width": 1440, "height": 900})
    journey = Journey(desk)
    log_in(desk, "alice", "/workshops/")
    journey.look("workshops")
    desk.locator("#id_name").fill("Class 4b")
    desk.get_by_role("button", name="Begin the workshop").click()
    desk.wait_for_url(re.compile(r"/workshops/\d+/$"))
    workshop = Workshop.objects.get()

    phone = open_page(f"/join/{workshop.code}/", reduced_motion="reduce", color_scheme="dark", **PHONE)
    pupil = Journey(phone)
    pupil.look("join")
    phone.locator("#id_username").fill("zoe")
    for field in ("password1", "password2"):
        phone.locator(f"#id_{field}").fill("paper and ink")
    phone.get_by_role("button", name="Come in").click()
    phone.wait_for_url("**/studio/")
    expect(phone.locator("#studio")).to_have_attribute("data-ready", "true")
    ask(phone, "a red house", steps=2)
    phone.locator("#generate").click()

    expect(desk.locator(".wall li .picture-image").first).to_be_visible()
    desk.reload()
    expect(desk.locator(".wall li .picture-image").first).to_be_visible()
    expect(desk.locator(".people-name")).to_have_text("zoe")
    journey.look("workshop")
    desk.set_viewport_size({"width": 390, "height": 844})
    journey.look("workshop on a phone")
    desk.get_by_role("button", name="Pause everything").click()
    expect(desk.get_by_role("button", name="Go on")).to_be_visible()
    began = time.monotonic()
    phone.locator("#generate").click()
    expect(phone.get_by_text("Your teacher has paused")).to_be_visible()
    assert time.monotonic() - began < 30
    desk.get_by_role("button", name="New password").click()
    journey.look("a printed account")
    expect(phone.get_by_text("You have been logged out.")).to_be_visible()
    assert not journey.found and not pupil.found
