"""Comments on a board between two people: said at a place, read, answered, signed, settled; and cheers."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from studio.models import Board, BoardComment, BoardMember
from studio.rooms import access
from tests.browser.axe import findings
from tests.browser.board import click_quickly, draw, drawn
from tests.browser.test_studio import draw_a_house

pytestmark = pytest.mark.django_db(transaction=True)

# Keeps the words of what floats up and is gone again.
CHEERED = """() => {
  globalThis.cheered = [];
  const note = ({ addedNodes }) => cheered.push(...[...addedNodes].map((each) => each.textContent));
  const watch = new MutationObserver((changes) => changes.forEach(note));
  watch.observe(document.querySelector('.cheers'), { childList: true });
}"""


def ready(page: Page) -> None:
    expect(page.locator("#studio")).to_have_attribute("data-ready", "true")
    expect(page.locator("#board-state")).to_have_attribute("data-state", "saved")


def middle(page: Page, dx: float, dy: float) -> tuple[float, float]:
    box = page.locator("#board").bounding_box()
    assert box
    return box["x"] + box["width"] * (0.5 + dx), box["y"] + box["height"] * (0.5 + dy)


def test_two_people_talk_about_a_place_of_the_board(studio, open_page, log_in, alice: User, bob: User) -> None:
    hers = studio(viewport={"width": 1440, "height": 900})
    draw_a_house(hers)
    ready(hers)
    board = Board.objects.get(owner=alice)
    BoardMember.objects.create(board=board, user=bob, role="comment")
    his = open_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    log_in(his, "bob", f"/studio/?board={board.pk}")
    ready(his)

    # Bob, on a phone, says something at a place. He may not draw; he may comment.
    his.locator("#comment-tool").click()
    expect(his.locator(".comment-list")).to_be_visible()
    his.keyboard.press("Escape")
    expect(his.locator(".comment-list")).to_be_hidden()
    his.locator("#comment-tool").click()
    click_quickly(his, *middle(his, -0.2, -0.2))
    his.locator(".comment-card textarea").fill("More light here")
    his.locator(".comment-card").get_by_role("button", name="Send").click()
    expect(his.locator(".comment-words")).to_have_text("More light here")
    said = BoardComment.objects.get()
    assert (said.author, said.thread.board) == (bob, board)
    assert said.thread.x < 0 and said.thread.y < 0

    # Alice sees the pin and that it is new, and answers.
    pin = hers.locator(".comment-pin")
    expect(pin).to_have_text("B")
    expect(hers.locator("#comment-tool .comment-dot")).to_be_visible()
    before = pin.bounding_box()
    hers.locator("#view-mirror").click()
    hers.wait_for_function("x => document.querySelector('.comment-pin').getBoundingClientRect().x > x", arg=before["x"])
    hers.locator("#view-mirror").click()
    pin.click()
    expect(hers.locator("#comment-tool .comment-dot")).to_be_hidden()
    card = hers.locator(".comment-card")
    expect(card.locator("textarea")).to_be_focused()
    hers.keyboard.type("b, c and j are no keys in here")
    hers.keyboard.press("Control+Enter")
    expect(his.locator(".comment-words")).to_have_count(2)
    expect(card.locator(".comment-words")).to_have_count(2)  # from now on nothing is exchanged under the hand
    card.locator("[data-comment]").first.get_by_role("button", name="Leave a sign").click()
    card.locator("[data-comment]").first.get_by_role("button", name="Love").click()
    expect(his.locator(".sign-chip[data-sign=love]")).to_contain_text("1")

    assert not findings(hers)
    # The list of people is tested by itself.

    # A cheer is seen by both, and gone again. What is settled leaves the board.
    hers.keyboard.press("Escape")
    expect(card).to_be_hidden()
    hers.mouse.move(*middle(hers, 0.2, 0.1))
    his.evaluate(CHEERED)
    hers.keyboard.press("j")
    his.wait_for_function("() => globalThis.cheered.join().includes('alice')")  # seen for two seconds only
    expect(his.locator(".cheer")).to_have_count(0)
    his.locator(".comment-card").get_by_role("button", name="Resolve").click()
    expect(hers.locator(".comment-pin")).to_have_count(0)
    hers.keyboard.press("c")

    hers.locator(".comment-list").get_by_role("button", name="Resolved").click()
    hers.keyboard.press("Tab")
    hers.locator(".comment-row").press("Enter")
    expect(card).to_contain_text("Resolved by bob")
    card.locator(".comment").first.get_by_role("button", name="Delete").click()
    expect(card.locator(".comment-words")).to_have_count(1)
    assert BoardComment.objects.filter(deleted_at=None).count() == 1

    # Bob may draw from now on: the replay says who drew what, and everybody hears of an earlier version.
    board.refresh_from_db()
    earlier = board.versions.create(document=board.document, revision=1, size=board.size)
    BoardMember.objects.filter(user=bob).update(role="draw")
    access.announce(board.pk, "access")
    his.locator("#comment-tool").click()
    expect(his.locator(".board-closed")).to_be_hidden()
    his.locator("button[data-tool=brush]").click()
    draw(his, (0.1, 0.1), (0.3, 0.2))
    ready(his)
    drawn(hers, 0.1, 0.1, 0.2, 0.2)
    hers.locator(".board-title").click()
    hers.locator("#board-replay").click()
    expect(hers.locator(".replay-people li")).to_have_text(["alice", "bob"])
    hers.get_by_label("Show who drew what").check()
    assert not findings(hers)
    hers.keyboard.press("Escape")
    hers.locator(".board-title").click()
    hers.locator("#board-versions button").last.click()
    versions = hers.locator(".versions")
    expect(versions.locator(".versions-row[aria-current=true]")).to_contain_text("bob")
    expect(versions.get_by_role("button", name="Go back to this")).to_be_enabled()
    assert not findings(hers)
    versions.get_by_role("button", name="Go back to this").click()
    expect(his.locator("#board-note")).to_contain_text("alice went back to an earlier version")
    assert board.versions.exclude(pk=earlier.pk).exists()
