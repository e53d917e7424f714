"""One live picture for all in real browsers: who watches sees the same one as who draws, and it can be kept."""

from playwright.sync_api import Page, expect

from studio.commands import sharing
from studio.models import Board
from tests.browser import axe
from tests.browser.board import draw
from tests.browser.test_boards import ready, saved
from tests.browser.test_studio import ask
from tests.browser.waiting import alike
from tests.conftest import _person

# The live picture as it is seen; null while there is none yet.
PIXELS = """() => {
  const picture = [...document.querySelectorAll('#live-picture img[data-done]')].at(-1);
  if (!picture) return null;
  const canvas = Object.assign(document.createElement('canvas'), { width: 32, height: 32 });
  canvas.getContext('2d').drawImage(picture, 0, 0, 32, 32);
  return canvas.toDataURL();
}"""


def refined(*pages: Page) -> None:
    for page in pages:
        expect(page.locator("#live")).to_have_attribute("data-state", "refined", timeout=60_000)


def test_all_see_one_live_picture_and_what_was_kept_of_it(studio, open_page, log_in, alice) -> None:
    carol = _person("carol")
    hers = studio(viewport={"width": 1440, "height": 900})
    draw(hers, (0.1, 0.1), (0.9, 0.1))
    saved(hers)
    board = Board.objects.get()
    sharing.add(alice, board.pk, "carol", "watch")
    watching = open_page()
    log_in(watching, carol.username, f"/studio/?board={board.pk}")
    ready(watching)
    expect(watching.locator("#live-switch")).to_be_hidden(timeout=30_000)

    expect(hers.locator("#live-switch")).to_have_text("Live for all", timeout=30_000)
    ask(hers, "x")
    hers.locator("#live-switch").click()
    expect(watching.locator("#live")).to_be_visible(timeout=30_000)
    draw(hers, (0.2, 0.3), (0.8, 0.6))
    refined(hers, watching)
    expect(hers.locator("#live-by")).to_have_text("Last drawn by you")
    expect(watching.locator("#live-by")).to_have_text("Last drawn by alice")
    alike(PIXELS, hers, watching)

    expect(watching.locator("#live-keep")).to_be_hidden()
    hers.locator("#live-keep").click()
    for page in (hers, watching):
        expect(page.locator(".kept-item img")).to_be_visible(timeout=60_000)
        expect(page.locator(".kept-words")).to_have_text("Kept by alice")

    assert not axe.findings(watching)

    # Whoever comes later, or again, sees it at once; and it ends for all.
    watching.reload()
    expect(watching.locator("#live-picture img").last).to_be_visible(timeout=30_000)
    hers.locator("#live-switch").click()
    expect(watching.locator("#live")).to_be_hidden(timeout=30_000)
