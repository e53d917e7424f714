"""The page of a work as people use it: before and after, remix with credit, re-run, links, settings from a picture."""

import io
import re
import uuid
from typing import Any

from django.db import transaction
from django.utils import timezone
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import Page, expect

from gallery import keeping
from gallery.models import Lineage, Work
from tests.browser.axe import findings
from tests.browser.board import DROP
from tests.browser.waiting import note_down, until

PARAMS = {"prompt": "a hill", "steps": 2, "width": 64, "height": 64, "strength": 0.6, "control": "none", "seed": 41}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "color_scheme": "dark"}


def png(colour: str, **texts: str) -> bytes:
    picture = Image.new("RGB", (64, 64), colour)
    ImageDraw.Draw(picture).rectangle((8, 20, 40, 50), outline="black", width=4)
    info = PngInfo()
    for name, text in texts.items():
        info.add_text(name, text)
    out = io.BytesIO()
    picture.save(out, "PNG", pnginfo=info)
    return out.getvalue()


def drawn(owner: Any, **fields: Any) -> Work:
    recipe = keeping.Recipe("sketch_to_image", "fake", "fake", PARAMS, {"brushwire": "0.1"}, 1.0)
    drafts = keeping.prepare(recipe, [keeping.Picture(png("teal"), "image/png", 41)], {"sketch": png("white")})
    with transaction.atomic():
        (work,) = keeping.keep(owner.pk, uuid.uuid4(), drafts)
    Work.objects.filter(pk=work.pk).update(**fields)
    return Work.objects.get(pk=work.pk)


def drop(page: Page, data: bytes) -> None:
    page.evaluate(DROP, ["drop", "a.png", "image/png", list(data)])


EDGE = "parseFloat(document.querySelector('[data-stage]').style.getPropertyValue('--edge'))"


def test_before_and_after_copying_and_the_way_back_from_the_bin(open_page, log_in, alice) -> None:
    work = drawn(alice, title="Hill")
    page = open_page(**PHONE)
    log_in(page, "alice", f"/gallery/{work.pk}/")
    assert not findings(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.locator(".stage-before")).to_be_hidden()
    page.get_by_role("button", name="Compare with the drawing").tap()
    slider = page.locator(".stage-slider")
    expect(slider).to_be_focused()
    page.keyboard.press("ArrowRight")
    until(page, f"Math.abs({EDGE} - 52) < 0.01")
    box = slider.bounding_box()
    assert box
    slider.tap(position={"x": box["width"] * 0.25, "y": box["height"] / 2})
    until(page, f"Math.abs({EDGE} - 25) < 8")
    assert not findings(page)
    note_down(page, told=("#told", ""))
    page.get_by_role("button", name="Copy all").click()
    until(page, "noted.told.length > 0")
    with page.expect_response(lambda answer: answer.request.method == "PATCH"):  # the mark is shown before
        page.locator(".work-mark").click()
    expect(page.locator(".work-mark")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Undo").click()
    page.wait_for_url(f"**/gallery/{work.pk}/")
    work.refresh_from_db()
    assert work.favourite and work.deleted_at is None


def test_a_remix_keeps_its_credit_and_a_rerun_is_compared(open_page, log_in, alice, bob) -> None:
    work = drawn(alice, title="Hill", visibility="public", published_at=timezone.now())
    page = open_page()
    log_in(page, "bob", f"/gallery/{work.pk}/")
    page.get_by_role("link", name="Remix").click()
    expect(page.locator("#studio")).to_have_attribute("data-ready", "true")
    expect(page.locator("#origins")).to_contain_text("Remix of “Hill” by alice")
    expect(page.locator("#field-prompt")).to_have_value("a hill")
    expect(page.locator("#field-seed")).to_have_value("41")
    page.locator("#generate").click()
    page.locator("[data-offer=open]").click()
    expect(page.locator(".work-credit")).to_have_text(re.compile("Remix of “Hill” by alice"))
    made = Work.objects.get(owner=bob)
    assert Lineage.objects.get().parent == work
    assert made.recipe["params"]["control"] == "none"
    page.get_by_role("button", name="Re-run and compare").click()
    expect(page.locator(".measures")).to_contain_text("0 of 255")
    expect(page.locator(".compared img")).to_have_count(3)
    assert not findings(page)


def test_a_link_works_in_a_private_window_until_it_is_ended(open_page, log_in, alice) -> None:
    work = drawn(alice, title="Hill")
    page = open_page()
    log_in(page, "alice", f"/gallery/{work.pk}/")
    page.get_by_role("button", name="New link").click()
    address = page.get_by_role("textbox", name="Link", exact=True).input_value()
    stranger = open_page(address, **PHONE)
    expect(stranger.get_by_role("heading", name="Hill")).to_be_visible()
    assert (
        stranger.locator(".stage-picture .picture-image").evaluate("e => e.decode().then(() => e.naturalWidth)") == 64
    )
    assert not findings(stranger)
    page.get_by_role("button", name="End this link").click()
    expect(page.get_by_role("textbox", name="Link", exact=True)).to_have_count(0)
    assert stranger.request.get(address).status == 404


def test_a_dropped_picture_with_settings_asks_which_one_is_meant(open_page, log_in, alice) -> None:
    page = open_page()
    log_in(page, "alice")
    expect(page.locator("#studio")).to_have_attribute("data-ready", "true")
    nasty = "<img src=x onerror=alert(1)>"
    line = f"{nasty}\nSteps: 3, Sampler: Restart, CFG scale: 4, Seed: 77, Size: 64x128, Model: fake, Clip skip: 2"
    drop(page, png("navy", parameters=line))
    dialog = page.locator("#reading")
    expect(dialog).to_contain_text("Written by Stable Diffusion web UI")
    expect(dialog).to_contain_text(nasty)
    expect(dialog).to_contain_text("Clip skip")
    assert not findings(page)
    page.get_by_role("button", name="Use the settings").click()
    expect(page.locator("#field-prompt")).to_have_value(nasty)
    expect(page.locator("#field-seed")).to_have_value("77")
    expect(page.locator("#field-steps")).to_have_value("3")
    drop(page, png("navy"))
    expect(page.locator("#mode")).to_have_attribute("data-tool", "sketch_to_image")
    expect(dialog).to_be_hidden()
    page.locator("#reading-file").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": png("red")})
    expect(dialog).to_contain_text("This picture carries no settings")
    page.get_by_role("button", name="Put it on the board").click()
    expect(dialog).to_be_hidden()
