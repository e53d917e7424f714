"""Code scenes in a real browser: written while one looks, run, changed; and what no scene can do, however it tries."""

import io
import json
import uuid
from contextlib import suppress
from typing import Any

from django.db import transaction
from PIL import Image
from playwright.sync_api import Error, Page, expect

from gallery import keeping
from gallery.models import Work
from tests.browser.hostile import FAILED, LOADS, NASTY, RUNS, SILENT, TRIED
from tests.servers.chat import SCENE
from tests.servers.hosting import hosted

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "color_scheme": "dark"}
# Runs modules beside each other, each on a stage of its own, and waits until `settled` says how each ended.
RUN_ALL = """async ([codes, lasting, patience]) => {
  const { SceneStage } = await import("#scenes/stage");
  const ended = {};
  window.stages = Object.entries(codes).map(([name, code]) => {
    const place = document.body.appendChild(document.createElement("div"));
    place.className = "hostile";
    const stage = new SceneStage(place, "/sandbox/");
    stage.addEventListener("change", ({ detail }) => (ended[name] = [detail.state, detail.message]));
    stage.run(code);
    return stage;
  });
  const open = (name) => ["loading", "running"].includes(ended[name][0]) && !lasting.includes(name);
  for (const until = Date.now() + patience; Object.keys(codes).some(open) && Date.now() < until; )
    await new Promise((go) => setTimeout(go, 100));
  return ended;
}"""
FRAME = """() => new Promise((go) => {
  const frame = Object.assign(document.createElement("iframe"), { src: "/sandbox/", className: "hostile", onload: go });
  frame.setAttribute("sandbox", "allow-scripts");
  document.body.append(frame);
})"""
OUTSIDE = """() => ({
  url: location.href, title: document.title, history: history.length, name: window.name, cookie: document.cookie,
  kept: JSON.stringify([{ ...localStorage }, { ...sessionStorage }]), taken: "taken" in window || "scene" in {},
  page: document.querySelector("#main").outerHTML.length, html: document.head.outerHTML.length,
})"""


class Beacon:
    """A foreign server that counts who comes."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.seen.append(scope["path"])
        headers = [(b"access-control-allow-origin", b"*"), (b"content-type", b"text/javascript")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"export default 1;"})


def kept(owner: Any, source: str, **fields: Any) -> Work:
    out = io.BytesIO()
    Image.new("RGB", (1024, 768), "teal").save(out, "PNG")
    recipe = keeping.Recipe("code_scene", "chat", "chat_scene", {"prompt": "a cube", "count": 1})
    drafts = keeping.prepare(
        recipe, [keeping.Picture(out.getvalue(), "image/png", 0, {}, {"source": source.encode()})], {}
    )
    with transaction.atomic():
        (work,) = keeping.keep(owner.pk, uuid.uuid4(), drafts)
    Work.objects.filter(pk=work.pk).update(**fields)
    return Work.objects.get(pk=work.pk)


def all_tried(beacon: str, here: str, *, module: bool = True) -> str:
    """Tries all of TRIED and counts: a module that then fails with the number, or a function that returns it."""
    tries = ",\n".join(f"async () => {{ {body} }}" for body in TRIED.values())
    begin, end = ("export default ", 'throw new Error("tried " + count);') if module else ("", "return count;")
    return f"""{begin}async () => {{
  const B = {json.dumps(beacon)}, HERE = {json.dumps(here)};
  const patience = (work) => Promise.race([work, new Promise((go) => setTimeout(go, 300))]);
  let count = 0;
  for (const attempt of [{tries}]) {{ count += 1; try {{ await patience(attempt()); }} catch {{}} }}
  {end}
}}"""


def test_no_scene_reaches_anything_outside_and_the_page_goes_on(open_page, log_in, alice, stack, faults) -> None:
    work = kept(alice, SCENE, visibility="public")
    beacon = Beacon()
    with hosted(beacon) as foreign:
        page: Page = open_page()
        extra: list[str] = []
        page.on("dialog", lambda dialog: (extra.append("dialog"), dialog.dismiss()))
        page.on("download", lambda _: extra.append("download"))
        page.context.on("page", lambda _: extra.append("page"))
        log_in(page, "alice")
        page.goto(f"/gallery/{work.pk}/")

        # A good one first: only after a press, and it can be stopped.
        player = page.locator("[data-scene]")
        assert page.locator("iframe").count() == 0
        page.get_by_role("button", name="Run").click()
        expect(player).to_have_attribute("data-state", "running")
        assert page.locator("iframe").get_attribute("sandbox") == "allow-scripts"
        page.get_by_role("button", name="Stop").click()
        expect(page.locator("iframe")).to_have_count(0)
        assert faults == []

        before, cookies = page.evaluate(OUTSIDE), page.context.cookies()
        codes = {name: code for name, (code, _) in NASTY.items()} | {"everything": all_tried(foreign.url, stack.url)}
        lasting = [name for name, (_, end) in NASTY.items() if end in (RUNS, LOADS)]
        ended = page.evaluate(RUN_ALL, [codes, lasting, 60_000])
        state, message = ended.pop("everything")
        assert state == "failed" and message.startswith(f"Error: tried {len(TRIED)} "), message
        told = {name: (state, message) for name, (state, message) in ended.items()}
        for name, (_, expected) in NASTY.items():
            state, message = told[name]
            if expected == SILENT:
                assert state == "failed" and SILENT in message, (name, told[name])
            elif expected == FAILED:
                assert state == "failed" and 0 < len(message) <= 1000, (name, told[name])
            else:
                assert state == expected, (name, told[name])
        assert page.evaluate("() => { stages.forEach((stage) => stage.end()); return 1 + 1; }") == 2

        # The second wall: the same in the frame itself, where there is a document, as if it had got out of its worker.
        page.evaluate(FRAME)
        frame = next(each for each in page.frames if each.url.endswith("/sandbox/"))
        assert frame.evaluate(all_tried(foreign.url, stack.url, module=False)) == len(TRIED)
        with suppress(Error):  # it would leave the frame empty
            frame.evaluate("(B) => { location.href = B; }", foreign.url)
        page.evaluate("document.querySelectorAll('.hostile').forEach((each) => each.remove())")

        assert page.evaluate(OUTSIDE) == before and page.context.cookies() == cookies
        assert extra == [] and len(page.context.pages) == 1 and beacon.seen == []
        page.reload()
        expect(player).to_be_visible()
    faults.clear()  # what was refused is told on the console
