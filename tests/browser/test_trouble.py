"""What goes wrong around a person who draws: no network, a server that starts anew, a full queue, a used-up quota, a
second tab. What was drawn stays, all goes on by itself, and what does not is said in place."""

import re
import signal

from playwright.sync_api import Page, expect

from accounts.models import Role
from studio.models import Board, Generation
from tests.browser.board import COUNT, drawn, ink, place
from tests.browser.test_boards import marks
from tests.browser.test_live import go_live, heard, scribble
from tests.browser.test_studio import ask, draw_a_house
from tests.browser.waiting import alike

# What the browser itself says of a server that is away, or on its way back.
WHILE_AWAY = "ERR_CONNECTION|WebSocket|502|503|Failed to load"


def cut(page: Page) -> None:
    """No network from now on; Chromium tells a page only of sockets that it opens anew."""
    page.context.set_offline(True)
    page.evaluate("window.dispatchEvent(new Event('offline'))")
    expect(page.locator("#connection")).not_to_have_text("Connected")


def mend(page: Page, faults: list[str]) -> None:
    """The network again; what the browser itself said of its absence is no fault of the page."""
    page.context.set_offline(False)
    expect(page.locator("#connection")).to_have_text("Connected")
    faults[:] = [fault for fault in faults if "ERR_INTERNET_DISCONNECTED" not in fault]


def last_picture(page: Page) -> str:
    """The address of the live picture once no other one comes any more: a frame is decoded before it is shown."""
    addresses = [""]
    while len(addresses) < 6 or len(set(addresses[-5:])) > 1:
        assert len(addresses) < 300, "pictures come and come"
        addresses.append(str(page.locator("#live-picture img").last.get_attribute("src")))
        page.wait_for_timeout(100)
    return addresses[-1]


def test_a_stroke_is_finished_without_a_network_and_saved_when_it_is_back(studio, alice, faults) -> None:
    page = studio()
    expect(page.locator("#connection")).to_have_text("Connected")
    page.mouse.move(*place(page, 0.2, 0.3))
    page.mouse.down()
    page.mouse.move(*place(page, 0.4, 0.3), steps=5)
    cut(page)
    page.mouse.move(*place(page, 0.8, 0.3), steps=5)
    page.mouse.up()
    assert ink(page, 0.2, 0.25, 0.4, 0.35) > 0 and ink(page, 0.6, 0.25, 0.8, 0.35) > 0
    expect(page.locator("#connection")).to_be_visible()
    assert not Board.objects.exists()
    mend(page, faults)
    expect(page.locator("#board-state")).to_have_attribute("data-state", "saved")
    assert Board.objects.get().owner == alice


def test_live_drawing_goes_on_after_the_network_was_away(open_page, log_in, alice, faults) -> None:
    page = open_page()
    log_in(page, "alice")
    go_live(page)
    scribble(page, 3)
    expect(page.locator("#live")).to_have_attribute("data-state", "refined")
    cut(page)
    shown = last_picture(page)
    scribble(page, 6)
    assert page.locator("#live-picture img").last.get_attribute("src") == shown, "the last good picture stays"
    before = len(heard(page))
    mend(page, faults)
    expect(page.locator("#live-picture img").last).not_to_have_attribute("src", str(shown))
    kinds = [message["type"] for message in heard(page)[before:]]
    assert kinds.count("draw") <= kinds.count("frame") + 1, "what was drawn meanwhile comes as one"


def test_a_server_that_restarts_while_somebody_draws_live_is_waited_for(
    open_page, log_in, stack, alice, faults
) -> None:
    page = open_page()
    log_in(page, "alice")
    go_live(page)
    scribble(page, 2)
    expect(page.locator("#live")).to_have_attribute("data-state", "refined")
    stack.kill("web")
    try:
        expect(page.locator("#connection")).not_to_have_text("Connected")
        shown = last_picture(page)
        scribble(page, 4)
        expect(page.locator("#live-words")).to_have_text("No connection. It goes on by itself.")
        assert page.locator("#live-picture img").last.get_attribute("src") == shown
    finally:
        stack.start("web")
    expect(page.locator("#connection")).to_have_text("Connected", timeout=60_000)
    expect(page.locator("#live-picture img").last).not_to_have_attribute("src", str(shown))
    expect(page.locator("#live")).to_have_attribute("data-state", "refined")
    expect(page.locator("#board-state")).to_have_attribute("data-state", "saved", timeout=60_000)
    assert Board.objects.get().owner == alice
    faults[:] = [fault for fault in faults if not re.search(WHILE_AWAY, fault)]


def test_a_full_queue_and_a_used_up_quota_are_told_in_place_and_nothing_is_lost(studio, alice) -> None:
    page = studio()
    draw_a_house(page)
    member = Role.objects.get(group__name="member")
    Role.objects.filter(pk=member.pk).update(queued=1)
    waiting = {"owner": alice, "tool": "text_to_image", "model_name": "fake", "queue": "nowhere"}
    Generation.objects.create(command="waits", params={"prompt": "x", "steps": 2, "count": 1}, **waiting)
    ask(page, "a house that must not get lost", steps=2)
    page.locator("#generate").click()
    told = page.locator("#form-error")
    expect(told).to_have_text("You already have 1 picture waiting. Please wait for it.")
    expect(told).to_be_in_viewport()
    expect(told).to_have_role("alert")
    Generation.objects.filter(command="waits").delete()
    Role.objects.filter(pk=member.pk).update(queued=member.queued, images_per_day=0)
    page.locator("#generate").click()
    expect(told).to_have_text("You can make 0 pictures a day. There will be new ones tomorrow.")
    expect(page.locator("#field-prompt")).to_have_value("a house that must not get lost")
    assert ink(page) > 0
    member.save()
    page.locator("#generate").click()
    expect(page.locator("#strip li img")).to_have_count(1)
    expect(told).to_be_hidden()


def test_a_server_that_starts_anew_under_an_open_page_costs_nothing(studio, stack, held, faults) -> None:
    page = studio()
    draw_a_house(page)
    expect(page.locator("#board-state")).to_have_attribute("data-state", "saved")
    ask(page, held.word, steps=20)
    page.locator("#generate").click()
    expect(page.locator(".caption-detail")).to_contain_text(re.compile(r"step \d+ of"))
    stack.kill("web", signal.SIGTERM)
    try:
        expect(page.locator("#connection")).not_to_have_text("Connected")
        before = ink(page)
        page.mouse.move(*place(page, 0.1, 0.9))
        page.mouse.down()
        page.mouse.move(*place(page, 0.9, 0.9), steps=5)
        page.mouse.up()
        assert ink(page) > before, "one draws on meanwhile"
        page.locator("#field-prompt").fill("asked while nobody answered")
        page.locator("#field-tool").select_option("text_to_image")
        page.locator("#generate").click()
    finally:
        stack.start("web")
    expect(page.locator("#connection")).to_have_text("Connected")
    held.let_go()
    expect(page.locator("#strip li img")).to_have_count(2)
    expect(page.locator("#board-state")).to_have_attribute("data-state", "saved")
    assert Generation.objects.filter(state="finished").count() == 2, "each once"
    assert marks() == 2 + 1, "each stroke once"
    faults[:] = [fault for fault in faults if not re.search(WHILE_AWAY, fault)]


def test_two_tabs_of_one_person_agree(studio, held) -> None:
    page = studio()
    draw_a_house(page)
    expect(page.locator("#board-state")).to_have_attribute("data-state", "saved")
    other = page.context.new_page()
    other.goto("/studio/")
    expect(other.locator("#connection")).to_have_text("Connected")
    alike(f"({COUNT})([0, 0, 1, 1])", page, other)
    ask(page, held.word, steps=40)
    page.locator("#generate").click()
    expect(other.locator(".caption-detail")).to_contain_text(re.compile(r"step \d+ of"))
    other.locator("[data-offer=cancel]").click()
    for tab in (page, other):
        expect(tab.locator(".showing")).to_have_attribute("data-state", "cancelled")
        expect(tab.locator("#strip li")).to_have_count(1)
    before = ink(page)
    other.mouse.move(*place(other, 0.1, 0.9))
    other.mouse.down()
    other.mouse.move(*place(other, 0.9, 0.9), steps=5)
    other.mouse.up()
    expect(other.locator("#board-state")).to_have_attribute("data-state", "saved")
    page.bring_to_front()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    drawn(page, 0.1, 0.85, 0.9, 0.95)
    alike(f"({COUNT})([0, 0, 1, 1])", page, other)  # what is still wet lies on a sheet of its own
    assert ink(page) > before
    expect(page.locator("#board-state")).not_to_have_attribute("data-state", "conflict")
