"""From a drawing to a world: draw, make it 3D, turn it, place two, make one model of them, and find all that again."""

import io
import json
from collections.abc import Iterator

import pytest
import trimesh
from playwright.sync_api import Page, expect

from gallery.models import Work
from studio.models import Board
from tests.browser.axe import findings
from tests.browser.board import draw

# Celery's worker starts, NumPy and SciPy are read: on a busy machine that alone takes its time. Milliseconds.
LONG = 120_000


@pytest.fixture
def cpu(stack) -> Iterator[None]:
    """The worker of what needs no device."""
    stack.start("cpu")
    yield
    stack.kill("cpu")


def ready(page: Page) -> None:
    expect(page.locator("#world")).to_have_attribute("data-ready", "true", timeout=LONG)


def test_from_a_drawing_to_a_world_and_back(studio, cpu) -> None:
    page: Page = studio(viewport={"width": 1100, "height": 720})
    draw(page, (0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7), (0.3, 0.3), steps=3)
    page.locator("#field-tool").select_option("sketch_to_3d")
    page.locator("#generate").click()
    expect(page.locator(".caption-title")).to_have_text("Finished", timeout=LONG)
    solid = Work.objects.get(is_model=True)

    page.goto(f"/gallery/{solid.pk}/")
    expect(page.locator("[data-model]")).to_have_attribute("data-state", "open", timeout=LONG)
    page.locator("canvas.model-canvas").press("ArrowLeft")
    page.get_by_role("link", name="Place in a world").click()
    ready(page)
    expect(page.locator("#things li")).to_have_count(1)
    page.locator(f'[data-model="{solid.pk}"]').click()
    expect(page.locator("#things li")).to_have_count(2)
    expect(page.locator('#things [aria-pressed="true"]')).to_have_count(1)

    # By keyboard: turned, raised, moved by number, doubled, and the double taken back.
    space = page.locator("#world-space")
    for key in ("r", "ArrowRight", "ArrowRight", "ArrowRight", "PageUp", "PageUp"):
        space.press(key)
    expect(page.locator("[data-field='turn.1'][type=number]")).to_have_value("15")
    page.locator("[data-field='position.0']").fill("4")
    page.locator("[data-field='position.0']").press("Enter")
    space.press("Control+d")
    expect(page.locator("#things li")).to_have_count(3)
    space.press("Control+z")
    expect(page.locator("#things li")).to_have_count(2)
    page.locator("[data-mood=evening]").click()
    space.press("Enter")
    expect(page.locator("#world")).to_have_attribute("data-mode", "walk")
    space.press("w")
    space.press("Escape")
    expect(page.locator("#world")).to_have_attribute("data-mode", "build")
    assert findings(page) == []

    page.locator("#make").click()
    page.locator("#make-name").fill("Two boxes")
    page.locator("#make-form .button-primary").click()
    expect(page.locator("#made [data-state=finished]")).to_have_count(1, timeout=LONG)
    expect(page.locator("#board-state")).to_have_attribute("data-state", "saved", timeout=LONG)
    made = Work.objects.get(tool="world")
    assert [link.parent_id for link in made.parent_links.all()] == [solid.pk] and made.prompt == "Two boxes"
    scene = trimesh.load_scene(io.BytesIO(page.request.get(f"/media/works/{made.pk}/model").body()), file_type="glb")
    places = [scene.graph[node][0][:3, 3] for node in scene.graph.nodes_geometry if "ground" not in node]
    assert len(places) == 2 and any(abs(x - 4) < 1e-3 and abs(y) > 0.01 for x, y, _z in places)

    page.reload()
    ready(page)
    expect(page.locator("#things li")).to_have_count(2)
    expect(page.locator("#made [data-state=finished] a").first).to_have_text("Two boxes")
    kept = json.loads(Board.objects.get(kind="world").document)
    assert kept["sky"]["top"] == "#4b4f86" and sorted(thing["turn"][1] for thing in kept["things"]) == [0, 15]
    page.goto("/boards/?kind=world")
    expect(page.locator(".board-card img")).to_have_count(1)
