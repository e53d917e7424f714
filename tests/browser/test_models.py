"""A shape in space on its page: turned by keys, mouse and buttons; a picture where there is no WebGL."""

import hashlib
import time
import uuid
from typing import Any

import numpy as np
import trimesh
from django.db import transaction
from PIL import Image
from playwright.sync_api import Page, expect

from gallery import keeping
from gallery.models import Work
from studio.engines.solid import given, glb, poster
from tests.browser.axe import findings
from tests.browser.test_workpage import png
from tests.browser.waiting import PATIENCE

PARAMS = {"prompt": "a die", "way": "solid", "seed": 3, "count": 1}
NO_WEBGL = """
const real = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return /webgl/.test(kind) ? null : real.call(this, kind, ...more);
};
"""

# What a graphics card does whose driver was restarted.
LOSE = "canvas => canvas.getContext('webgl2').getExtension('WEBGL_lose_context').loseContext()"


def shaped(owner: Any) -> Work:
    """A box with a picture on its sides."""
    box = trimesh.creation.box((1, 0.8, 0.6))
    box.unmerge_vertices()
    picture = Image.effect_noise((32, 32), 90).convert("RGB")
    uv = np.tile([[0, 0], [1, 0], [0, 1]], (len(box.faces), 1)).astype(float)
    mesh = glb.textured(box.vertices, box.faces, box.vertex_normals, uv, picture)
    given.stand(mesh)
    recipe = keeping.Recipe("sketch_to_3d", "plain", "plain", PARAMS, {"brushwire": "0.1"}, 1.0)
    made = keeping.Picture(poster.render(mesh, 128), "image/png", 3, files={"model": glb.write(mesh)})
    with transaction.atomic():
        drafts = keeping.prepare(recipe, [made], {"sketch": png("white")})
        (work,) = keeping.keep(owner.pk, uuid.uuid4(), drafts)
    return work


def view(page: Page, state: str) -> Any:
    found = page.locator(f'.model-view[data-state="{state}"]')
    expect(found).to_have_count(1)
    return found


def looks(page: Page) -> str:
    return hashlib.sha256(page.locator(".model-canvas").screenshot()).hexdigest()


def until_changed(page: Page, before: str) -> str:
    end = time.monotonic() + PATIENCE
    while (now := looks(page)) == before:
        assert time.monotonic() < end, "nothing moved"
        page.wait_for_timeout(50)
    return now


def test_shape_is_turned_by_keys_mouse_and_buttons_and_let_go(open_page, log_in, alice) -> None:
    work = shaped(alice)
    page = open_page(viewport={"width": 900, "height": 700}, reduced_motion="reduce")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    log_in(page, "alice", "/gallery/")
    assert not any("three" in url for url in asked), "three is for those who look at a shape only"
    page.locator(".work-link").click()
    view(page, "poster")
    page.get_by_role("button", name="Open in 3D").click()
    view(page, "open")
    page.keyboard.press("ArrowLeft")  # turns the shape, and does not leave it for another work
    expect(page.locator("#viewer")).to_be_visible()
    page.locator('#viewer [data-part="page"]').click()
    page.wait_for_url(f"**/gallery/{work.pk}/")
    view(page, "open")
    expect(page.locator(".stage-drawing img")).to_be_visible()
    assert not findings(page)
    canvas = page.get_by_role("application", name="a die")
    seen = looks(page)
    canvas.focus()
    for key in ("ArrowRight", "+"):
        page.keyboard.press(key)
        seen = until_changed(page, seen)
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 320, box["y"] + 220, steps=3)
    page.mouse.up()
    seen = until_changed(page, seen)
    page.get_by_role("button", name="Wireframe").click()
    seen = until_changed(page, seen)
    page.get_by_role("button", name="Turntable").click()  # a step at a time for people who want no movement
    seen = until_changed(page, seen)
    page.get_by_role("button", name="Reset the view").click()
    until_changed(page, seen)
    page.locator(".model-canvas").evaluate(
        "c => c.getContext('webgl2').getExtension('WEBGL_lose_context').loseContext()"
    )
    view(page, "failed")
    page.get_by_role("button", name="Try again").click()
    view(page, "open")


def test_without_webgl_there_is_a_picture_and_the_reason(open_page, log_in, alice) -> None:
    work = shaped(alice)
    page = open_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    page.add_init_script(NO_WEBGL)
    log_in(page, "alice", f"/gallery/{work.pk}/")
    view(page, "without")
    expect(page.get_by_text("cannot draw in 3D here")).to_be_visible()
    expect(page.locator(".model-poster")).to_be_visible()
    assert not findings(page)
