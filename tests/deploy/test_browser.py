"""A real Chromium in front of nginx: packed modules with hashes in their names, the content policy, TLS, the socket."""

from typing import Any

from playwright.sync_api import Response, expect, sync_playwright

from tests.browser.conftest import PATIENCE, watch
from tests.deploy.certificate import HOST
from tests.deploy.topology import Topology
from tests.tools import chromium


def test_the_studio_opens_in_a_browser_without_a_fault(topology: Topology, people: dict[str, Any]) -> None:
    site, faults, answers = f"https://{HOST}:{topology.https}", [], []
    options = ["--no-sandbox", "--disable-dev-shm-usage", f"--host-resolver-rules=MAP {HOST} 127.0.0.1"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium.find()), args=options)
        context = browser.new_context(base_url=site, ignore_https_errors=True)  # nobody signed our certificate
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        watch(page, faults)

        def note(answer: Response) -> None:
            answers.append((answer.url.removeprefix(site), answer.status, answer.headers.get("cache-control", "")))

        page.on("response", note)
        sockets: list[str] = []
        page.on("websocket", lambda socket: sockets.append(socket.url))
        page.goto("/accounts/login/?next=/studio/")
        page.locator("#id_login").fill(people["bob"])
        page.locator("#id_password").fill(people["password"])
        page.locator("main form:not([data-passkey]) button[type=submit]").click()
        page.wait_for_url("**/studio/**")
        expect(page.locator("#studio")).to_have_attribute("data-ready", "true", timeout=PATIENCE)
        page.goto("/gallery/")
        expect(page.locator("main")).to_be_visible()
        browser.close()
    assert not faults
    assert f"wss://{HOST}:{topology.https}/ws/studio/" in sockets
    assert not [answer for answer in answers if answer[1] >= 400]
    static = [answer for answer in answers if answer[0].startswith("/static/")]
    kept = [answer for answer in static if "immutable" in answer[2]]
    assert len(kept) > 20, "modules by their hashed names"
    # What a vendored file imports by its plain name has no hash; all of ours does.
    assert not [answer for answer in static if answer not in kept and "/vendor/" not in answer[0]]
