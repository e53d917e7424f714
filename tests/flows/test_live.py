"""Drawing live on real parts: the newest board wins, nothing stale is seen, and nobody reaches anybody else's board."""

import asyncio
import contextlib
import io
import signal
import time

import pytest
import redis as redis_package
import websockets
from django.conf import settings
from PIL import Image, ImageChops

from studio.models import Generation, LiveDay
from studio.queue.mailbox import LIST_KEPT_FOR
from tests.stack import PATIENCE
from tests.stack.waiting import until, wait_until


@pytest.fixture
def client() -> redis_package.Redis:
    return redis_package.Redis.from_url(settings.STATE_REDIS_URL)


@pytest.fixture(autouse=True)
def listening(stack, client: redis_package.Redis) -> None:
    """The worker takes boards, and one that an earlier test killed is forgotten."""
    wait_until(lambda: client.zcount("live:workers", time.time() - 3, "+inf") == 1)


@pytest.fixture
def bells(client: redis_package.Redis):
    """A function that counts the bells that ring for all workers at this moment."""
    return lambda: sum(client.llen(key) for key in client.scan_iter("live:bells:*"))


def difference(one: bytes, other: bytes) -> int:
    """The largest difference of two pictures of the same size, in levels of 255."""
    pictures = [Image.open(io.BytesIO(data)).convert("RGB") for data in (one, other)]
    return max(high for _, high in ImageChops.difference(*pictures).getextrema())


async def test_a_draw_becomes_a_frame_and_no_generation(page_of, alice, drawing) -> None:
    async with page_of(alice) as page:
        await page.hello()
        await page.draw("b", 1, drawing, prompt="a house", seed=5)
        header, data = await page.frame("b", 1)
        assert (header["kind"], header["seed"], header["media_type"]) == ("draft", 5, "image/jpeg")
        assert Image.open(io.BytesIO(data)).size == (64, 64)
    assert not Generation.objects.exists()


async def test_a_draft_takes_the_models_quick_steps_and_a_refined_frame_all_of_them(page_of, alice) -> None:
    async with page_of(alice) as page:
        await page.hello()
        await page.draw("b", 1, prompt="x", steps=8)
        assert (await page.frame("b", 1))[0]["total"] == 2
        await page.draw("b", 2, prompt="slow:0.15", steps=8, kind="refined")
        assert (await page.frame("b", 2))[0]["total"] == 8
        assert [h["step"] for h in page.frames("b") if not h["done"]], "the steps before the last are seen"


async def test_forty_quick_draws_never_queue_and_the_last_frame_is_the_last_draw(page_of, alice, bells) -> None:
    async with page_of(alice) as page:
        await page.hello()
        await until(lambda: not bells(), "an earlier test's board is still being left")
        deepest = 0
        for revision in range(1, 41):
            await page.draw("b", revision, prompt=f"slow:0.03 {revision}")
            await asyncio.sleep(0.005)
            deepest = max(deepest, bells())
        await page.frame("b", 40)
        seen = [header["revision"] for header in page.frames("b")]
        assert deepest <= 1
        assert seen == sorted(seen), "no frame after a newer one"
        assert len(set(seen)) < 40, "what was overtaken was not made"
        await asyncio.sleep(0.3)
        assert page.frames("b")[-1]["revision"] == 40


async def test_a_newer_draw_takes_the_place_of_a_long_one_between_steps(page_of, alice, hold) -> None:
    async with page_of(alice) as page:
        await page.hello()
        await page.draw("b", 1, prompt=f"{hold.prompt} slow:0.02", steps=50, kind="refined")
        await until(lambda: page.frames("b"))
        await page.draw("b", 2, prompt="x")
        await page.frame("b", 2)
        hold.let_go()  # the long one is still at its 25th step
        await page.draw("b", 3, prompt="x")
        await page.frame("b", 3)
        assert not [h for h in page.frames("b") if h["revision"] == 1 and h["step"] >= 25]


async def test_an_older_revision_is_ignored(page_of, alice) -> None:
    async with page_of(alice) as page:
        await page.hello()
        await page.draw("b", 7, prompt="x")
        await page.frame("b", 7)
        await page.draw("b", 6, prompt="x")
        await page.draw("b", 8, prompt="x")
        await page.frame("b", 8)
        assert {header["revision"] for header in page.frames("b")} == {7, 8}


async def test_two_boards_of_one_person_take_turns_and_a_third_is_refused(page_of, alice) -> None:
    async with page_of(alice) as page:
        await page.hello()
        await page.draw("a", 1, prompt="slow:0.2")
        await page.draw("b", 1, prompt="slow:0.05")
        await page.draw("c", 1, prompt="x")
        refused = await page.wait("rejected")
        assert (refused["code"], refused["board"], refused["revision"]) == ("too_many_boards", "c", 1)
        await page.frame("a", 1)
        await page.frame("b", 1)
        await page.send({"type": "leave", "board": "a"})
        await page.draw("c", 2, prompt="x")
        await page.frame("c", 2)


async def test_bob_neither_sees_nor_moves_alices_board(page_of, alice, bob) -> None:
    async with page_of(alice) as hers, page_of(bob) as his:
        await hers.hello()
        await his.hello()
        await hers.draw("b", 1, prompt="slow:0.3 hers", steps=9, kind="refined")
        await his.draw("b", 99, prompt="his")
        await his.send({"type": "leave", "board": "b"})
        mine, _ = await hers.frame("b", 1)
        assert mine["total"] == 9
        assert {header["revision"] for header in his.frames("b")} <= {99}
        assert {header["revision"] for header in hers.frames("b")} == {1}


async def test_nobody_draws(stack) -> None:
    from tests.stack.page import Page

    page = Page(stack.url)
    await page.open()
    with contextlib.suppress(websockets.ConnectionClosed):
        await page.draw("b", 1, prompt="x")
    assert await page.wait_closed() == 4401
    assert not page.previews
    await page.close()


@pytest.mark.parametrize(
    ("change", "blob", "code"),
    [
        ({"model": "no-such"}, None, "model_unavailable"),
        ({"tool": "no-such"}, None, "unknown_tool"),
        ({"params": {"prompt": ""}}, None, "invalid"),
        ({"params": {"prompt": "x", "steps": "many"}}, None, "invalid"),
        ({"tool": "sketch_to_image"}, None, "input_required"),
        ({"tool": "sketch_to_image", "attached": "sketch"}, b"GIF89a", "unsupported_image_type"),
        ({"tool": "sketch_to_image", "attached": "sketch"}, b"\x89PNG\r\n\x1a\n", "invalid_image"),
        ({"tool": "sketch_to_image", "attached": "sketch"}, b"\xff" * 300_000, "too_large"),
    ],
)
async def test_what_cannot_be_drawn_is_said(page_of, alice, change, blob, code) -> None:
    async with page_of(alice) as page:
        await page.hello()
        draw = {"type": "draw", "board": "b", "revision": 3, "tool": "text_to_image", "model": "fake"}
        await page.send(draw | {"params": {"prompt": "x"}} | change, blob)
        refused = await page.wait("rejected")
        assert (refused["code"], refused["board"], refused["revision"]) == (code, "b", 3)


@pytest.mark.parametrize("change", [{"revision": 0}, {"revision": True}, {"board": "../x"}, {"kind": "best"}, {"x": 1}])
async def test_a_malformed_draw_is_a_protocol_error(page_of, alice, change) -> None:
    async with page_of(alice) as page:
        await page.hello()
        await page.send({"type": "draw", "board": "b", "revision": 1, "tool": "text_to_image"} | change)
        assert (await page.wait("rejected"))["code"] == "bad_message"


async def test_a_damaged_drawing_and_a_failing_engine_are_told_and_the_next_one_works(page_of, alice, drawing) -> None:
    async with page_of(alice) as page:
        await page.hello()
        await page.draw("b", 1, drawing[: len(drawing) // 2], prompt="x")
        await page.draw("b", 2, prompt="fail:out_of_memory")
        failed = await page.wait("draw_failed", lambda e: e["revision"] == 2)
        assert failed["error"]["code"] == "out_of_memory" and failed["error"]["message"]
        await page.draw("b", 3, drawing, prompt="x")
        await page.frame("b", 3)


async def test_a_model_without_live_settings_is_refused(page_of, alice) -> None:
    from studio.models import Model

    Model.objects.filter(name="fake").update(defaults={"steps": 8, "width": 64, "height": 64})
    async with page_of(alice) as page:
        await page.hello()
        await page.draw("b", 1, prompt="another prompt", seed=4)
        assert (await page.wait("rejected"))["code"] == "not_live"


async def test_a_killed_worker_costs_one_frame(stack, page_of, alice) -> None:
    async with page_of(alice) as page:
        await page.hello()
        await page.draw("b", 1, prompt="slow:0.2", steps=100, kind="refined")
        await until(lambda: page.frames("b"))
        stack.kill("worker")
        stack.start("worker")
        given_up = time.monotonic() + PATIENCE
        revision = 2
        while not [h for h in page.frames("b") if h["revision"] > 1]:
            assert time.monotonic() < given_up
            await page.draw("b", revision, prompt="x")  # as the page does, when nothing comes
            revision += 1
            await asyncio.sleep(0.5)


async def test_without_a_worker_or_without_redis_it_is_said_at_once(stack, redis_server, page_of, alice) -> None:
    async with page_of(alice) as page:
        await page.hello()
        stack.kill("worker", signal.SIGTERM)
        await asyncio.sleep(LIST_KEPT_FOR + 0.1)
        await page.draw("b", 1, prompt="x")
        assert (await page.wait("rejected"))["code"] == "live_unavailable"
        redis_server.stop(kill=True)
        try:
            before = len(page.events)
            began = time.monotonic()
            await page.draw("b", 2, prompt="x")
            assert (await page.wait("rejected", after=before))["code"] == "live_unavailable"
            assert time.monotonic() - began < 5
        finally:
            redis_server.start()
            stack.start("worker")


async def test_logging_out_ends_live_drawing(stack, alice, async_client) -> None:
    from tests.stack.page import Page

    await async_client.aforce_login(alice)
    page = Page(stack.url, f"sessionid={async_client.cookies['sessionid'].value}")
    async with page:
        await page.hello()
        await page.draw("b", 1, prompt="slow:0.3", steps=100, kind="refined")
        await until(lambda: page.previews)
        await async_client.post("/accounts/logout/")
        assert await page.wait_closed() == 4401
        seen = len(page.previews)
        await asyncio.sleep(0.7)
        assert len(page.previews) == seen


async def test_a_slow_reader_gets_the_newest_frame_and_no_backlog(page_of, alice) -> None:
    async with page_of(alice) as page:
        await page.hello()
        page.acknowledge = False
        for revision in (1, 2):
            await page.draw("b", revision, prompt="x")
            await page.frame("b", revision)
        for revision in range(3, 8):
            await page.draw("b", revision, prompt=f"x {revision}")
            # One frame of a person is made at a time: where this one has failed, that one was made and sent.
            await page.draw("c", revision, prompt="fail:out_of_memory")
            await page.wait("draw_failed", lambda e, n=revision: e["revision"] == n)
        assert len(page.frames("b")) == 2
        page.acknowledge = True
        await page.send({"type": "seen", "frames": 2})
        await page.frame("b", 7)
        assert len(page.frames("b")) <= 4, "what waited was replaced, not queued"


async def test_live_seconds_count_in_the_fair_share(stack, page_of, alice, settings) -> None:
    from studio.queue import mailbox, shares

    mailbox.charge(alice.pk, 1.5)
    mailbox.charge(alice.pk, 0.5)
    # Midnight may come between the two.
    await until(lambda: sum(LiveDay.objects.filter(owner=alice).values_list("seconds", flat=True)) == 2.0)
    # It fades from then on, by half in five minutes.
    assert shares.used([alice.pk], {}) == {f"u{alice.pk}": pytest.approx(2.0, rel=0.3)}


async def test_a_pinned_frame_is_kept_as_the_picture_that_was_seen(page_of, alice, drawing) -> None:
    from gallery.files import WORKS
    from gallery.models import Work

    params = {"prompt": "a house", "steps": 8, "seed": 77}
    async with page_of(alice) as page:
        await page.hello()
        await page.draw("b", 1, drawing, kind="refined", **params)
        _, seen = await page.frame("b", 1)
        pin = {"type": "pin", "id": "keep", "board": "b", "revision": 1, "tool": "sketch_to_image", "model": "fake"}
        await page.send(pin | {"params": params, "attached": "sketch"}, drawing)
        queued = await page.wait("queued")
        await page.ended(queued["generation"]["id"])
    work = await Work.objects.aget()
    assert work.seed == 77
    image = await work.files.aget(role="image")
    kept = Image.open(io.BytesIO(WORKS.store.read(image.sha256))).convert("RGB")
    again = io.BytesIO()
    kept.save(again, "JPEG", quality=92)
    assert difference(again.getvalue(), seen) <= 2
