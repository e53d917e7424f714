"""An old photo from the desk into the gallery: dropped, hinted, made in real stages, compared, corrected."""

import io
import re
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from gallery.models import Work
from studio.models import Generation, Input
from tests.browser.axe import findings
from tests.browser.board import draw, file
from tests.browser.waiting import note_down, noted
from tests.studio.engines.old_photos import file as encoded
from tests.studio.engines.old_photos import photo


def coloured() -> bytes:
    """A photo that has colours of its own."""
    pixels = np.zeros((200, 300, 3), np.uint8)
    pixels[:, :150], pixels[:, 150:] = (190, 60, 50), (40, 90, 180)
    return encoded(Image.fromarray(pixels), "JPEG")


def moving() -> bytes:
    out = io.BytesIO()
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    return out.getvalue()


def drop(page: Page, data: bytes, name: str = "old.png", kind: str = "drop", media_type: str = "image/png") -> None:
    file(page, kind, name, media_type, data)


@pytest.fixture
def cpu(stack) -> Iterator[None]:
    """The worker for what needs no device, beside the others."""
    stack.start("cpu")
    yield
    stack.kill("cpu")


def test_old_photo_gets_its_colours_by_hints_and_is_found_in_the_gallery(studio, cpu) -> None:
    page = studio()
    page.locator("#field-tool").select_option("colorize")
    expect(page.locator("#field-model")).to_have_value("plain")
    expect(page.locator("#photo-way")).to_contain_text("No colour model is installed here")
    page.locator("#generate").click()
    expect(page.locator("#form-error")).to_have_text("Choose a photo first.")

    note = page.locator("#photo-note")
    drop(page, encoded(photo(31, 200)))
    expect(note).to_contain_text("at least 32 pixels")
    drop(page, encoded(photo(3000, 100)))
    expect(note).to_contain_text("25 times as long as high")
    drop(page, moving(), "moving.webp", media_type="image/webp")
    expect(note).to_contain_text("This picture moves")
    drop(page, b"no picture", "bad.jpg", media_type="image/jpeg")
    expect(note).to_contain_text("cannot be read")
    drop(page, coloured(), "colours.jpg", "paste", "image/jpeg")
    expect(page.locator("#photo-colours")).to_be_visible()
    drop(page, encoded(photo(480, 320)), "wedding.png")
    expect(page.locator("#photo-name")).to_have_text("wedding.png")
    expect(page.locator("#photo-size")).to_have_text("480 × 320")
    expect(page.locator("#photo-colours")).to_be_hidden()

    page.locator("#generate").click()
    expect(page.locator("#form-error")).to_have_text("Paint a few strokes of colour on the photo first.")
    for swatch, (x, y) in (("Sky", (0.15, 0.4)), ("Brick", (0.65, 0.4))):
        page.locator("#hint-palette").get_by_role("button", name=swatch, exact=True).click()
        draw(page, (x, y), (x + 0.2, y), (x + 0.2, y + 0.2))
    assert not findings(page)
    # What was painted stays on the photo where the board gets another shape meanwhile.
    page.locator("#field-model").select_option("starter")
    page.locator("#field-tool").select_option("image_to_image")
    page.locator("#field-tool").select_option("colorize")
    page.locator("#field-model").select_option("plain")
    note_down(page, title=(".caption-title", ""))
    page.locator("#generate").click()
    expect(page.locator(".caption-title")).to_have_text("Finished")
    titles = noted(page, "title")
    assert {"Spreading your colour hints", "Laying the colours over the photo"} & set(titles), titles
    tile = page.locator(".tile img")
    expect(tile).to_have_attribute("src", re.compile("^/media/works/"))
    shown = page.request.get(str(tile.get_attribute("src"))).body()
    made = Image.open(io.BytesIO(shown)).convert("RGB")
    assert made.size == (480, 320)
    left, right = made.getpixel((110, 160)), made.getpixel((350, 160))
    assert left[2] > left[0] + 15, left
    assert right[0] > right[2] + 15, right

    page.locator('[data-offer="compare"]').click()
    slider = page.locator(".compare-slider")
    slider.press("ArrowRight")
    expect(slider).to_have_value("51")
    page.locator('[data-offer="hints"]').click()
    expect(page.locator("#hint-palette")).to_be_visible()
    draw(page, (0.2, 0.8), (0.4, 0.8))
    page.locator("#generate").click()
    expect(page.locator("#strip li img")).to_have_count(2)
    first, second = Generation.objects.order_by("created_at")
    assert first.inputs["image"] == second.inputs["image"], "the photo is not sent again"
    painted = Input.objects.get(pk=first.inputs["hints"])
    assert painted.width / painted.height == pytest.approx(480 / 320, abs=0.01)

    work = Work.objects.get(generation=second.pk)
    page.goto(f"/gallery/{work.pk}/")
    expect(page.locator(".recipe")).to_contain_text("by hints alone, without a model")
    page.locator("[data-compares]").click()
    expect(page.locator(".stage input[type=range]")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Saved", exact=True)).to_be_visible()
    page.get_by_role("link", name="Open in studio").click()
    expect(page.locator("#studio")).to_have_attribute("data-ready", "true")
    expect(page.locator("#photo")).to_have_class("photo-card is-here")
    expect(page.locator("#photo")).to_have_attribute("data-hinted", "true")


def test_album_takes_many_photos_and_shows_each(open_page, log_in, alice, cpu) -> None:
    page = open_page()
    log_in(page, "alice", "/albums/")
    page.get_by_label("Name of the album").fill("Grandmother")
    page.locator("select[name=way]").select_option("upscale:plain")
    assert not findings(page)
    page.get_by_role("button", name="New album").click()
    photos = [
        {"name": f"{name}.png", "mimeType": "image/png", "buffer": encoded(photo(64, 48 + number))}
        for number, name in enumerate(("wedding", "garden"))
    ]
    bad = {"name": "bad.png", "mimeType": "image/png", "buffer": b"no picture"}
    text = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"x"}
    page.wait_for_url("**/albums/*-*/", wait_until="load")  # its modules hear what is chosen
    page.locator("#album-input").set_input_files([*photos, bad, text])
    expect(page.locator("#album-sent")).to_contain_text("1 files are no photos")
    expect(page.locator(".album-row")).to_have_count(3)
    expect(page.locator(".album-thumb img")).to_have_count(2)
    expect(page.locator(".album-row.is-failed")).to_contain_text("Please use a PNG, JPEG or WebP picture.")
    expect(page.locator("#album-sent")).not_to_contain_text("Keep this page open")
    expect(page.locator("#album[hx-trigger=grown]:not(.htmx-request)")).to_be_visible()  # it is not made anew any more
    assert not findings(page)
    page.get_by_role("button", name="Pack as a ZIP").click()
    expect(page.get_by_role("link", name="Download the ZIP")).to_be_visible()
    page.get_by_role("button", name="Delete", exact=True).first.click()
    page.locator("#album-delete").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No album yet")).to_be_visible()
