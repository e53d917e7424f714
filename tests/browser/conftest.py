"""A real Chromium in front of the whole studio. A console error or a broken content policy fails the test."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from accounts.models import User
from tests.conftest import PASSWORD
from tests.stack.processes import Stack, running
from tests.stack.session import session_cookie
from tests.tools import chromium

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright's loop runs in this thread; the tests' ORM is its own


# How long a page may take for something to happen, in milliseconds. Nothing waits so long unless the machine is busy.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session", autouse=True)
def taps_are_short() -> Iterator[None]:
    """A tap is given as a click: on a busy machine the two halves of Playwright's come so far apart that Chromium takes
    them for a long press, which presses nothing. What is about fingers sends its own touches (test_board_touch.py)."""
    usual = Locator.tap
    Locator.tap = Locator.click
    yield
    Locator.tap = usual


@pytest.fixture(scope="session")
def shared_stack(django_db_setup: None, django_db_blocker: object, redis_server: object) -> Iterator[Stack]:
    with running(django_db_blocker, BRUSHWIRE_WARM_UP="1") as stack:
        yield stack


@pytest.fixture
def stack(shared_stack: Stack, transactional_db: None, models: None) -> Stack:
    return shared_stack


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(chromium.find()), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.fixture
def faults() -> Iterator[list[str]]:
    """What went wrong inside the pages; must be empty at the end. A test may clear what it provoked."""
    found: list[str] = []
    yield found
    assert not found


@pytest.fixture
def open_page(stack: Stack, browser: Browser, faults: list[str]) -> Iterator[object]:
    """`open_page(path, **context)` is a new private window at `path`, by default an empty one."""
    contexts: list[BrowserContext] = []

    def open_one(path: str = "about:blank", **options: object) -> Page:
        context = browser.new_context(base_url=stack.url, **options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        watch(page, faults)
        if path != page.url:
            page.goto(path)
        return page

    yield open_one
    for context in contexts:
        context.close()


def watch(page: Page, faults: list[str]) -> None:
    """Note console errors, uncaught exceptions and violations of the content policy."""
    page.on("console", lambda m: faults.append(f"console: {m.text}") if m.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(f"uncaught: {error}"))
    page.add_init_script(
        "addEventListener('securitypolicyviolation', e => console.error('policy', e.violatedDirective, e.blockedURI))"
    )


@pytest.fixture
def log_in(stack: Stack):
    """The page is the studio, or what is at `path`, of somebody who logged in before: it begins with the session of a
    log-in."""

    def log_in(page: Page, name: str, path: str = "/studio/") -> None:
        cookie, _, key = session_cookie(User.objects.get(username=name)).partition("=")
        page.context.add_cookies([{"name": cookie, "value": key, "url": stack.url}])
        page.goto(path)

    return log_in


@pytest.fixture
def log_in_by_hand():
    """Log in through the page, as a person does: a load of a page and one of the form more than `log_in`."""

    def log_in(page: Page, name: str) -> None:
        page.goto("/accounts/login/?next=/studio/")
        page.locator("#id_login").fill(name)
        page.locator("#id_password").fill(PASSWORD)
        page.locator("main form:not([data-passkey]) button[type=submit]").click()
        page.wait_for_url(lambda url: urlsplit(url).path == "/studio/")  # the log-in's own address names it, too

    return log_in


@dataclass(frozen=True)
class Held:
    """A picture of the fake engine that stays half way for as long as a test likes: `word` goes into its prompt."""

    go: Path

    @property
    def word(self) -> str:
        return f"until:{self.go}"

    def let_go(self) -> None:
        """It is finished now, as is every other one with this word."""
        self.go.touch()


@pytest.fixture
def held() -> Iterator[Held]:
    held = Held(Path(os.environ["BRUSHWIRE_VAR"]) / f"go-{uuid4().hex[:8]}")
    yield held
    held.let_go()  # nothing is left standing in the worker


@pytest.fixture
def studio(open_page, log_in, alice):
    """`studio(**context)` is alice's studio, ready to be drawn in."""

    def open_studio(**context: object) -> Page:
        page = open_page(**context)
        log_in(page, "alice")
        expect(page.locator("#studio")).to_have_attribute("data-ready", "true")
        return page

    return open_studio
