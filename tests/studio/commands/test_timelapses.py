"""Time-lapses that the server puts together: every frame and its time, whose turn it is, and what is refused."""

import io
import json
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from studio.commands import timelapses
from studio.files import reels
from studio.queue import limits

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/timelapses"


@pytest.fixture(autouse=True)
def nobody_was_here_lately(redis_server: Any) -> None:
    cache.clear()


def frame(n: int = 0, size: tuple[int, int] = (64, 48), form: str = "PNG", mode: str = "RGB") -> bytes:
    """A picture with a grey of its own."""
    out = io.BytesIO()
    Image.new("RGB", size, (n * 7 % 256,) * 3).convert(mode).save(out, form)
    return out.getvalue()


def ask(client: Client, frames: list[bytes], durations: list[Any] | None = None, plan: str | None = None) -> Any:
    told = [[len(each), ms] for each, ms in zip(frames, durations or [100] * len(frames), strict=True)]
    body = {"plan": json.dumps(told) if plan is None else plan}
    return client.post(ADDRESS, body | {"frames": SimpleUploadedFile("frames", b"".join(frames))})


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=["WEBP"])


def test_every_frame_is_there_for_its_time_and_it_goes_round(browser: Client) -> None:
    durations = [40 + 10 * n for n in range(31)]
    kinds = [("PNG", "RGB"), ("JPEG", "RGB"), ("WEBP", "RGB"), ("PNG", "RGBA"), ("PNG", "L")]
    frames = [frame(n, form=kinds[n % 5][0], mode=kinds[n % 5][1]) for n in range(31)]
    answer = ask(browser, frames, durations)
    assert answer.status_code == 200, answer.content
    assert answer.headers["Content-Type"] == "image/webp"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="timelapse.webp"'
    assert answer.headers["Cache-Control"] == "no-store"
    film = opened(answer.content)
    assert (film.n_frames, film.size, film.info["loop"]) == (31, (64, 48), 0)
    for n, ms in enumerate(durations):
        film.seek(n)
        film.load()
        assert film.info["duration"] == ms
        grey = film.convert("L").getpixel((30, 20))
        assert abs(grey - n * 7 % 256) <= 4, n


def test_only_one_frame_is_in_memory_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    plain = reels.intake.pixels
    monkeypatch.setattr(reels.intake, "pixels", lambda data, **how: made.append(1) or plain(data, **how))
    frames = [frame(n) for n in range(12)]
    assert opened(reels.animated(frames, [50] * 12)).n_frames == 12
    assert len(made) <= 13, "each once, the first perhaps again"


def test_nobody_and_a_foreign_page_are_refused(alice: Any) -> None:
    assert code(ask(Client(), [frame(1), frame(2)])) == (401, "auth_required")
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(alice)
    assert code(ask(careful, [frame(1), frame(2)])) == (403, "csrf_failed")
    assert Client().get(ADDRESS).status_code == 405


@pytest.mark.parametrize(
    "plan",
    [
        *("", "nonsense", "{}", "[]", "[[1]]", "[1, 2]", "[[1, 100, 1], [1, 100]]", '[["1", 100], [1, 100]]'),
        *("[[true, 100], [1, 100]]", "[[1.5, 100], [1, 100]]", "[[-1, 100], [3, 100]]", "[[0, 100], [2, 100]]"),
        *("[[1, 5], [1, 100]]", "[[1, 100], [1, 59901]]", "[[1, 100], [2, 100]]", "[" * 20_000),
    ],
)
def test_a_plan_that_is_none_is_refused(browser: Client, plan: str) -> None:
    answer = ask(browser, [b"x", b"y"], plan=plan)
    assert answer.status_code == 422
    assert answer.json()["code"] in ("invalid_timelapse", "invalid")


def test_a_missing_part_is_named(browser: Client) -> None:
    assert code(browser.post(ADDRESS, {"plan": "[]"})) == (422, "invalid")
    assert code(browser.post(ADDRESS, b"\x00\xff", content_type="application/octet-stream")) == (422, "invalid")


@pytest.mark.parametrize(
    ("second", "refusal"),
    [
        (b"no picture at all", (415, "unsupported_image_type")),
        (frame()[:60], (422, "invalid_image")),
        (frame(size=(64, 50)), (422, "invalid_timelapse")),
        (frame(size=(1025, 4)), (422, "image_too_large")),
    ],
)
def test_a_frame_that_does_not_belong_is_refused_and_the_next_try_is_free(
    browser: Client, second: bytes, refusal: tuple[int, str]
) -> None:
    assert code(ask(browser, [frame(), second])) == refusal
    assert ask(browser, [frame(), frame(1)]).status_code == 200


def test_too_many_too_large_and_too_much_are_refused(browser: Client, settings: Any) -> None:
    settings.TIMELAPSE_FRAMES = 4
    assert code(ask(browser, [frame(n) for n in range(5)])) == (422, "too_many_frames")
    settings.TIMELAPSE_PIXELS = 64 * 48 * 3
    assert code(ask(browser, [frame(n) for n in range(4)])) == (422, "image_too_large")
    settings.INPUT_MAX_BYTES = 100
    assert code(ask(browser, [frame(n) for n in range(3)])) == (413, "too_large")


def test_an_animation_is_no_frame(browser: Client) -> None:
    moving = reels.animated([frame(1), frame(9)], [50, 50])
    assert code(ask(browser, [frame(), moving])) == (415, "unsupported_image_type")


def test_so_many_a_minute_and_others_are_not_asked_to_wait(browser: Client, bob: Any, settings: Any) -> None:
    settings.RATES = settings.RATES | {"timelapse": (2.0, 2 / 60)}
    settings.RATE_FACTOR = 1.0
    pair = [frame(1), frame(2)]
    assert [ask(browser, pair).status_code for _ in range(3)] == [200, 200, 429]
    refused = ask(browser, pair)
    assert code(refused) == (429, "too_many_timelapses")
    assert 1 <= int(refused.headers["Retry-After"]) <= 30
    other = Client()
    other.force_login(bob)
    assert ask(other, pair).status_code == 200


def test_one_at_a_time_for_each_person(browser: Client, alice: Any, bob: Any) -> None:
    with limits.alone("timelapse", alice.pk, refusal="too_many_timelapses", seconds=60):
        assert code(ask(browser, [frame(1), frame(2)])) == (429, "too_many_timelapses")
        other = Client()
        other.force_login(bob)
        assert ask(other, [frame(1), frame(2)]).status_code == 200
    assert ask(browser, [frame(1), frame(2)]).status_code == 200


def test_a_busy_process_says_so_instead_of_piling_up(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timelapses, "WAIT", 0.01)
    for _ in range(2):
        timelapses._turns.acquire()
    try:
        assert code(ask(browser, [frame(1), frame(2)])) == (429, "too_many_timelapses")
    finally:
        for _ in range(2):
            timelapses._turns.release()
