"""Waiting for what Playwright itself does not see: any state of a page, and what is shown for a moment only."""

import time
from typing import Any

from playwright.sync_api import Page

# Seconds until what should happen is given up.
PATIENCE = 60.0

# Notes every value that texts (`[selector, ""]`) or attributes (`[selector, name]`) have from now on, by their names.
NOTE = """(watched) => {
  globalThis.noted = Object.fromEntries(Object.keys(watched).map((name) => [name, []]));
  const look = () => {
    for (const [name, [selector, attribute]] of Object.entries(watched)) {
      const node = document.querySelector(selector);
      const value = attribute ? node?.getAttribute(attribute) : node?.textContent;
      if (value && noted[name].at(-1) !== value) noted[name].push(value);
    }
  };
  const all = { subtree: true, childList: true, characterData: true, attributes: true };
  new MutationObserver(look).observe(document.body, all);
  look();
}"""


def until(page: Page, state: str, value: Any = True) -> None:
    """Wait until an expression, or a function, gives `value` in the page. AssertionError: it does not in PATIENCE.

    (`page.wait_for_function` evaluates an expression anew each time inside the page, where the content policy lets it
    do so only once.)
    """
    end = time.monotonic() + PATIENCE
    while (now := page.evaluate(state)) != value:
        assert time.monotonic() < end, f"never {value}, but {now}: {state}"
        page.wait_for_timeout(50)


def note_down(page: Page, **watched: tuple[str, str]) -> None:
    """Note from now on what is shown, for `noted`: (selector, attribute) by name; "" is the text. Until the page is
    left."""
    page.evaluate(NOTE, {name: list(where) for name, where in watched.items()})


def noted(page: Page, name: str) -> list[str]:
    """All that was shown there since, in order; the same twice in a row counts once."""
    return list(page.evaluate("(name) => noted[name]", name))


def alike(state: str, *pages: Page) -> None:
    """Wait until a state is the same in all of these pages, and there. AssertionError: it is not in PATIENCE."""
    end = time.monotonic() + PATIENCE
    while len({repr(seen := page.evaluate(state)) for page in pages}) > 1 or seen is None:
        assert time.monotonic() < end, f"never alike: {state}"
        pages[0].wait_for_timeout(50)
