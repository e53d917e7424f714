"""Nobody is shut out: axe-core finds nothing serious on any page, in light and dark, on desktop and phone; and the
studio is quick to load on a thin line."""

import gzip
import re

import pytest
from playwright.sync_api import Page, Response, expect

from gallery.models import Work
from tests.browser.axe import COLOURS, STILL, findings
from tests.browser.test_board import draw
from tests.browser.test_house import OPEN_PAGES, OWN_PAGES, PHONE
from tests.browser.test_studio import ask

MOST_SCRIPT = 150_000  # bytes, each file gzipped: until one can draw, set and ask
MOST_IN_ALL = 200_000  # with what is fetched right after that
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
WAYS = {"desktop": {"viewport": {"width": 1440, "height": 900}}, "phone": PHONE}


class Look:
    """Collects the findings of one page in its many states, in light and dark, so that one failure names them all."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.found: dict[str, list[str]] = {}

    def at(self, state: str) -> None:
        self.page.evaluate(STILL)
        for scheme, rules in (("dark", COLOURS), ("light", None)):
            self.page.emulate_media(color_scheme=scheme)
            self.page.evaluate(PAINTED)
            if found := findings(self.page, rules):
                self.found[f"{state}, {scheme}"] = found


@pytest.fixture(params=WAYS.values(), ids=WAYS.keys())
def look(request: pytest.FixtureRequest, open_page) -> Look:
    """A window in one of the two ways. Without movement: a colour half way through a change is nobody's."""
    return Look(open_page(reduced_motion="reduce", color_scheme="light", **request.param))


def draw_again(page: Page) -> None:
    """On a phone the settings and the picture take turns."""
    if (tab := page.locator(".tabs [data-view=draw]")).is_visible():
        tab.click()


def test_every_page_is_for_everyone(look: Look, log_in_by_hand, alice) -> None:
    for path in OPEN_PAGES:
        look.page.goto(path)
        look.at(path)
    look.page.goto("/accounts/login/")
    look.page.locator("#id_login").fill("alice")
    look.page.locator("#id_password").fill("wrong")
    look.page.locator("main form:not([data-passkey]) button[type=submit]").click()
    expect(look.page.locator(".field-error, .errorlist").first).to_be_visible()
    look.at("refused log-in")
    log_in_by_hand(look.page, "alice")
    for path in OWN_PAGES:
        look.page.goto(path)
        look.at(path)
    for menu in ("language-menu", "theme-menu", "account-menu"):
        opener = look.page.locator(f"[popovertarget={menu}]").locator("visible=true")
        if not opener.count():  # on a phone it stands in the menu of the account
            look.page.locator("[popovertarget=account-menu]").click()
        opener.click()
        look.at(menu)
        while look.page.locator(":popover-open").count():
            look.page.keyboard.press("Escape")
    assert not look.found


def test_the_studio_is_for_everyone_while_it_is_at_work(look: Look, log_in, alice) -> None:
    page = look.page
    log_in(page, "alice")
    expect(page.locator("#studio")).to_have_attribute("data-ready", "true")
    for fold in page.locator("details.fold:visible > summary").all():
        fold.click()
    look.at("all settings")
    draw(page, (0.2, 0.2), (0.8, 0.7))
    page.locator("#layers-button").click()
    look.at("layers")
    page.locator(".layer-toggle").first.click()
    look.at("a hidden layer")
    page.locator(".layer-toggle").first.click()
    page.locator("#layers-close").click()
    page.locator(".board-title").click()
    look.at("menu of the board")
    page.keyboard.press("Escape")
    page.evaluate("document.querySelector('#keys').showModal()")
    look.at("keyboard")
    page.keyboard.press("Escape")
    ask(page, "slow:0.8", steps=100)  # it is looked at, and cancelled, long before it could end
    page.locator("#generate").click()
    expect(page.locator(".caption-detail")).to_contain_text(re.compile(r"step \d+ of"))
    look.at("being made")
    page.locator("[data-offer=cancel]").click()
    expect(page.locator(".showing")).to_have_attribute("data-state", "cancelled")
    look.at("cancelled")
    draw_again(page)
    page.locator("#field-steps").fill("")
    page.locator("#generate").click()
    expect(page.locator(".field-error:visible").first).to_be_visible()
    look.at("a field that is wrong")
    assert not look.found


def test_a_picture_is_for_everyone_in_the_studio_and_in_the_gallery(look: Look, log_in, alice, faults) -> None:
    page = look.page
    log_in(page, "alice")
    expect(page.locator("#studio")).to_have_attribute("data-ready", "true")
    draw(page, (0.2, 0.2), (0.8, 0.7))
    expect(page.locator("#board-state")).to_have_attribute("data-state", "saved")
    ask(page, "a red house", steps=2)
    page.locator("#generate").click()
    expect(page.locator(".showing")).to_have_attribute("data-state", "finished")
    look.at("finished")
    page.goto("/gallery/")
    look.at("gallery")
    page.goto("/boards/")
    look.at("boards")
    page.goto(f"/gallery/{Work.objects.get().pk}/")
    look.at("work")
    page.goto("/gallery/00000000-0000-0000-0000-000000000000/")
    look.at("not found")
    faults[:] = [fault for fault in faults if "404 (Not Found)" not in fault]
    assert not look.found


def test_variations_and_a_refusal_are_for_everyone(look: Look, log_in, alice) -> None:
    page = look.page
    log_in(page, "alice")
    expect(page.locator("#connection")).to_have_text("Connected")
    ask(page, "a red house", steps=2)
    page.locator("#variations").click()
    expect(page.locator("#strip li img").first).to_be_visible()
    look.at("variations")
    draw_again(page)
    ask(page, "fail:out_of_memory", steps=4)
    page.locator("#generate").click()
    expect(page.locator(".showing")).to_have_attribute("data-state", "failed")
    look.at("failed")
    assert not look.found


def test_the_live_studio_is_for_everyone(look: Look, log_in, alice) -> None:
    page = look.page
    log_in(page, "alice")
    expect(page.locator("#connection")).to_have_text("Connected")
    ask(page, "x")
    page.locator("#live-switch").click()
    draw(page, (0.2, 0.2), (0.8, 0.7))
    look.at("live")
    assert not look.found


# What was fetched before the studio was ready: all by the page's own clock.
BEGUN = """() => {
  const [{ startTime: ready }] = performance.getEntriesByName('studio-ready');
  return performance.getEntriesByType('resource').filter((each) => each.startTime < ready).map((each) => each.name);
}"""


def test_the_studio_loads_little_script(open_page, log_in, alice) -> None:
    sizes: dict[str, int] = {}

    def note(response: Response) -> None:
        if response.request.resource_type == "script":
            sizes[response.url] = len(gzip.compress(response.body()))

    page = open_page("/accounts/login/")
    page.add_init_script("performance.setResourceTimingBufferSize(2000)")
    log_in(page, "alice")
    page.on("response", note)
    page.reload()
    expect(page.locator("#connection")).to_have_text("Connected")
    expect(page.locator("#live-switch")).to_be_enabled()  # the picture half is there as well
    begun = page.evaluate(BEGUN)
    first = {url: size for url, size in sizes.items() if url in begun}
    assert any("studio/main" in url for url in first) and not any("studio/picture" in url for url in first)
    assert sum(first.values()) < MOST_SCRIPT, sorted(first.items(), key=lambda item: -item[1])
    assert sum(sizes.values()) < MOST_IN_ALL, sorted(sizes.items(), key=lambda item: -item[1])
    print(f"first load: {len(first)} scripts, {sum(first.values())} bytes gzipped; in all {sum(sizes.values())}")


# What the one in focus looks like, to be compared with how it looks when it is not.
RING = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const around = [one, one.parentElement, one.parentElement?.parentElement, one.nextElementSibling].filter(Boolean);
  const look = () => around.map((node) => {
    const { outlineStyle, outlineWidth, boxShadow, borderColor, backgroundColor } = getComputedStyle(node);
    const outline = outlineStyle === "none" ? "" : outlineWidth + outlineStyle;
    return [outline, boxShadow, borderColor, backgroundColor].join(" ");
  }).join("|");
  const lit = look();
  one.blur();
  const plain = look();
  one.focus({ preventScroll: true, focusVisible: true });
  return [one.id || one.getAttribute("aria-label") || one.textContent.trim(), lit !== plain];
}"""

READY = {"/studio/": "#studio", "/gallery/": "#list"}


@pytest.mark.parametrize("path", ["/studio/", "/boards/", "/gallery/", "/accounts/password/change/"])
def test_the_one_in_focus_can_be_seen_all_the_way_round(open_page, log_in, alice, path) -> None:
    page = open_page(reduced_motion="reduce")
    log_in(page, "alice", path)
    if path in READY:  # what comes late must not take the focus along
        expect(page.locator(READY[path])).to_have_attribute("data-ready", "true")
    met: list[str] = []
    unseen: list[str] = []
    for _ in range(90):
        page.keyboard.press("Tab")
        if (answer := page.evaluate(RING)) is None:
            break
        name, visible = answer
        met.append(name)
        if not visible:
            unseen.append(name)
    assert len(met) > 5
    assert not unseen
