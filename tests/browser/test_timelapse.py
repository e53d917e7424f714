"""The replay of a board: it plays, is scrubbed, shows the pictures that came of the drawing, and is saved as a file."""

import io
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.axe import findings
from tests.browser.test_live import go_live
from tests.browser.test_studio import draw_a_house

INK = (
    "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.filter((v, n) => n % 4 === 0 && v < 128).length"
)


def open_replay(page: Page) -> None:
    page.locator(".board-title").click()
    page.locator("#board-replay").click()
    expect(page.locator(".replay-stage")).not_to_have_attribute("aria-busy", "true")


def test_a_drawing_is_replayed_stroke_by_stroke(studio) -> None:
    page = studio(viewport={"width": 390, "height": 844})
    draw_a_house(page)
    open_replay(page)
    place, canvas = page.locator(".replay-play input"), page.locator(".replay canvas")
    expect(page.get_by_role("button", name="Both")).to_be_disabled()  # no picture has come yet
    expect(place).to_have_value("2")  # it played to its end
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(canvas).to_have_attribute("data-beat", "2")
    whole = canvas.evaluate(INK)
    place.press("ArrowLeft")
    expect(canvas).to_have_attribute("data-beat", "1")
    assert 0 < canvas.evaluate(INK) < whole
    place.press("Home")
    expect(canvas).to_have_attribute("data-beat", "0")
    assert canvas.evaluate(INK) == 0
    page.keyboard.press("Escape")
    expect(page.locator(".replay")).to_have_count(0)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+Shift+z")
    open_replay(page)
    expect(place).to_have_attribute("max", "2")


# A film's length, size, codec box, and the dark pixels of its last picture, as a player sees them.
WATCH = """async (bytes) => {
  const video = document.createElement('video');
  video.muted = true;
  video.src = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type: 'video/mp4' }));
  const heard = (name) => new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`never ${name}`)), 60_000);
    video.addEventListener(name, resolve, { once: true });
    video.addEventListener('error', () => reject(video.error.message));
  });
  await heard('loadeddata');
  const seeked = heard('seeked');
  video.currentTime = video.duration - 0.1;
  await seeked;
  const sheet = document.createElement('canvas');
  [sheet.width, sheet.height] = [video.videoWidth, video.videoHeight];
  sheet.getContext('2d').drawImage(video, 0, 0);
  const { data } = sheet.getContext('2d').getImageData(0, 0, sheet.width / 2, sheet.height);
  const dark = data.filter((value, n) => n % 4 === 0 && value < 100).length;
  return { length: video.duration, width: sheet.width, height: sheet.height, dark };
}"""
# The middle of the right half of the replay's sheet: an empty place is nearly grey. A picture of the fake
# engine may be any colour, so it is known by being another one.
PLACE = "c => [...c.getContext('2d').getImageData(c.width * 0.75, c.height / 2, 1, 1).data]"


def draw_live_and_keep(page: Page) -> None:
    go_live(page)
    draw_a_house(page)
    expect(page.locator("#live")).to_have_attribute("data-state", "refined")
    page.locator("#live-keep").click()
    expect(page.locator("#strip li img")).to_have_count(1)


def test_the_pictures_come_beside_the_drawing_also_after_a_reload(open_page, log_in, alice) -> None:
    page = open_page(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    log_in(page, "alice")
    draw_live_and_keep(page)
    open_replay(page)  # what has come is kept by then
    expect(page.get_by_role("button", name="Both")).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.locator("#studio")).to_have_attribute("data-ready", "true")
    open_replay(page)
    place, canvas = page.locator(".replay-play input"), page.locator(".replay canvas")
    expect(page.get_by_role("button", name="Both")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(canvas).to_have_attribute("data-beat", "0")
    empty = canvas.evaluate(PLACE)
    assert max(empty[:3]) - min(empty[:3]) <= 30, "at the beginning nothing was there"
    beats = int(str(place.get_attribute("max")))
    assert beats >= 2 + 2 + 1, "two strokes, a draft and its refinement, the work"
    place.press("End")
    expect(page.locator(".replay-clock")).to_have_text(re.compile(r"^(\S+) of \1 s$"))
    expect(canvas).to_have_attribute("data-beat", str(beats))
    assert canvas.evaluate(PLACE) != empty and canvas.evaluate(INK) > 0
    page.get_by_role("button", name="Picture", exact=True).last.click()
    assert int(str(place.get_attribute("max"))) < beats
    page.locator(".replay [data-layout=drawing]").click()
    expect(place).to_have_attribute("max", "2")
    assert findings(page) == []


def test_a_time_lapse_is_saved_as_mp4_or_by_the_server_as_webp(
    open_page, log_in, alice, browser, tmp_path: Path
) -> None:
    page = open_page(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    log_in(page, "alice")
    draw_live_and_keep(page)
    open_replay(page)
    save, told = page.get_by_role("button", name="Save as video"), page.locator(".replay-words")
    with page.expect_download() as coming:
        save.click()
    expect(told).to_contain_text("MP4 video")
    film = tmp_path / coming.value.suggested_filename
    coming.value.save_as(film)
    assert film.name == "brushwire.mp4" and film.read_bytes()[4:8] == b"ftyp"
    player = browser.new_page()
    seen = player.evaluate(WATCH, list(film.read_bytes()))
    player.close()
    assert (seen["width"], seen["height"]) == (1452, 720) and seen["dark"] > 1000
    length = re.search(r"([\d.]+) s", told.inner_text())
    assert length and float(length[1]) == pytest.approx(seen["length"], abs=0.0501), "to a tenth, however one rounds"

    page.evaluate("delete globalThis.VideoEncoder")
    with page.expect_download() as coming:
        save.click()
    expect(told).to_contain_text("Animated WebP")
    expect(told).to_contain_text("This browser cannot write video")
    moving = Image.open(io.BytesIO(Path(coming.value.path()).read_bytes()), formats=["WEBP"])
    assert moving.n_frames > 3 and moving.size == (812, 400)
    lasts = 0
    for n in range(moving.n_frames):
        moving.seek(n)
        moving.load()
        lasts += moving.info["duration"]
    assert abs(lasts / 1000 - seen["length"]) < 0.2

    page.route("**/api/v1/timelapses", lambda route: None)  # never answered
    save.click()
    expect(told).to_contain_text("The server puts")
    page.get_by_role("button", name="Cancel", exact=True).last.click()
    expect(save).to_be_focused()
    expect(told).to_be_hidden()


def test_a_refusal_of_the_server_is_told_in_its_words(studio, faults) -> None:
    page = studio(reduced_motion="reduce")
    draw_a_house(page)
    open_replay(page)
    page.evaluate("delete globalThis.VideoEncoder")
    answer = {"code": "too_many_timelapses", "message": "Please wait a moment.", "fields": {}}
    page.route("**/api/v1/timelapses", lambda route: route.fulfill(status=429, json=answer))
    page.get_by_role("button", name="Save as video").click()
    expect(page.locator(".replay-words.field-error")).to_have_text("Please wait a moment.")
    page.unroute("**/api/v1/timelapses")
    page.route("**/api/v1/timelapses", lambda route: route.abort())
    page.get_by_role("button", name="Save as video").click()
    expect(page.locator(".replay-words.field-error")).to_contain_text("no connection")
    faults[:] = [fault for fault in faults if "429" not in fault and "ERR_FAILED" not in fault]
