"""Code scenes in a real browser: written while one looks, run, changed; and what no scene can do, however it tries."""

import io
import json
import os
import re
import uuid
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from PIL import Image
from playwright.sync_api import Error, Page, expect

from gallery import keeping
from gallery.models import Work
from studio.models import Generation, Model
from studio.news import events, texts
from tests.browser.axe import findings
from tests.browser.hostile import FAILED, LOADS, NASTY, RUNS, SILENT, TRIED
from tests.servers.chat import SCENE
from tests.servers.hosting import hosted

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "color_scheme": "dark"}
# Runs modules, some beside each other (a browser has few graphics contexts), each on its own stage: how each ended.
RUN_ALL = """async ([codes, lasting, patience]) => {
  const { SceneStage } = await import("#scenes/stage");
  const told = {}, waiting = Object.entries(codes);
  const one = ([name, code]) => new Promise((go) => {
    const stage = new SceneStage(document.body.appendChild(document.createElement("div")), "/sandbox/");
    stage.addEventListener("change", ({ detail: { state, message } }) => {
      told[name] = [state, message];
      if (state === (lasting[name] ?? "failed")) setTimeout(() => go(stage), lasting[name] ? 1000 : 0);
    });
    stage.run(code);
  }).then((stage) => {
    const last = told[name];
    stage.end();
    told[name] = last;
  });
  const some = async () => { while (waiting.length) await one(waiting.shift()); };
  await Promise.race([Promise.all(Array.from({ length: 8 }, some)), new Promise((go) => setTimeout(go, patience))]);
  return told;
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


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (1024, 768), "teal").save(out, "PNG")
    return out.getvalue()


def kept(owner: Any, source: str, generation: Any = None, **fields: Any) -> Work:
    recipe = keeping.Recipe("code_scene", "chat", "chat_scene", {"prompt": "a cube", "count": 1})
    card = keeping.Picture(png(), "image/png", 0, {}, {"source": source.encode()})
    drafts = keeping.prepare(recipe, [card], {})
    with transaction.atomic():
        (work,) = keeping.keep(owner.pk, generation or uuid.uuid4(), drafts)
        Generation.objects.filter(pk=generation).update(
            state="finished", finished_at=Now(), token=None, lease_until=None
        )
    Work.objects.filter(pk=work.pk).update(**fields)
    return Work.objects.get(pk=work.pk)


def written(page: Page, owner: Any, source: str) -> None:
    """What the worker does with the newest wish, as the page sees it: piece by piece, then the work."""
    row = Generation.objects.filter(owner=owner).latest("created_at")
    lasting = Now() + timedelta(minutes=9)
    Generation.objects.filter(pk=row.pk).update(state="running", attempt=1, token=uuid.uuid4(), lease_until=lasting)
    pen = texts.Writer(owner.pk, row.pk, 1)
    pen.add(source[:60])
    expect(page.locator("#writing-text")).to_have_text(source[:60], use_inner_text=False)
    pen.add(source[60:])
    expect(page.locator("#writing-text")).to_contain_text(source[-20:].strip())
    kept(owner, source, row.pk)
    events.publish(owner.pk, {"type": "finished", "generation": str(row.pk)})


def look(page: Page, name: str) -> None:
    """For people who want to see it: SHOTS names a folder."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_a_scene_is_written_while_one_looks_then_runs_and_is_mended(open_page, log_in, alice) -> None:
    Model.objects.create(
        name="chat", title="Writer", engine="chat_scene", family="chat", source="x", tools=["code_scene"]
    )
    page: Page = open_page(viewport={"width": 1440, "height": 900})
    log_in(page, "alice")
    page.get_by_role("link", name="Scenes written as code").click()
    look(page, "list-empty")
    page.get_by_label("What should it show?").fill("A red cube that turns")
    page.locator("#sketch-input").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": png()})
    expect(page.get_by_alt_text("Your sketch")).to_be_visible()
    page.get_by_role("button", name="Write the scene").click()
    expect(page.locator("#writing-state")).to_have_text(re.compile("next|Waiting"))
    assert list(Generation.objects.get(owner=alice).inputs) == ["sketch"]
    broken = SCENE.replace("scene.add(cube", "scene.addd(cube")
    written(page, alice, broken)

    # It runs by itself once it is there, and what it says when it fails can be sent back, once.
    expect(page.locator("[data-scene]")).to_have_attribute("data-state", "failed")
    expect(page.locator("[data-scene-message]")).to_have_text("TypeError: scene.addd is not a function (line 7)")
    assert not findings(page)
    look(page, "failed")
    page.get_by_role("button", name="Have it fixed").click()
    expect(page.locator("#scene-writing")).to_be_visible()
    look(page, "writing")
    written(page, alice, SCENE)
    expect(page.locator("[data-scene]")).to_have_attribute("data-state", "running")
    newest = Generation.objects.filter(owner=alice).latest("created_at")
    assert newest.params["error"].startswith("TypeError: scene.addd") and list(newest.parents.values()) == ["edit"]
    expect(page.locator(".scene-version")).to_have_count(2)
    shown = page.locator("iframe")
    for _ in range(300):  # until it is on the screen: a red cube
        seen = Image.open(io.BytesIO(shown.screenshot())).convert("RGB").resize((64, 48)).tobytes()
        red = sum(r > 90 and r > 2 * g for r, g in zip(seen[::3], seen[1::3], strict=True))
        if red > 20:
            break
        page.wait_for_timeout(100)
    assert red > 20
    look(page, "running")
    page.get_by_text("Source", exact=True).click()
    expect(page.locator("[data-scene-code]")).to_contain_text("export default function build")

    phone: Page = open_page(**PHONE)
    log_in(phone, "alice", page.url)
    assert not findings(phone) and phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    look(phone, "phone")
    for address, name in (
        ("/scenes/", "phone-list"),
        (f"/gallery/{Work.objects.latest('created_at').pk}/", "phone-work"),
    ):
        phone.goto(address)
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
        look(phone, name)


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
        log_in(page, "alice", f"/gallery/{work.pk}/")

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
        codes = {"everything": all_tried(foreign.url, stack.url)} | {name: code for name, (code, _) in NASTY.items()}
        lasting = {name: end for name, (_, end) in NASTY.items() if end in (RUNS, LOADS)}
        ended = page.evaluate(RUN_ALL, [codes, lasting, 180_000])
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
        assert page.evaluate("1 + 1") == 2 and page.locator("iframe").count() == 0

        assert page.evaluate(OUTSIDE) == before and page.context.cookies() == cookies and beacon.seen == []

        # The second wall: the same in the frame itself, where there is a document, as if it had got out of its worker.
        page.evaluate(FRAME)
        frame = next(each for each in page.frames if each.url.endswith("/sandbox/"))
        assert frame.evaluate(all_tried(foreign.url, stack.url, module=False)) == len(TRIED)
        with suppress(Error):  # it would leave the frame empty
            frame.evaluate("(B) => { location.href = B; }", foreign.url)
        page.evaluate("document.querySelectorAll('.hostile').forEach((each) => each.remove())")

        after = page.evaluate(OUTSIDE)  # what a frame does to itself stands in the history
        assert after | {"history": 0} == before | {"history": 0} and page.context.cookies() == cookies
        assert extra == [] and len(page.context.pages) == 1 and beacon.seen == []
        page.reload()
        expect(player).to_be_visible()
    faults.clear()  # what was refused is told on the console
