"""A lesson: a pupil draws, the teacher's wall shows it, puts it on the big screen, clears it and brings it back."""

from playwright.sync_api import Page, expect

from tests.browser import axe
from tests.browser.board import draw

# Painted pixels of the big screen's drawing.
PAINTED = """() => [...document.querySelectorAll('#paper canvas.sheet')].reduce((sum, sheet) => {
  const { data } = sheet.getContext('2d').getImageData(0, 0, sheet.width, sheet.height);
  for (let i = 3; i < data.length; i += 4) sum += data[i] > 100;
  return sum;
}, 0)"""


def painted(screen: Page, drawn: bool) -> bool:
    """Whether something is to be seen on the screen at last, or nothing."""
    for _ in range(300):
        if (screen.evaluate(PAINTED) > 500) == drawn:
            return True
        screen.wait_for_timeout(100)
    return False


def test_a_teacher_watches_and_steers_what_is_drawn(open_page, log_in, workshop, zoe) -> None:
    pupil, teacher = open_page(), open_page(viewport={"width": 1440, "height": 900})
    log_in(pupil, "zoe")
    expect(pupil.locator("#studio")).to_have_attribute("data-ready", "true")
    log_in(teacher, "teacher", f"/workshops/{workshop.pk}/boards/")
    expect(teacher.locator("#wall-waiting")).to_contain_text("zoe")
    draw(pupil, (0.1, 0.2), (0.9, 0.2), (0.5, 0.8))
    tile = teacher.locator(".tile")
    expect(tile.locator(".tile-who")).to_have_text("zoe")
    expect(tile.locator(".tile-picture")).to_be_visible()
    expect(tile.locator(".tile-people")).to_be_visible()
    assert not axe.findings(teacher)
    screen = teacher.context.new_page()
    screen.goto(f"/workshops/{workshop.pk}/screen/")
    expect(screen.locator(".screen-code")).to_have_text(workshop.code)
    tile.hover()
    teacher.get_by_role("button", name="Show the board of zoe on the big screen").click()
    expect(screen.locator("#about-title")).to_have_text("Board of zoe")
    assert painted(screen, True)
    assert not axe.findings(screen)
    tile.hover()
    teacher.get_by_role("button", name="Clear the board of zoe").click()
    teacher.get_by_role("button", name="Clear it").click()
    assert painted(screen, False)
    teacher.get_by_role("button", name="Undo").click()
    assert painted(screen, True)
    teacher.get_by_role("button", name="Freeze drawing").click()
    expect(teacher.locator("#wall-state")).to_have_text("drawing is frozen")
    teacher.locator("#dim").click()
    expect(screen.locator("#wait")).to_be_visible()
