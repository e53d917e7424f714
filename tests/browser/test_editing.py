"""Editing a finished picture in the page: the preview, the new work, and beginning again at the original."""

import io
import re
import uuid

import pytest
from django.db import transaction
from PIL import Image, ImageChops, ImageDraw, ImageStat
from playwright.sync_api import Page, expect

from gallery import keeping
from gallery.models import Work
from tests.browser.test_studio import ask

CANVAS = "c => [c.width, c.height, ...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]"

PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def preview(page: Page) -> Image.Image:
    width, height, *data = page.locator(".editing canvas").evaluate(CANVAS)
    return Image.frombytes("RGBA", (width, height), bytes(data)).convert("RGB")


def saved(page: Page) -> Image.Image:
    source = page.locator(".picture-image").first.get_attribute("src")
    return Image.open(io.BytesIO(page.request.get(source).body())).convert("RGB")


def slide(page: Page, name: str, value: float) -> None:
    page.locator(f"#editing-{name}").fill(str(value))


def painted(owner) -> Work:
    """A work on which every turn, mirror and crop shows: no two corners are alike."""
    bands = [Image.linear_gradient("L").resize((300, 200)), Image.radial_gradient("L").resize((300, 200))]
    picture = Image.merge("RGB", [bands[0], bands[1], bands[0].transpose(Image.Transpose.ROTATE_180)])
    ImageDraw.Draw(picture).ellipse((20, 20, 120, 90), fill="red")
    out = io.BytesIO()
    picture.save(out, "PNG")
    recipe = keeping.Recipe("text_to_image", "fake", "fake", {"prompt": "a hill"})
    drafts = keeping.prepare(recipe, [keeping.Picture(out.getvalue(), "image/png", 7)], {})
    with transaction.atomic():
        return keeping.keep(owner.pk, uuid.uuid4(), drafts)[0]


@pytest.fixture
def work_page(open_page, log_in, alice):
    """A finished picture of alice, opened in the gallery: `work_page(**context)`."""

    def open_one(**context: object) -> Page:
        page = open_page(**context)
        log_in(page, "alice", f"/gallery/{painted(alice).pk}/")
        page.locator("[data-edits]").click()
        expect(page.locator(".editing .button-primary")).to_be_enabled()
        return page

    return open_one


def test_crop_and_filter_are_saved_as_a_new_work_that_looks_like_its_preview(work_page) -> None:
    page = work_page()
    original = Work.objects.get()
    page.locator("#editing-aspect").select_option("16:9")
    page.get_by_role("button", name="Turn right").click()
    slide(page, "degrees", 8)
    page.get_by_role("button", name="Top left corner").press("Shift+ArrowRight")
    page.locator("[data-tab=light]").click()
    slide(page, "adjust-contrast", 0.3)
    page.locator("[data-tab=filter]").click()
    page.locator("#editing-filter-name").select_option("sepia")
    page.locator("[data-tab=caption]").click()
    page.evaluate(PAINTED)
    wordless = preview(page)
    page.locator("#editing-caption-text").fill("Hill")
    for _ in range(300):
        if ImageChops.difference(wordless, shown := preview(page)).getbbox():
            break
        page.wait_for_timeout(100)  # the server writes the caption
    page.locator(".editing .button-primary").click()
    page.wait_for_url(lambda url: str(original.pk) not in url)
    made = Work.objects.exclude(pk=original.pk).get()
    assert (made.parents.get(), made.visibility) == (original, "private")
    kinds = [each["kind"] for each in made.recipe["facts"]["edit"]]
    assert kinds == ["turn", "straighten", "crop", "adjust", "filter", "caption"]
    result = saved(page)
    assert result.size == shown.size
    assert max(ImageStat.Stat(ImageChops.difference(result, shown)).mean) < 3, ImageStat.Stat(
        ImageChops.difference(result, shown)
    ).mean
    page.locator("[data-edits]").click()
    page.locator("[data-tab=filter]").click()
    expect(page.locator("#editing-filter-name")).to_have_value("sepia")
    page.get_by_role("button", name="Undo all").click()
    expect(page.locator("#editing-filter-name")).to_have_value("")
    page.locator(".editing .button-primary").click()
    expect(page.locator(".editing .field-error")).to_contain_text("Nothing has been changed yet.")
    page.keyboard.press("Escape")
    expect(page.locator(".editing")).to_have_count(0)


def test_phone_in_the_dark_shows_picture_and_controls(work_page) -> None:
    page = work_page(viewport={"width": 390, "height": 844}, has_touch=True, color_scheme="dark")
    for part in (".editing canvas", ".editing .button-primary", "#editing-degrees"):
        expect(page.locator(part)).to_be_in_viewport(ratio=1)
    frame, corner = page.locator(".frame-middle"), page.locator(".frame-se").bounding_box()
    expect(frame).to_be_visible()
    before = frame.bounding_box()
    assert corner and before
    page.mouse.move(corner["x"] + 16, corner["y"] + 16)
    page.mouse.down()
    page.mouse.move(corner["x"] - 40, corner["y"] - 30, steps=4)
    page.mouse.up()
    smaller = """([width, height]) => {
      const now = document.querySelector('.frame-middle').getBoundingClientRect();
      return now.width < width - 30 && now.height < height - 20;
    }"""
    page.wait_for_function(smaller, arg=[before["width"], before["height"]])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_result_is_edited_in_the_studio_with_the_keyboard_and_the_board_stays(open_page, log_in, alice) -> None:
    page = open_page()
    log_in(page, "alice")
    ask(page, "a hill", steps=2)
    page.locator("#generate").click()
    page.locator("[data-offer=edit]").press("Enter")
    expect(page.locator(".editing .button-primary")).to_be_enabled()
    page.locator("[data-tab=light]").press("Enter")
    page.locator("#editing-adjust-brightness").press("ArrowLeft")
    page.keyboard.press("b")  # the brush's key on the board: here it is nobody's
    page.locator(".editing .button-primary").press("Enter")
    expect(page.locator(".editing-told a")).to_have_attribute("href", re.compile("^/gallery/"))
    page.keyboard.press("Escape")
    expect(page.locator(".editing")).to_have_count(0)
    assert Work.objects.exclude(parents=None).get().recipe["facts"]["edit"][0]["brightness"] == -0.02
