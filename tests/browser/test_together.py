"""One board, three people in three browsers: who owns it, who draws along, who watches; each sees what another does."""

from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from studio.commands import sharing
from studio.models import Board
from tests.browser.board import draw, drawn
from tests.browser.test_boards import ready, saved
from tests.conftest import _person


@dataclass
class Three:
    """The pages of alice (who owns the board), bob (who draws along) and carol (who watches)."""

    board: Board
    owner: Page
    drawer: Page
    watcher: Page


@pytest.fixture
def carol(db: None) -> User:
    return _person("carol")


@pytest.fixture
def three(studio, open_page, log_in, bob: User, carol: User) -> Three:
    owner = studio(viewport={"width": 1440, "height": 900})
    draw(owner, (0.1, 0.1), (0.9, 0.1))
    saved(owner)
    board = Board.objects.select_related("owner").get()
    pages = []
    for name, role in (("bob", "draw"), ("carol", "watch")):
        sharing.add(board.owner, board.pk, name, role)
        page = open_page()
        log_in(page, name)
        page.goto(f"/studio/?board={board.pk}")
        ready(page)
        drawn(page, 0, 0, 1, 0.2)
        pages.append(page)
    return Three(board, owner, *pages)


def test_three_people_draw_on_one_board(three: Three) -> None:
    expect(three.owner.locator("#people .face-button")).to_have_count(2)
