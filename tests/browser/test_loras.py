"""The choice of LoRAs in the studio: there when a model has some, remembered, sent, brought back by a work."""

import re

from playwright.sync_api import Page, expect

from studio.models import Adapter, Generation
from tests.browser.test_studio import ask


def opened(page: Page) -> Page:
    field = page.locator("[data-field=loras]")
    if field.get_attribute("open") is None:
        field.locator("summary").click()
    return page


def test_a_lora_is_chosen_with_its_weight_and_comes_back(open_page, log_in, alice) -> None:
    Adapter.objects.create(name="inky", title="Inky lines", family="fake", source="/x", weight=0.7, words="ink style")
    page = open_page()
    log_in(page, "alice")
    expect(page.locator("#studio")).to_have_attribute("data-ready", "true")
    ask(page, "a house", "tiny")
    expect(page.locator("[data-field=loras]")).to_be_hidden()
    ask(page, "a house", "fake")
    opened(page).get_by_label("Inky lines", exact=True).check()
    weight = page.get_by_label("Weight of Inky lines")
    expect(weight).to_have_value("0.7")
    expect(page.get_by_text("ink style")).to_be_visible()
    weight.fill("-0.5")
    page.locator("#generate").click()
    expect(page.locator(".showing")).to_have_attribute("data-state", "finished")
    assert Generation.objects.get().params["loras"] == [{"name": "inky", "weight": -0.5}]
    page.reload()
    expect(page.get_by_label("Inky lines", exact=True)).to_be_checked()
    expect(page.get_by_label("Weight of Inky lines")).to_have_value("-0.5")


def test_a_weight_beyond_the_limits_is_said_at_its_field(open_page, log_in, alice) -> None:
    Adapter.objects.create(name="inky", title="Inky lines", family="fake", source="/x")
    page = open_page()
    log_in(page, "alice")
    expect(page.locator("#studio")).to_have_attribute("data-ready", "true")
    ask(page, "a house", "fake")
    opened(page).get_by_label("Inky lines", exact=True).check()
    page.get_by_label("Weight of Inky lines").fill("5")
    page.locator("#generate").click()
    expect(page.locator("[data-field=loras] .field-error")).to_have_text(re.compile("from -2 to 2"))
    assert not Generation.objects.exists()
