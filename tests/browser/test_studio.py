"""What a person does in the studio, in a real browser, on real parts: from a stroke to a saved work."""

import re

from playwright.sync_api import Page, expect

from gallery.models import Work
from studio.models import Generation
from tests.browser.waiting import until


def draw_a_house(page: Page) -> None:
    """A few strokes with the mouse."""
    box = page.locator("#board").bounding_box()
    assert box
    x, y, w, h = box["x"], box["y"], box["width"], box["height"]
    for line in ([(0.25, 0.8), (0.25, 0.5), (0.5, 0.25), (0.75, 0.5), (0.75, 0.8), (0.25, 0.8)],
                 [(0.45, 0.8), (0.45, 0.62), (0.55, 0.62), (0.55, 0.8)]):  # fmt: skip
        page.mouse.move(x + line[0][0] * w, y + line[0][1] * h)
        page.mouse.down()
        for px, py in line[1:]:
            page.mouse.move(x + px * w, y + py * h, steps=6)
        page.mouse.up()


def ask(page: Page, prompt: str, model: str = "fake", steps: int | None = None) -> None:
    """Fill the form; the number of steps is typed with the keyboard's own keys on the slider."""
    page.locator("#field-model").select_option(model)
    page.locator("#field-prompt").fill(prompt)
    if steps:
        page.locator("#field-steps").evaluate(
            "(slider, n) => { slider.value = n; slider.dispatchEvent(new Event('input', {bubbles: true})) }", steps
        )


def test_a_drawing_becomes_a_picture_that_is_found_in_the_gallery(open_page, log_in, alice) -> None:
    page = open_page()
    log_in(page, "alice")
    expect(page.locator("#connection")).to_have_text("Connected")
    expect(page.locator("#mode")).to_have_attribute("data-tool", "text_to_image")
    draw_a_house(page)
    expect(page.locator("#mode")).to_have_attribute("data-tool", "sketch_to_image")
    ask(page, "a red house on a grassy hill, sunny day, cartoon", "starter")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".tile img").first).to_be_visible(timeout=60_000)  # torch may still be on its way in
    expect(page.locator(".showing")).to_have_attribute("data-state", "finished", timeout=60_000)
    expect(page.locator(".tile img")).to_have_attribute("src", re.compile("^/media/works/"))
    with page.expect_download() as download:
        page.locator("[data-offer=download]").click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")

    page.goto("/gallery/")
    work = Work.objects.get()
    expect(page.locator(f"a[href='/gallery/{work.pk}/']").first).to_be_visible()
    page.goto(f"/gallery/{work.pk}/")
    expect(page.get_by_text("a red house on a grassy hill").first).to_be_visible()
    expect(page.get_by_text(str(work.seed)).first).to_be_visible()

    page.goto(f"/studio/?work={work.pk}")
    expect(page.locator("#field-prompt")).to_have_value(re.compile("a red house"))
    expect(page.locator("#field-seed")).to_have_value(str(work.seed))
    expect(page.locator("#mode")).to_have_attribute("data-tool", "sketch_to_image")


def test_previews_and_real_steps_are_seen_while_it_works(studio, held) -> None:
    page = studio()
    ask(page, held.word, steps=12)
    page.locator("#generate").click()
    expect(page.locator(".caption-detail")).to_contain_text(re.compile(r"step \d+ of 12"))
    expect(page.locator(".tile img")).to_have_attribute("src", re.compile("^blob:"))
    expect(page.locator(".caption progress")).to_have_attribute("value", re.compile(r"[3-9]|1\d"))
    held.let_go()
    expect(page.locator(".showing")).to_have_attribute("data-state", "finished")


def test_the_chosen_sampler_makes_the_picture_and_comes_back_with_its_settings(studio) -> None:
    page = studio()
    ask(page, "a red house", "starter", steps=4)
    page.locator("#field-sampler").select_option("Euler a")
    page.locator("#generate").click()
    expect(page.locator(".showing")).to_have_attribute("data-state", "finished", timeout=60_000)
    work = Work.objects.get()
    assert (work.recipe["params"]["sampler"], work.recipe["facts"]["sampler"]) == ("Euler a", "Euler a")

    page.locator("#field-model").select_option("fake")
    expect(page.locator("[data-field=sampler]")).to_be_hidden()
    page.goto(f"/studio/?work={work.pk}")
    expect(page.locator("#field-sampler")).to_have_value("Euler a")


def test_a_reload_in_the_middle_goes_on_where_it_was(studio, held) -> None:
    page = studio()
    draw_a_house(page)
    ask(page, held.word, steps=20)
    page.locator("#generate").click()
    expect(page.locator(".caption-detail")).to_contain_text(re.compile(r"step \d+ of"))
    page.reload()
    expect(page.locator(".showing")).to_have_attribute("data-state", "running")
    expect(page.locator(".caption-detail")).to_contain_text(re.compile(r"step \d+ of"))
    expect(page.locator("#mode")).to_have_attribute("data-tool", "sketch_to_image")
    held.let_go()
    expect(page.locator(".showing")).to_have_attribute("data-state", "finished")
    assert Generation.objects.count() == 1


# How many submits that nobody has answered lie in the browser.
UNSENT = """() => new Promise((go, not) => {
  const opening = indexedDB.open("brushwire.unsent");
  opening.onerror = not;
  opening.onsuccess = () => {
    const counting = opening.result.transaction("submits").objectStore("submits").count();
    counting.onsuccess = () => (opening.result.close(), go(counting.result));
  };
})"""


def test_the_network_goes_and_comes_back(studio, held, faults) -> None:
    page = studio()
    ask(page, held.word, steps=20)
    page.locator("#generate").click()
    expect(page.locator(".caption-detail")).to_contain_text(re.compile(r"step \d+ of"))
    page.context.set_offline(True)
    page.evaluate("window.dispatchEvent(new Event('offline'))")
    expect(page.locator("#connection")).not_to_have_text("Connected")
    page.context.set_offline(False)
    expect(page.locator("#connection")).to_have_text("Connected")
    held.let_go()
    expect(page.locator(".showing")).to_have_attribute("data-state", "finished")
    # What is asked for without a connection is not lost with the page.
    address = page.url
    page.context.set_offline(True)
    page.evaluate("window.dispatchEvent(new Event('offline'))")
    ask(page, "asked for alone", steps=2)
    page.locator("#generate").click()
    expect(page.locator(".showing")).to_have_attribute("data-state", "sending")
    until(page, UNSENT, 1)
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto(address)
    expect(page.locator(".caption-prompt")).to_have_text("asked for alone")
    expect(page.locator(".showing")).to_have_attribute("data-state", "finished")
    page.reload()
    expect(page.locator("#strip li img")).to_have_count(2)
    assert Generation.objects.count() == 2
    faults[:] = [fault for fault in faults if "ERR_INTERNET_DISCONNECTED" not in fault]


def test_cancel_stops_it(studio, held) -> None:
    page = studio()
    ask(page, held.word, steps=50)
    page.locator("#generate").click()
    expect(page.locator(".caption-detail")).to_contain_text(re.compile(r"step \d+ of"))
    page.locator("[data-offer=cancel]").click()
    expect(page.locator(".showing")).to_have_attribute("data-state", "cancelled")
    assert Work.objects.count() == 0


def test_two_devices_show_the_same_and_two_people_never(open_page, log_in, alice, bob) -> None:
    desk, phone, his = open_page(), open_page(viewport={"width": 390, "height": 844}, has_touch=True), open_page()
    log_in(desk, "alice")
    expect(desk.locator("#studio")).to_have_attribute("data-ready", "true")
    draw_a_house(desk)
    expect(desk.locator("#board-state")).to_have_attribute("data-state", "saved")
    log_in(phone, "alice")
    log_in(his, "bob")
    ask(desk, "a secret", steps=10)
    desk.locator("#generate").click()
    expect(phone.locator("#strip li")).to_have_count(1)
    expect(desk.locator(".showing")).to_have_attribute("data-state", "finished")
    expect(phone.locator("#strip li img")).to_have_count(1)
    expect(his.locator("#strip li")).to_have_count(0)
    assert "secret" not in his.content()
    work = Work.objects.get()
    answers = [his.request.get(path).status for path in (f"/gallery/{work.pk}/", f"/media/works/{work.pk}/image")]
    assert answers == [404, 404]


def test_undo_redo_clear_and_keys(studio) -> None:
    page = studio()
    mode = page.locator("#mode")
    draw_a_house(page)
    expect(mode).to_have_attribute("data-tool", "sketch_to_image")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(mode).to_have_attribute("data-tool", "text_to_image")
    page.keyboard.press("Control+Shift+z")
    expect(mode).to_have_attribute("data-tool", "sketch_to_image")
    page.locator("#clear").click()
    expect(mode).to_have_attribute("data-tool", "text_to_image")
    page.locator("#undo").click()
    expect(mode).to_have_attribute("data-tool", "sketch_to_image")
    prompt_keys(page)
    own_keys(page)


def prompt_keys(page: Page) -> None:
    """Words get more weight, and come back from before."""
    prompt = page.locator("#field-prompt")
    ask(page, "a red house")
    page.locator("#generate").click()
    expect(page.locator(".showing")).to_have_attribute("data-state", "finished")
    prompt.fill("a boat")
    for key in ("Home", "Control+ArrowUp", "Control+ArrowUp"):
        prompt.press(key)
    expect(prompt).to_have_value("(a:1.2) boat")
    prompt.press("Control+ArrowDown")
    prompt.press("Control+ArrowDown")
    prompt.press("Alt+ArrowUp")
    expect(prompt).to_have_value("a red house")
    prompt.press("Alt+ArrowDown")
    expect(prompt).to_have_value("a boat")


def own_keys(page: Page) -> None:
    """A key of one's own takes the place of another, is in the tooltips, stays, and can be given back."""
    page.locator("#board").focus()
    page.keyboard.press("?")
    page.locator("[data-row=fill] button").click()
    page.keyboard.press("e")
    expect(page.locator("#keys-told")).to_contain_text("Eraser")
    page.locator("[data-row=generate] button").click()
    page.keyboard.press("j")
    expect(page.locator("#keys-told")).to_contain_text("Ctrl or Alt")
    page.locator("[data-row=undo] button").click()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_visible()
    page.reload()
    expect(page.locator("button[data-tool=fill]")).to_have_attribute("title", "Fill (E)")
    expect(page.locator("#studio")).to_have_attribute("data-ready", "true")
    page.keyboard.press("e")
    expect(page.locator("button[data-tool=fill]")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("?")
    page.locator("#keys-reset").click()
    expect(page.locator("button[data-tool=eraser]")).to_have_attribute("title", "Eraser (E)")


def test_a_finger_draws_too(open_page, log_in, alice) -> None:
    page = open_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    log_in(page, "alice")
    page.locator("#board").scroll_into_view_if_needed()
    page.locator("#board").tap()
    expect(page.locator("#mode")).to_have_attribute("data-tool", "sketch_to_image")


def test_a_missing_prompt_is_said_at_its_field(studio) -> None:
    page = studio()
    page.locator("#generate").click()
    expect(page.locator("[data-field=prompt]")).to_contain_text("Please write what to draw.")


def test_deleting_a_work_needs_no_question_and_leads_back(studio) -> None:
    page = studio()
    ask(page, "a house", steps=2)
    page.locator("#generate").click()
    expect(page.locator(".showing")).to_have_attribute("data-state", "finished")
    page.goto(f"/gallery/{Work.objects.get().pk}/")
    page.get_by_role("button", name=re.compile("delete", re.I)).first.click()
    page.wait_for_url("**/gallery/")
    expect(page.locator(".message").get_by_role("button", name="Undo")).to_be_visible()
    assert Work.objects.get().deleted_at is not None
