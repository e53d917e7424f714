"""Bad input on the socket and on the upload: a stable code each time, and the connection lives on."""

import contextlib
import json

import pytest
import redis
import websockets
from asgiref.sync import sync_to_async
from django.conf import settings

from gallery.models import Work
from studio.gates import presence
from studio.models import Generation
from studio.news import events
from tests.stack.page import Page
from tests.stack.session import session_cookie

GOOD = {"prompt": "a house", "steps": 2}
BAD_PARAMS = [
    ({"prompt": ""}, "prompt", "required"),
    ({"prompt": "  \n "}, "prompt", "required"),
    ({"prompt": "x" * 2001}, "prompt", "max_length"),
    ({"prompt": "bell\u0007"}, "prompt", "invalid"),
    ({"prompt": 12}, "prompt", "invalid"),
    ({"prompt": ["x"]}, "prompt", "invalid"),
    ({"negative_prompt": "x" * 2001}, "negative_prompt", "max_length"),
    ({"steps": 0}, "steps", "min_value"),
    ({"steps": 101}, "steps", "max_value"),
    ({"steps": "many"}, "steps", "invalid"),
    ({"steps": 2.5}, "steps", "invalid"),
    ({"steps": True}, "steps", "invalid"),
    ({"guidance_scale": -1}, "guidance_scale", "min_value"),
    ({"guidance_scale": 31}, "guidance_scale", "max_value"),
    ({"guidance_scale": "7"}, "guidance_scale", "invalid"),
    ({"seed": -1}, "seed", "min_value"),
    ({"seed": 2**53}, "seed", "max_value"),
    ({"count": 0}, "count", "min_value"),
    ({"count": 9}, "count", "max_value"),
    ({"width": 8}, "width", "min_value"),
    ({"width": 100}, "width", "step_size"),
    ({"height": 4096}, "height", "max_value"),
    ({"sampler": "x"}, "sampler", "invalid_choice"),
    ({"sampler": 7}, "sampler", "invalid_choice"),
    ({"scheduler": "x"}, "params", "unknown"),
]


@pytest.mark.parametrize(("params", "field", "code"), BAD_PARAMS)
async def test_a_bad_parameter_is_named_with_its_code(page_of, alice, params, field, code) -> None:
    async with page_of(alice) as page:
        await page.hello()
        message = {"type": "submit", "id": "one", "tool": "text_to_image", "model": "fake", "params": GOOD | params}
        await page.send(message)
        rejected = await page.wait("rejected")
        assert rejected["id"] == "one" and rejected["code"] == "invalid"
        assert rejected["fields"][field]["code"] == code and rejected["fields"][field]["message"]
        await page.ended(await page.submit("two", **GOOD))


@pytest.mark.parametrize("strength", [0, 1.5, "half", 0.1])
async def test_a_strength_that_would_change_nothing_or_is_none_is_refused(page_of, alice, drawing, strength) -> None:
    async with page_of(alice) as page:
        await page.hello()
        params = {"prompt": "x", "steps": 4, "strength": strength}
        message = {"type": "submit", "id": "one", "tool": "sketch_to_image", "model": "fake", "params": params}
        await page.send(message | {"attached": "sketch"}, drawing)
        assert (await page.wait("rejected"))["fields"]["strength"]["code"]


FRAMES = [
    ("not json", "invalid_json"),
    ("{", "invalid_json"),
    ('{"type":"hello","version":NaN}', "invalid_json"),
    ("[" * 100_000, "invalid_json"),
    ("[]", "bad_message"),
    ("12", "bad_message"),
    ('{"type":"dance"}', "bad_message"),
    ('{"type":"studio.event"}', "bad_message"),
    ('{"type":"__class__"}', "bad_message"),
    ('{"type":"submit"}', "bad_message"),
    ('{"type":"submit","id":"x","tool":"text_to_image","surprise":1}', "bad_message"),
    ('{"type":"cancel","generation":"no-uuid"}', "bad_message"),
    ('{"type":"hello","version":2}', "unsupported_version"),
    ('{"type":"sync","last_seq":-1}', "bad_message"),
    (b"", "bad_frame"),
    (b"\xff\xff\xff\xff{}", "bad_frame"),
    (b"\x00\x00\x00\x02\xff\xff", "bad_frame"),
    (b"\x00\x00\x00\x02{}abc", "bad_message"),
    (b"\x00\x00\x00\x1f" + b'{"type":"hello","version":1   }' + b"abc", "bad_frame"),
    (b"\x00" * (513 * 1024), "too_large"),
    ("x" * (513 * 1024), "too_large"),
]


@pytest.mark.parametrize(("frame", "code"), FRAMES)
async def test_a_garbage_frame_is_answered_and_the_socket_lives_on(page_of, alice, frame, code) -> None:
    async with page_of(alice) as page:
        await page.hello()
        await page.socket.send(frame)
        rejected = await page.wait("rejected")
        assert rejected["code"] == code and rejected["message"]
        await page.ended(await page.submit("one", **GOOD))


async def test_protocol_abuse_is_closed(page_of, alice) -> None:
    async with page_of(alice) as page:
        await page.hello()
        with contextlib.suppress(websockets.ConnectionClosed):  # it may be closed before the last is sent
            for _ in range(12):
                await page.socket.send("garbage")
        assert await page.wait_closed() == 4400


async def test_a_flood_of_messages_is_closed(page_of, alice) -> None:
    async with page_of(alice) as page:
        await page.hello()
        with contextlib.suppress(websockets.ConnectionClosed):
            for _ in range(200):
                await page.socket.send('{"type":"seen","frames":1}')
        assert await page.wait_closed() == 4429


async def test_commands_before_the_greeting_are_refused(page_of, alice) -> None:
    async with page_of(alice) as page:
        await page.send({"type": "submit", "id": "one", "tool": "text_to_image", "params": GOOD})
        rejected = await page.wait("rejected")
        assert (rejected["code"], rejected["id"]) == ("hello_required", "one")
        assert (await page.hello())["type"] == "snapshot"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"tool": "paint_the_fence"}, "unknown_tool"),
        ({"tool": "text_to_image", "model": "nowhere"}, "model_unavailable"),
        ({"tool": "sketch_to_image"}, "input_required"),
        ({"tool": "sketch_to_image", "inputs": {"sketch": "6f2b6c2e-7b0e-4d3a-9d5e-111111111111"}}, "not_found"),
    ],
)
async def test_what_does_not_exist_has_its_code(page_of, alice, message, code) -> None:
    async with page_of(alice) as page:
        await page.hello()
        await page.send({"type": "submit", "id": "one", "model": "fake", "params": GOOD} | message)
        rejected = await page.wait("rejected")
        assert (rejected["code"], rejected["id"]) == (code, "one")


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda png: b"", "unsupported_image_type"),
        (lambda png: b"hello", "unsupported_image_type"),
        (lambda png: b"GIF89a" + png, "unsupported_image_type"),
        (lambda png: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unsupported_image_type"),
        (lambda png: png[: len(png) // 2], "invalid_image"),
        (lambda png: png[:60] + b"\x00" * 40 + png[100:], "invalid_image"),
    ],
)
async def test_a_drawing_that_is_no_picture_is_refused(page_of, alice, drawing, damage, code) -> None:
    async with page_of(alice) as page:
        await page.hello()
        message = {"type": "submit", "id": "one", "tool": "sketch_to_image", "model": "fake", "params": GOOD}
        await page.send(message | {"attached": "sketch"}, damage(drawing))
        rejected = await page.wait("rejected")
        assert (rejected["code"], rejected["id"]) == (code, "one")


async def test_nobody_is_told_to_log_in_and_closed(stack) -> None:
    async with Page(stack.url) as page:
        assert await page.wait_closed() == 4401
        assert page.events[0]["code"] == "auth_required"


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:1", "null", None])
async def test_a_foreign_origin_is_refused_at_the_handshake(stack, alice, origin) -> None:
    page = Page(stack.url, session_cookie(alice), Origin=origin)
    with pytest.raises(websockets.InvalidStatus) as refused:
        await page.open()
    assert refused.value.response.status_code == 403


async def test_a_page_of_another_protocol_version_is_told_and_closed(page_of, alice) -> None:
    page = page_of(alice)
    await page.open(["brushwire.v0"])
    assert await page.wait_closed() == 4400
    assert page.events[0]["code"] == "unsupported_version"


async def test_another_persons_ids_do_not_exist(page_of, alice, bob) -> None:
    async with page_of(alice) as hers, page_of(bob) as his:
        await hers.hello()
        await his.hello()
        generation = await hers.submit("one", **GOOD)
        await hers.ended(generation)
        await his.send({"type": "cancel", "generation": generation})
        rejected = await his.wait("rejected")
        assert (rejected["code"], rejected["generation"]) == ("not_found", generation)


async def test_cancelling_what_has_ended_says_so(page_of, alice) -> None:
    async with page_of(alice) as page:
        await page.hello()
        generation = await page.submit("one", **GOOD)
        await page.ended(generation)
        await page.send({"type": "cancel", "generation": generation})
        assert (await page.wait("rejected"))["code"] == "already_finished"


async def test_a_full_queue_says_so(page_of, alice) -> None:
    async with page_of(alice) as page:
        await page.hello()
        waiting = [await page.submit(f"n{n}", prompt="slow:1", steps=60) for n in range(20)]
        await page.send({"type": "submit", "id": "more", "tool": "text_to_image", "model": "fake", "params": GOOD})
        assert (await page.wait("rejected"))["code"] == "queue_full"
        for generation in reversed(waiting):
            await page.send({"type": "cancel", "generation": generation})
        for generation in waiting:
            await page.ended(generation, "cancelled")
    assert Generation.objects.count() == 20 and Work.objects.count() == 0


async def test_too_many_windows_close_the_oldest(page_of, alice) -> None:
    pages = [page_of(alice) for _ in range(7)]
    for page in pages:
        await page.open()
        await page.hello()
    assert await pages[0].wait_closed() == 4409
    assert pages[1].closed is None
    for page in pages[1:]:
        await page.close()


async def test_windows_are_counted_over_all_web_processes(page_of, alice) -> None:
    """Five of them are in a process that this test plays."""
    elsewhere = [presence.Socket(alice.pk, "", f"{n:020d}-older") for n in range(5)]
    for socket in elsewhere:
        assert presence.arrive(socket) == []
    async with page_of(alice) as first, page_of(alice) as second:
        await first.hello()
        await second.hello()
        left = await sync_to_async(presence.arrive)(presence.Socket(alice.pk, "", presence.new_name()))
        assert left == [elsewhere[1].name], "the oldest gave way to the second page"
        name = (await sync_to_async(_open_names)(alice))[-3]
        events.give_way(alice.pk, [name])
        assert await first.wait_closed() == 4409
        assert second.closed is None


async def test_from_one_address_only_so_many_windows_come(page_of, alice) -> None:
    many = [presence.Socket(-n, "127.0.0.1", presence.new_name()) for n in range(1000)]
    await sync_to_async(presence.stay)(many)
    try:
        page = page_of(alice)
        await page.open()
        assert await page.wait_closed() == 4409
        assert page.events[-1]["code"] == "too_many_from_here"
    finally:
        for socket in many:
            presence.leave(socket)


def _open_names(user) -> list[str]:
    client = redis.Redis.from_url(settings.STATE_REDIS_URL)
    return sorted(name.decode() for name in client.zrange(f"sockets:p{user.pk}", 0, -1))


async def test_previews_wait_until_earlier_ones_were_seen(page_of, alice) -> None:
    async with page_of(alice) as page:
        page.acknowledge = False
        await page.hello()
        await page.ended(await page.submit("one", prompt="slow:0.02", steps=20))
        assert len(page.previews) == 2, "two on their way, no more"
        await page.send({"type": "seen", "frames": 1})
        await page.ended(await page.submit("two", prompt="x", steps=1))
        assert json.loads(json.dumps(page.previews[2][0]))["step"] == 20, "of those that waited, the newest"
