"""What a person does with results in the studio: again, differently, compared, kept, several at once."""

import re

from playwright.sync_api import Page, expect

from gallery.models import Work
from studio.models import Generation, Model, Preset
from tests.browser.test_studio import ask, draw_a_house
from tests.browser.test_tools import finished, newest
from tests.browser.waiting import note_down, until


def make(page: Page, prompt: str, **asked: int) -> None:
    ask(page, prompt, **asked)
    page.locator("#generate").click()


def test_more_like_this_takes_a_new_seed_and_works_after_a_reload(studio) -> None:
    page = studio()
    draw_a_house(page)
    make(page, "a house", steps=4)
    finished(page, 1)
    first = newest()
    page.reload()
    page.locator("[data-offer=more]").click()
    finished(page, 2)
    second = newest()
    assert (second.tool, second.inputs) == ("sketch_to_image", first.inputs)
    assert second.params["seed"] != first.params["seed"]
    assert second.params | {"seed": 0} == first.params | {"seed": 0}


def test_a_favourite_stays_one(studio) -> None:
    page = studio()
    make(page, "a hill", steps=4)
    heart = page.locator("[data-offer=favourite]")
    heart.click()
    expect(heart).to_have_attribute("aria-pressed", "true")
    assert Work.objects.get().favourite
    page.reload()
    expect(heart).to_have_attribute("aria-pressed", "true")
    heart.click()
    expect(heart).to_have_attribute("aria-pressed", "false")
    assert not Work.objects.get().favourite


def test_the_drawing_is_compared_with_its_picture(studio) -> None:
    page = studio()
    draw_a_house(page)
    make(page, "a house", steps=4)
    page.locator("[data-offer=compare]").click()
    before = page.locator(".compare-before")
    expect(before).to_have_attribute("src", re.compile("^/api/v1/inputs/"))
    expect(page.locator(".compare-slider")).to_be_focused()
    page.keyboard.press("End")
    expect(page.locator(".compare")).to_have_attribute("style", "--edge: 100%;")
    assert before.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    page.locator("[data-offer=compare]").click()
    expect(before).to_have_count(0)


def test_a_picture_is_copied(studio) -> None:
    page = studio(permissions=["clipboard-read", "clipboard-write"])
    make(page, "a hill", steps=4)
    finished(page, 1)
    note_down(page, face=("[data-offer=copy] use", "href"))
    page.locator("[data-offer=copy]").click()
    until(page, "noted.face.some((href) => href.endsWith('#check'))")
    kinds = page.evaluate("navigator.clipboard.read().then((items) => items.flatMap((item) => item.types))")
    assert "image/png" in kinds


def test_one_of_several_pictures_is_looked_at_alone(studio) -> None:
    page = studio()
    page.locator("#field-count").fill("4")
    make(page, "a hill", steps=4)
    finished(page, 1)
    expect(page.locator("[data-offer=download]")).to_have_count(0)
    page.get_by_role("button", name="Look at picture 3").click()
    expect(page.locator(".tile:visible")).to_have_count(1)
    works = list(Work.objects.order_by("index"))
    expect(page.locator("[data-offer=open]")).to_have_attribute("href", re.compile(str(works[2].pk)))
    page.locator("[data-offer=all]").click()
    expect(page.locator(".tile:visible")).to_have_count(4)


def test_several_at_once_have_a_card_each_that_can_be_stopped(studio, held) -> None:
    page = studio()
    for number in range(3):
        make(page, f"{held.word} hill {number}", steps=20)
    cards = page.locator(".work-card")
    expect(cards).to_have_count(2)
    expect(cards.first).to_contain_text(re.compile("step|line|next|Waiting|Loading|Reading"))
    cards.first.get_by_role("button", name="Cancel").click()
    expect(cards).to_have_count(1)
    for number, left in ((1, 1), (2, 0)):
        page.locator(".card-look").click()
        expect(page.locator(".caption-prompt")).to_have_text(f"{held.word} hill {number}")
        page.locator("[data-offer=cancel]").click()
        expect(page.locator(".showing")).to_have_attribute("data-state", "cancelled")
        expect(cards).to_have_count(left)
    for number in range(2):
        make(page, f"{held.word} wood {number}", steps=40)
    page.locator("#field-prompt").fill(f"{held.word} first of all")
    page.keyboard.press("Control+Shift+Enter")
    expect(page.locator(".caption-prompt")).to_have_text(f"{held.word} first of all")
    expect(cards).to_have_count(2)
    page.keyboard.press("Control+Shift+x")
    expect(page.locator(".showing")).to_have_attribute("data-state", "cancelled")
    expect(cards).to_have_count(0)
    assert not Generation.objects.filter(state="finished").exists()


def test_the_time_that_is_left_is_told_from_earlier_ones(studio, held) -> None:
    Model.objects.update(cost_weight=40.0)
    page = studio()
    expect(page.locator("#price")).to_have_text("Takes about 8 s of computing · 60 min left today")
    for number in range(3):
        make(page, "slow:0.1", steps=6)
        finished(page, number + 1)
    make(page, held.word, steps=20)
    expect(page.locator(".caption-detail")).to_contain_text(re.compile(r"step \d+ of 20 · .* left"))


def test_a_style_is_saved_chosen_and_deleted_and_goes_around_the_prompt(studio, faults) -> None:
    page = studio()
    ask(page, "foggy", steps=4)
    page.locator("#styles summary").click()
    page.locator("#style-new").click()
    dialog = page.locator("#style-dialog")
    expect(dialog.locator("#style-prompt")).to_have_value("{prompt}, foggy")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.locator("#style-error")).to_contain_text("name")
    dialog.locator("#style-name").fill("Fog")
    dialog.get_by_role("button", name="Save").click()
    style = page.locator(".style")
    expect(style).to_have_attribute("aria-pressed", "true")
    make(page, "a hill")
    finished(page, 1)
    assert newest().params["prompt"] == "a hill, foggy"
    page.reload()
    expect(page.locator("#style-chosen")).to_have_text("Fog")
    page.locator("#styles summary").click()
    page.locator("#style-edit").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(style).to_have_count(0)
    assert not Preset.objects.exists()
    page.locator("#prompts summary").click()
    page.locator("#prompt-list button").click()
    expect(page.locator("#field-prompt")).to_have_value("a hill, foggy")
    faults[:] = [fault for fault in faults if "status of 422" not in fault]  # the browser notes the refusal


def test_the_next_variations_go_on_around_the_better_one(studio) -> None:
    page = studio()
    ask(page, "a boat", steps=6)
    page.locator("#variations").click()
    finished(page, 1)
    first = newest()
    expect(page.locator("[data-offer=next]")).to_have_count(0)
    page.get_by_role("button", name="Picture 3 is better").click()
    page.get_by_role("button", name="Picture 1 is worse").click()
    page.reload()
    expect(page.locator("[data-mark][aria-pressed=true]")).to_have_count(2)
    page.locator("[data-offer=next]").click()
    finished(page, 2)
    second = newest()
    assert (second.params["count"], second.params["seed"]) == (6, first.params["seed"] + 2)
    assert abs(second.params["guidance_scale"] / first.params["guidance_scale"] - 1) <= 0.11
    expect(page.locator(".tile-choose")).to_have_count(6)


def test_another_model_brings_its_numbers_where_none_were_set(studio) -> None:
    page = studio()
    page.locator("#field-model").select_option("starter")
    page.locator("#reset").click()
    own = page.locator("#field-guidance_scale").input_value()
    page.locator("#field-steps").fill("9")
    page.locator("#field-model").select_option("fake")
    expect(page.locator("#field-steps")).to_have_value("9")
    page.locator("#field-model").select_option("starter")
    expect(page.locator("#field-guidance_scale")).to_have_value(own)
    expect(page.locator("#field-steps")).to_have_value("9")
