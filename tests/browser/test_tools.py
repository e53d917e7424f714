"""Tools that go on from a picture, and the variation tray, as a person uses them in the studio."""

import json
import re

from playwright.sync_api import Page, expect

from studio.commands.presets import seed
from studio.models import Generation
from tests.browser.axe import findings
from tests.browser.board import file, much_ink, picture
from tests.browser.test_studio import ask, draw_a_house

# A tool that this page has never heard of, with a field of each kind, put into what the server tells the page.
STRANGER = {
    "name": "gilding", "title": "Gilding", "hint": "Gold is laid on", "icon": "sparkles", "when": "",
    "inputs": {"image": "picture"},
}  # fmt: skip
COMMON = {"help": "", "advanced": False, "personal": False}
PANEL = [
    COMMON | {"name": "prompt", "label": "Words", "kind": "text", "value": "", "placeholder": "", "maxLength": 9},
    COMMON | {"name": "leaf", "label": "Gold leaf", "kind": "number", "value": 3, "min": 1, "max": 9, "step": 1,
              "help": "How thick it lies."},
    COMMON | {"name": "tone", "label": "Tone", "kind": "choice", "value": "red", "choices": [["red", "Red gold"],
              ["white", "White gold"]]},
    COMMON | {"name": "worn", "label": "Worn", "kind": "switch", "value": False, "advanced": True},
    COMMON | {"name": "seed", "label": "Seed", "kind": "seed", "value": None, "min": 0, "max": 99, "step": 1},
]  # fmt: skip
# The page reads its configuration with JSON.parse: it finds the stranger in it.
TOLD = """
const parse = JSON.parse;
JSON.parse = (text) => {
  const told = parse(text);
  if (!told?.tools || !told.models) return told;
  const [tool, panel] = globalThis.stranger;
  told.tools.push(tool);
  for (const model of told.models) {
    model.tools.push(tool.name);
    model.panels[tool.name] = panel;
  }
  return told;
};
"""
SENT = """
globalThis.sent = [];
const say = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  const told = typeof data === "string" ? JSON.parse(data) : {};
  if (told.type === "submit") sent.push(told);
  say.call(this, data);
};
"""


def finished(page: Page, count: int) -> None:
    """Wait until that many generations are finished."""
    expect(page.locator("#strip li img")).to_have_count(count)
    assert Generation.objects.filter(state="finished").count() == count


def newest() -> Generation:
    return Generation.objects.latest("created_at")


def test_masked_part_of_the_board_is_made_anew(studio) -> None:
    page = studio()
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
    page.locator("#field-feather").fill("3")
    page.locator("#field-keep_original").uncheck()
    page.locator("#generate").click()
    finished(page, 1)
    made = newest()
    assert (made.tool, set(made.inputs)) == ("inpaint", {"image", "mask"})
    assert (made.params["feather"], made.params["keep_original"]) == (3, False)


def test_picture_goes_back_on_the_board_and_is_painted_over(studio) -> None:
    page = studio()
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


def test_photo_is_painted_in_another_style_and_enlarged_by_whatever_can(studio, held) -> None:
    seed()
    page = studio()
    ask(page, "a street", steps=4)
    file(page, "drop", "street.png", "image/png", picture(320, 240))
    assert much_ink(page, 1000)
    page.locator("#field-tool").select_option("image_to_image")
    expect(page.locator("#mode")).to_contain_text("a photo in another style")
    page.locator("#styles summary").click()
    page.locator(".style").first.click()
    page.locator("#generate").click()
    finished(page, 1)
    made = newest()
    assert (made.tool, set(made.inputs)) == ("image_to_image", {"image"})
    assert "a street" in made.params["prompt"] and made.params["prompt"] != "a street"
    # The worker has something else in hand: what comes now waits for as long as it is looked at here.
    ask(page, f"{held.word} a street")
    page.locator("#generate").click()
    expect(page.locator(".showing")).to_have_attribute("data-state", "running")
    page.locator("#strip button").last.click()
    page.locator("[data-offer=enlarge]").click()
    expect(page.locator(".showing")).to_have_attribute("data-state", "queued")
    # The model in use has no network for it: the first one that has takes its place.
    assert (newest().tool, newest().model_name, newest().params["scale"]) == ("upscale", "starter", 2)
    page.locator("[data-offer=cancel]").click()
    expect(page.locator(".showing")).to_have_attribute("data-state", "cancelled")


def test_tool_without_its_picture_says_what_is_missing(studio) -> None:
    page = studio()
    ask(page, "x")
    page.locator("#field-tool").select_option("outpaint")
    page.locator("#generate").click()
    expect(page.locator("#form-error")).to_contain_text("Put a picture on the board first.")
    file(page, "drop", "whole.png", "image/png", picture(64, 64))
    page.locator("[data-selection=put]").click()
    page.locator("#generate").click()
    expect(page.locator("#form-error")).to_contain_text("Leave room around the picture first")
    page.locator("#field-tool").select_option("inpaint")
    page.locator("#generate").click()
    expect(page.locator("#form-error")).to_contain_text("mask brush")
    assert not Generation.objects.exists()


def test_six_variations_and_the_chosen_one_at_full_quality(studio) -> None:
    page = studio()
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


def test_a_new_tool_needs_no_change_of_the_page(open_page, log_in, alice) -> None:
    page = open_page()
    log_in(page, "alice")
    page.add_init_script(f"globalThis.stranger = {json.dumps([STRANGER, PANEL])};" + TOLD)
    page.add_init_script(SENT)
    page.goto("/studio/")
    expect(page.locator("#connection")).to_have_text("Connected")
    draw_a_house(page)
    page.locator("#field-tool").select_option(label="Gilding")
    expect(page.locator("#mode")).to_have_text("Gold is laid on")
    expect(page.locator("#field-steps")).to_have_count(0)
    expect(page.get_by_role("spinbutton", name="Gold leaf")).to_have_accessible_description("How thick it lies.")
    page.get_by_role("slider", name="Gold leaf").press("End")
    page.get_by_label("Tone").select_option(label="White gold")
    page.locator("#extras summary").click()
    page.get_by_label("Worn").check()
    page.locator("#field-seed").fill("7")
    page.locator("#generate").click()
    expect(page.locator("#form-error")).to_have_text("There is no such tool.")
    (sent,) = page.evaluate("sent")
    assert sent["tool"] == "gilding" and set(sent["inputs"]) == {"image"}
    assert sent["params"] == {"prompt": "", "leaf": 9, "tone": "white", "worn": True, "seed": 7}
    page.locator("#field-tool").select_option("")
    expect(page.locator("#field-steps")).to_be_visible()
    assert findings(page) == []
