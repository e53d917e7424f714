"""Webhooks in a real browser: made, tried, read about and switched off; and the event stream in its EventSource."""

import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

from django.db import transaction
from playwright.sync_api import Page, expect

from studio.models import Delivery, Webhook
from studio.news import events
from studio.protocol import Cancelled
from studio.worker import deliveries
from tests.browser.test_account import Journey
from tests.browser.test_house import PHONE
from tests.browser.waiting import PATIENCE
from tests.stack.receiver import listening

# The example of docs/api.md in the page, and what it hears besides.
EXAMPLE = re.findall(r"```js\n(.*?)```", (Path(__file__).parents[2] / "docs" / "api.md").read_text(), re.DOTALL)
LISTEN = """() => {
  window.heard = [];
  %s
  for (const kind of ["snapshot", "cancelled", "bye"])
    stream.addEventListener(kind, (event) =>
      window.heard.push([kind, event.lastEventId, JSON.parse(event.data).code ?? ""]));
}"""


def happen(owner_id: int) -> None:
    with transaction.atomic():
        events.record(owner_id, Cancelled(generation=uuid4()))


def heard(page: Page, many: int) -> list[list[str]]:
    """What the page heard, once it is so much. The page's policy lets nobody wait inside of it."""
    end = time.monotonic() + PATIENCE
    while len(told := page.evaluate("window.heard")) < many:
        assert time.monotonic() < end, told
        page.wait_for_timeout(50)
    return list(told)


def deliver() -> None:
    """As the worker does, in a thread of its own."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(deliveries.deliver_some).result(30)


def test_a_webhook_from_its_form_to_its_log_and_the_stream_beside_it(open_page, log_in, alice, faults) -> None:
    page = open_page(reduced_motion="reduce", color_scheme="light")
    log_in(page, "alice", "/account/webhooks/")
    journey = Journey(page)
    journey.look("none yet")
    with listening() as receiver:
        page.get_by_label("Address").fill("http://10.0.0.1/")
        page.get_by_role("button", name="Make the webhook").click()
        expect(page.locator(".errorlist")).to_contain_text("may not send anything there")
        journey.look("refused")
        page.get_by_label("Address").fill(receiver.url)
        page.get_by_role("button", name="Make the webhook").click()
        expect(page.get_by_label("The new secret")).to_have_value(re.compile(r"whsec_\S{40,}"))
        journey.look("new, with its secret")
        shot(page, "fresh")
        page.reload()
        expect(page.get_by_label("The new secret")).to_have_count(0)
        page.get_by_role("button", name="Send a test message").click()
        expect(page.locator(".hook-entry")).to_contain_text("waiting")
        receiver.answers = [(500, b"<b>no</b>", {})]
        deliver()
        happen(alice.pk)
        deliver()
    page.reload()
    page.locator(".hook-entry summary").last.click()
    expect(page.locator(".hook-entry").last).to_contain_text("<b>no</b>")
    expect(page.locator(".hook-entry").first).to_contain_text("delivered")
    journey.look("with its log")
    shot(page, "log")
    page.locator(".hook-entry").last.get_by_role("button", name="Send again").click()
    expect(page.locator(".hook-entry details[open]")).to_have_count(0)  # the page came anew
    assert Delivery.objects.get(event="ping").attempts == 0
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_role("heading", name="Switched off")).to_be_visible()
    page.goto("/account/webhooks/")
    expect(page.locator(".hook-row")).to_contain_text("switched off")

    (example,) = EXAMPLE
    page.evaluate(LISTEN % example)
    heard(page, 1)
    happen(alice.pk)
    heard(page, 2)
    events.sign_out_person(alice.pk)
    assert heard(page, 3) == [["snapshot", "1", ""], ["cancelled", "2", ""], ["bye", "2", "signed_out"]]

    phone = open_page(**PHONE, color_scheme="dark", reduced_motion="reduce")
    log_in(phone, "alice", "/account/webhooks/")
    journey.page = phone
    for name, path in (("list", ""), ("one", f"{Webhook.objects.get().pk}/")):
        phone.goto(f"/account/webhooks/{path}")
        journey.look(f"phone: {name}")
        shot(phone, f"phone-{name}")
    phone.get_by_role("button", name="Delete", exact=True).first.click()
    phone.locator("#hook-delete").get_by_role("button", name="Delete").click()
    phone.wait_for_url("**/account/webhooks/")
    assert not Webhook.objects.exists()
    assert not journey.found, journey.found
    faults[:] = [fault for fault in faults if "status of 422" not in fault]  # the form was refused once


def shot(page, name: str) -> None:
    """A picture for whoever wants to see it: SHOTS names a folder."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
