"""Tools that go on from a picture, and the variation tray, as a person uses them in the studio."""

import re

from playwright.sync_api import Page, expect

from studio.models import Generation
from tests.browser.test_studio import ask, draw_a_house


def finished(page: Page, count: int) -> None:
    """Wait until that many generations are finished."""
    expect(page.locator("#strip li img")).to_have_count(count, timeout=30_000)
    assert Generation.objects.filter(state="finished").count() == count


def newest() -> Generation:
    return Generation.objects.latest("created_at")


def test_masked_part_of_the_board_is_made_anew(open_page, log_in, alice) -> None:
    page = open_page()
    log_in(page, "alice")
    ask(page, "a window", steps=4)
    draw_a_house(page)
    page.locator("[data-tool=mask]").click()
    box = page.locator("#board").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.5, steps=5)
    page.mouse.up()
    expect(page.locator("#mode")).to_have_attribute("data-tool", "inpaint")
    page.locator("#extras summary").click()
    page.locator("#extra-feather").fill("3")
    page.locator("#extra-keep_original").uncheck()
    page.locator("#generate").click()
    finished(page, 1)
    made = newest()
    assert (made.tool, set(made.inputs)) == ("inpaint", {"image", "mask"})
    assert (made.params["feather"], made.params["keep_original"]) == (3, False)


def test_picture_goes_back_on_the_board_and_is_painted_over(open_page, log_in, alice) -> None:
    page = open_page()
    log_in(page, "alice")
    ask(page, "a hill", steps=4)
    page.locator("#generate").click()
    finished(page, 1)
    page.locator("[data-offer=board]").click()
    expect(page.locator("#mode")).to_have_attribute("data-tool", "sketch_to_image")
    page.locator("#field-tool").select_option("image_to_image")
    expect(page.locator("#mode")).to_contain_text("painted over")
    page.locator("#generate").click()
    finished(page, 2)
    assert (newest().tool, set(newest().inputs)) == ("image_to_image", {"image"})
    page.reload()
    expect(page.locator("#field-tool")).to_have_value("image_to_image")


def test_tool_without_its_picture_says_what_is_missing(open_page, log_in, alice) -> None:
    page = open_page()
    log_in(page, "alice")
    ask(page, "x")
    page.locator("#field-tool").select_option("outpaint")
    page.locator("#generate").click()
    expect(page.locator("#form-error")).to_contain_text("Put a picture on the board first.")
    draw_a_house(page)
    page.locator("#field-tool").select_option("inpaint")
    page.locator("#generate").click()
    expect(page.locator("#form-error")).to_contain_text("mask brush")
    assert not Generation.objects.exists()


def test_six_variations_and_the_chosen_one_at_full_quality(open_page, log_in, alice) -> None:
    page = open_page()
    log_in(page, "alice")
    ask(page, "slow:0.02 a boat", steps=12)
    page.locator("#variations").click()
    expect(page.locator(".tile")).to_have_count(6)
    finished(page, 1)
    quick = newest()
    assert (quick.params["count"], quick.params["steps"]) == (6, 6)
    page.locator(".tile-choose").nth(2).click()
    finished(page, 2)
    full = newest()
    assert (full.params["count"], full.params["steps"]) == (1, 12)
    assert full.params["seed"] == quick.params["seed"] + 2
    expect(page.locator(".tile")).to_have_count(1)
    expect(page.locator(".tile img")).to_have_attribute("src", re.compile("^/media/works/"))
