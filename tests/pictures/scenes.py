"""What is photographed: a function for each picture, in the order in which people would come to it."""

import itertools
import math
from collections.abc import Callable

from playwright.sync_api import Page, expect

from gallery.models import Collection, Work
from tests.browser.board import draw, file
from tests.pictures.camera import LARGE, PHONE, Camera
from tests.pictures.made import old_photo

INK, RED, GREEN, BROWN = "Ink", "Red", "Green", "Brown"
# A house on a hill: name of the colour, width of the brush, places as shares of the board.
HOUSE = [
    (GREEN, 16, [(0.02, 0.8), (0.25, 0.74), (0.5, 0.72), (0.75, 0.74), (0.98, 0.8)]),
    (INK, 6, [(0.3, 0.74), (0.3, 0.44), (0.7, 0.44), (0.7, 0.74), (0.3, 0.74)]),
    (RED, 10, [(0.25, 0.45), (0.5, 0.2), (0.75, 0.45), (0.25, 0.45)]),
    (BROWN, 8, [(0.45, 0.73), (0.45, 0.57), (0.55, 0.57), (0.55, 0.73)]),
    (INK, 5, [(0.35, 0.5), (0.42, 0.5), (0.42, 0.58), (0.35, 0.58), (0.35, 0.5)]),
    (INK, 5, [(0.58, 0.5), (0.65, 0.5), (0.65, 0.58), (0.58, 0.58), (0.58, 0.5)]),
]
SEED = "7"
PROMPT = "a red house on a grassy hill, sunny day, cartoon"


def ready(page: Page) -> None:
    expect(page.locator("#studio")).to_have_attribute("data-ready", "true")
    expect(page.locator("#connection")).to_have_text("Connected")


def finished(page: Page) -> None:
    expect(page.locator(".caption-title")).to_have_text("Finished")


def slide(page: Page, slider: str, value: int) -> None:
    page.locator(slider).evaluate(
        "(slider, n) => { slider.value = n; slider.dispatchEvent(new Event('input', { bubbles: true })) }", value
    )


def brush(page: Page, colour: str, size: int, palette: str = "#palette") -> None:
    page.locator(palette).get_by_role("button", name=colour, exact=True).click()
    slide(page, "#brush-size", size)


def draw_the_house(page: Page) -> None:
    for colour, size, line in HOUSE:
        brush(page, colour, size)
        edges(page, line)


def edges(page: Page, line: list[tuple[float, float]]) -> None:
    """Stroke by stroke: the board makes one round curve of a long one."""
    for start, end in itertools.pairwise(line):
        draw(page, start, end, steps=4)


def begin(page: Page, name: str, prompt: str = PROMPT) -> None:
    """An empty board of that name, with the prompt beside it."""
    ready(page)
    page.locator(".board-title").click()
    page.locator("#board-name").fill(name)
    page.keyboard.press("Escape")
    page.locator("#field-model").select_option("starter")
    page.locator("#field-prompt").fill(prompt)


def kept(page: Page) -> None:
    page.mouse.move(5, 5)
    expect(page.locator("#board-state")).to_have_attribute("data-state", "saved")


def studio(eye: Camera) -> None:
    """The README's picture."""
    with eye.window("alice", "/studio/?board=new", **LARGE) as page:
        begin(page, "The house on the hill")
        draw_the_house(page)
        page.locator("#field-seed").fill(SEED)
        page.locator("#generate").click()
        finished(page)
        page.locator("#field-prompt").blur()
        page.locator("#settings").evaluate("form => form.scrollTo(0, 0)")
        kept(page)
        eye.take_front(page)


def phone(eye: Camera) -> None:
    """The studio in a hand: the same board on another device."""
    with eye.window("alice", "/studio/", **PHONE) as page:
        ready(page)
        page.locator(".tabs [data-view=picture]").click()
        expect(page.locator(".tile img").first).to_be_visible()
        eye.take(page, "phone")


def variations(eye: Camera) -> None:
    with eye.window("alice", "/studio/?board=new") as page:
        begin(page, "Above the valley", "a pink hot air balloon in the mountains, sunny day, cartoon")
        brush(page, INK, 7)
        oval = [(0.5 + 0.2 * math.cos(turn / 4), 0.36 + 0.22 * math.sin(turn / 4)) for turn in range(26)]
        draw(page, *oval, steps=2)
        edges(page, [(0.42, 0.56), (0.45, 0.68), (0.45, 0.76), (0.55, 0.76), (0.55, 0.68), (0.58, 0.56)])
        edges(page, [(0.45, 0.68), (0.55, 0.68)])
        page.locator("#variations").click()
        expect(page.locator(".tile img")).to_have_count(6)
        finished(page)
        kept(page)
        eye.take(page, "variations")


def layers(eye: Camera) -> None:
    """A mask on the board, and the layers open."""
    with eye.window("alice", "/studio/?board=new") as page:
        begin(page, "A door of another colour", "a blue door")
        draw_the_house(page)
        page.locator("#layers-button").click()
        page.locator("[data-layer-action=add]").click()
        brush(page, "Orange", 40)
        draw(page, (0.13, 0.15), (0.135, 0.155), (0.13, 0.15))
        brush(page, "Orange", 26)
        page.locator("[data-tool=mask]").click()
        for x in (0.46, 0.5, 0.54):
            draw(page, (x, 0.58), (x, 0.72))
        expect(page.locator("#mode")).to_have_attribute("data-tool", "inpaint")
        kept(page)
        eye.take(page, "layers", of=page.locator(".studio-board"))


def live(eye: Camera) -> None:
    """The picture follows the strokes."""
    with eye.window("alice", "/studio/?board=new") as page:
        begin(page, "Going out", "a sailboat on the water, clear day, cartoon")
        page.locator("#live-switch").click()
        brush(page, INK, 7)
        edges(page, [(0.26, 0.66), (0.74, 0.66), (0.64, 0.79), (0.36, 0.79), (0.26, 0.66)])
        edges(page, [(0.5, 0.66), (0.5, 0.2), (0.73, 0.6), (0.5, 0.6)])
        brush(page, "Blue", 14)
        draw(page, (0.03, 0.82), (0.25, 0.79), (0.5, 0.84), (0.75, 0.79), (0.97, 0.82), steps=3)
        expect(page.locator("#live")).to_have_attribute("data-state", "refined")
        kept(page)
        eye.take(page, "live")


def photo(eye: Camera) -> None:
    """An old photo, coloured by a few strokes, before and after."""
    strokes = {
        "Sky": [((0.05, 0.08), (0.18, 0.06)), ((0.35, 0.08), (0.62, 0.1)), ((0.3, 0.33), (0.32, 0.36))],
        "Grass": [((0.04, 0.85), (0.42, 0.9)), ((0.68, 0.85), (0.95, 0.9)), ((0.25, 0.68), (0.34, 0.68))],
        "Foliage": [((0.05, 0.4), (0.18, 0.36)), ((0.8, 0.38), (0.96, 0.36)), ((0.28, 0.5), (0.33, 0.47))],
        "Brick": [((0.5, 0.32), (0.6, 0.4)), ((0.41, 0.65), (0.49, 0.65)), ((0.62, 0.66), (0.7, 0.66))],
    }
    with eye.window("alice", "/studio/?board=new") as page:
        begin(page, "Grandmother's house")
        page.locator("#field-tool").select_option("colorize")
        page.locator("#field-model").select_option("plain")
        file(page, "drop", "house-1931.png", "image/png", old_photo())
        expect(page.locator("#photo-name")).to_have_text("house-1931.png")
        for colour, lines in strokes.items():
            brush(page, colour, 12, "#hint-palette")
            for line in lines:
                draw(page, *line)
        page.locator("#generate").click()
        finished(page)
        page.locator('[data-offer="compare"]').click()
        kept(page)
        eye.take(page, "photo")


def shape(eye: Camera) -> None:
    """A shape in space, on its page."""
    flower = Work.objects.get(is_model=True, prompt="a flower")
    with eye.window("alice", f"/gallery/{flower.pk}/") as page:
        expect(page.locator("[data-model]")).to_have_attribute("data-state", "open")
        page.locator("canvas.model-canvas").press("ArrowLeft")
        page.locator("canvas.model-canvas").blur()
        eye.take(page, "shape")


def world(eye: Camera) -> None:
    """A house, flowers and a fish in one world."""
    house, flower, fish = (Work.objects.get(is_model=True, prompt=f"a {name}") for name in ("house", "flower", "fish"))
    with eye.window("alice", f"/world/?place={house.pk}") as page:
        expect(page.locator("#world")).to_have_attribute("data-ready", "true")
        page.locator(".board-title").click()
        page.locator("#board-name").fill("A small garden")
        page.keyboard.press("Escape")
        place(page, -0.4, -0.8, 2.4)
        more = [(flower, 1.3, -0.2, 1.2), (flower, -1.9, 0.2, 1), (flower, 1.9, 0.6, 0.8), (fish, 0.4, 1.2, 0.8)]
        for number, (work, x, z, size) in enumerate(more):
            page.locator(f'[data-model="{work.pk}"]').click()
            expect(page.locator("#things li")).to_have_count(number + 2)
            place(page, x, z, size)
        page.locator("[data-mood=morning]").click()
        page.locator("#world-space").press("Escape")
        page.locator("#look").click()
        page.locator("#world-space").hover()
        page.mouse.wheel(0, -450)  # nearer
        page.locator("#things-title").scroll_into_view_if_needed()
        kept(page)
        eye.take(page, "world")


def place(page: Page, x: float, z: float, size: float) -> None:
    """Put the chosen thing somewhere (metres), so many times its own size."""
    for field, value in (("position.0", x), ("position.2", z), ("scale", size)):
        box = page.locator(f"input[data-field='{field}'][type=number]")
        box.fill(str(value))
        box.press("Enter")


def boards(eye: Camera) -> None:
    """Those that the other scenes of this run drew: take them all for this one."""
    with eye.window("alice", "/boards/") as page:
        expect(page.locator(".board-card img").first).to_be_visible()
        eye.take(page, "boards")


def work(eye: Camera) -> None:
    """A work's page with the drawing laid over the picture."""
    made = Work.objects.filter(tool="sketch_to_image", owner__username="alice").latest("created_at")
    with eye.window("alice", f"/gallery/{made.pk}/") as page:
        page.locator("[data-compares]").click()
        expect(page.locator(".stage-slider")).to_be_visible()
        eye.take(page, "work")


def gallery(eye: Camera) -> None:
    with eye.window("alice", "/gallery/") as page:
        page.locator(".filters-more summary").click()
        eye.take(page, "gallery")


def explore(eye: Camera) -> None:
    with eye.window("bob", "/explore/") as page:
        eye.take(page, "explore")


def sharing(eye: Camera) -> None:
    """A collection with a link that ends."""
    evening = Collection.objects.get(title="Evenings and nights")
    with eye.window("alice", f"/collections/{evening.pk}/") as page:
        page.get_by_role("button", name="New link").click()
        expect(page.locator(".links li")).to_have_count(1)
        page.mouse.wheel(0, -9999)
        eye.take(page, "sharing")


def workshop(eye: Camera) -> None:
    """What the teacher of a class sees."""
    with eye.window("alice", "/workshops/") as page:
        page.get_by_role("link", name="Class 4b").click()
        expect(page.locator(".qr")).to_be_visible()
        eye.take(page, "workshop")


def use(eye: Camera) -> None:
    with eye.window("alice", "/account/use/") as page:
        eye.take(page, "use")


def moderation(eye: Camera) -> None:
    """A report, as a moderator meets it: the picture blurred until it is asked for."""
    with eye.window("mod", "/moderation/") as page:
        expect(page.locator("main")).to_have_attribute("data-ready", "true")
        eye.take(page, "moderation")


def operations(eye: Camera) -> None:
    """Workers and queues, while somebody has many pictures made."""
    with eye.window("bob", "/studio/?board=new") as busy, eye.window("olga", "/operations/") as page:
        expect(page.locator("#live")).to_have_attribute("data-state", "online")
        expect(page.locator(".ops-worker").first).to_be_visible()
        begin(busy, "Many houses")
        slide(busy, "#field-steps", 100)
        busy.locator("#field-count").fill("8")
        busy.locator("#generate").click()
        expect(page.locator("#running tr")).to_have_count(1)
        eye.take(page, "operations")
        busy.locator("[data-offer=cancel]").click()


SCENES: dict[str, Callable[[Camera], None]] = {
    scene.__name__: scene
    for scene in (
        *(studio, phone, work, gallery, explore, sharing, layers, live, variations, photo, shape, world, boards),
        *(workshop, use, moderation, operations),
    )
}
# What others show was made by these.
NEEDED = {"studio"}
