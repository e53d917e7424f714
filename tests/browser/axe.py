"""Asks axe-core what in a page shuts people out. Says nothing of how the pages are opened; that is the tests' part."""

import hashlib
from functools import cache
from pathlib import Path

from playwright.sync_api import Page

# From https://registry.npmjs.org/axe-core/-/axe-core-4.14.1.tgz, package/axe.min.js, unchanged (MPL-2.0); tests only.
SCRIPT = Path(__file__).resolve().parents[1] / "vendor" / "axe" / "axe.min.js"
SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"

# What a rule of axe has to do with colours. The others find the same in the dark.
COLOURS = ["color-contrast", "link-in-text-block"]

# No colour is on its way: one that is handed down from element to element would take as many frames. It stays so.
STILL = """() => {
  if (!globalThis.still) {
    globalThis.still = new CSSStyleSheet();
    still.replaceSync("*, ::before, ::after, ::backdrop { transition-property: none !important }");
    document.adoptedStyleSheets.push(still);
  }
}"""
# What moves and comes to an end has come to it: half faded in, words have little contrast.
ARRIVED = """() => {
  const moves = ({ endTime, progress }) => endTime !== Infinity && progress !== null;
  const all = document.getAnimations().filter((each) => moves(each.effect.getComputedTiming()));
  return Promise.allSettled(all.map((each) => each.finished));
}"""
RUN = """async (rules) => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"], ...(rules && { runOnly: rules }) });
  const why = ({ any, all, none }) => [...any, ...all, ...none].map((check) => check.message).join(" ");
  const told = (node) => `${node.target.join(" ")}: ${why(node)}`;
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id} ${told(node)}`));
}"""


@cache
def script() -> str:
    """axe-core's own text. ValueError: the file is not what was fetched."""
    text = SCRIPT.read_bytes()
    if hashlib.sha256(text).hexdigest() != SHA256:
        raise ValueError(f"{SCRIPT} was changed")
    return text.decode()


def findings(page: Page, rules: list[str] | None = None) -> list[str]:
    """The serious and critical findings in the page as it stands: rule, element, what is wrong with it. `rules`: only
    those are asked."""
    page.wait_for_load_state()
    page.evaluate(STILL)
    page.evaluate(ARRIVED)
    # The debugger's way in: the page's content policy stays as strict as it is.
    if not page.evaluate("'axe' in globalThis"):
        page.evaluate(script())
    found: list[str] = page.evaluate(RUN, rules)
    return found
