"""Programs with a key on the socket and the event stream: what the key allows, and that its end is theirs."""

import asyncio
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator

from accounts import keys
from accounts.models import ApiKey, User
from studio.gates.presence import Socket
from studio.routing import Web, sockets
from studio.sockets import keydoor, streams
from studio.sockets.heart import _ask
from studio.words.errors import Refused
from tests.stack.session import session_cookie
from tests.studio.sockets.test_streams import Program

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def key(alice: User, models: None) -> tuple[ApiKey, str]:
    return keys.make(alice, keys.Wish("program", ["read", "generate"]))


def program(secret: str, *, spoken: bool = False, **headers: str) -> WebsocketCommunicator:
    told = [(b"host", b"studio.test"), *((n.encode(), v.encode()) for n, v in headers.items())]
    if spoken:
        return WebsocketCommunicator(sockets, "/ws/api/", told, ["brushwire.v1", f"bearer.{secret}"])
    return WebsocketCommunicator(
        sockets, "/ws/api/", [*told, (b"authorization", f"Bearer {secret}".encode())], ["brushwire.v1"]
    )


async def greeted(page: WebsocketCommunicator) -> dict[str, Any]:
    connected, chosen = await page.connect(timeout=60)
    assert connected and chosen == "brushwire.v1"
    await page.send_json_to({"type": "hello", "version": 1, "last_seq": None})
    answer: dict[str, Any] = await page.receive_json_from(10)
    return answer


async def end_of(page: WebsocketCommunicator) -> tuple[str, int]:
    """What the socket says last, and its close code."""
    bye = await page.receive_json_from(10)
    closed = await page.receive_output(10)
    return bye["code"], closed["code"]


@pytest.mark.parametrize("spoken", [False, True])
async def test_a_key_opens_the_socket_and_its_revocation_closes_it(key: Any, alice: User, spoken: bool) -> None:
    page = program(key[1], spoken=spoken)
    assert (await greeted(page))["type"] == "snapshot"
    await page.send_json_to({"type": "submit", "id": "a", "tool": "text_to_image", "model": "fake",
                             "params": {"prompt": "x"}})  # fmt: skip
    queued = await page.receive_json_from(10)
    assert queued["type"] == "queued", queued
    generation = await asyncio.to_thread(alice.generations.get)
    assert generation.api_key_id == key[0].pk
    await asyncio.to_thread(keys.revoke, key[0], alice)
    while (bye := await page.receive_json_from(10))["type"] != "bye":
        pass
    assert (bye["code"], (await page.receive_output(10))["code"]) == ("key_revoked", 4401)
    await page.disconnect()


async def test_a_key_that_only_reads_hears_all_and_starts_nothing(alice: User) -> None:
    _, secret = await asyncio.to_thread(keys.make, alice, keys.Wish("reader", ["read"]))
    page = program(secret)
    await greeted(page)
    await page.send_json_to({"type": "submit", "id": "a", "tool": "text_to_image", "params": {}})
    rejected = await page.receive_json_from(10)
    assert (rejected["code"], rejected["params"], rejected["id"]) == ("key_scope", {"scope": "generate"}, "a")
    await page.disconnect()


async def test_a_key_with_limits_of_its_own_does_not_draw_live(alice: User) -> None:
    wish = keys.Wish("few", ["read", "generate"], images_per_day=3)
    _, secret = await asyncio.to_thread(keys.make, alice, wish)
    page = program(secret)
    await greeted(page)
    await page.send_json_to({"type": "draw", "board": "b", "revision": 1, "kind": "draft", "tool": "text_to_image",
                             "model": "fake", "params": {}})  # fmt: skip
    assert (await page.receive_json_from(10))["code"] == "key_not_live"
    await page.disconnect()


@pytest.mark.parametrize(("secret", "code", "close"), [("", "auth_required", 4401), ("bw_wrong", "key_invalid", 4401)])
async def test_without_a_valid_key_it_says_why_and_closes(secret: str, code: str, close: int) -> None:
    page = program(secret) if secret else WebsocketCommunicator(sockets, "/ws/api/", [], ["brushwire.v1"])
    await page.connect(timeout=60)
    assert await end_of(page) == (code, close)
    await page.disconnect()


async def test_cookies_open_nothing_where_keys_are_asked_for(alice: User) -> None:
    cookie = await asyncio.to_thread(session_cookie, alice)
    page = WebsocketCommunicator(sockets, "/ws/api/", [(b"cookie", cookie.encode())], ["brushwire.v1"])
    await page.connect(timeout=60)
    assert (await end_of(page))[0] == "auth_required"
    await page.disconnect()


async def test_a_key_of_another_scope_does_not_open_it(bob: User) -> None:
    _, secret = await asyncio.to_thread(keys.make, bob, keys.Wish("hooks", ["webhooks"]))
    page = program(secret)
    await page.connect(timeout=60)
    assert await end_of(page) == ("key_scope", 4403)
    await page.disconnect()


@pytest.mark.parametrize(
    ("origin", "let_in"),
    [("https://app.example", True), ("https://studio.test", True), ("https://evil.example", False), ("null", False)],
)
async def test_of_other_sites_those_that_were_chosen(key: Any, settings: Any, origin: str, let_in: bool) -> None:
    settings.CORS_ORIGINS = ["https://app.example"]
    page = program(key[1], origin=origin)
    connected, _ = await page.connect(timeout=60)
    assert connected is let_in
    await page.disconnect()


async def test_the_event_stream_opens_with_a_key_and_ends_with_it(key: Any, alice: User) -> None:
    async def pages(*ignored: Any) -> None:
        raise AssertionError("the stream is not Django's")

    reading = Program(alice, authorization=f"Bearer {key[1]}")
    web = Web(pages)
    reading.scope |= {"user": None, "session": None}
    reading.task = asyncio.create_task(web(reading.scope, reading.incoming.get, reading._send))
    await reading.until(lambda p: p.reader.events)
    await asyncio.to_thread(keys.revoke, key[0], alice)
    await reading.until(lambda p: p.over)
    assert reading.reader.events[-1][2]["code"] == "key_revoked"
    await asyncio.wait_for(reading.task, 60)


@pytest.mark.parametrize(("name", "value"), [("origin", "https://evil.example"), ("sec_fetch_site", "cross-site")])
async def test_another_sites_page_opens_no_stream_with_our_cookies(alice: User, name: str, value: str) -> None:
    reading = Program(alice, host="studio.test", **{name: value})
    await asyncio.wait_for(Web(None)(reading.scope, reading.incoming.get, reading._send), 60)
    assert reading.status == 403 and b"csrf_failed" in reading.body


def test_a_heartbeat_ends_what_was_opened_by_a_key_that_is_gone(key: Any, alice: User) -> None:
    places = [(Socket(alice.pk, "", "a"), key[0].socket_name), (Socket(alice.pk, "", "b"), "key:gone")]
    assert _ask(places)[1] == {key[0].socket_name}
    ApiKey.objects.update(revoked_at="2026-01-01T00:00:00Z")
    assert _ask(places)[1] == set()


async def test_who_tries_keys_too_often_waits(settings: Any, redis_server: Any) -> None:
    settings.RATE_FACTOR, settings.RATES = 1.0, settings.RATES | {"knock": (2.0, 0.001)}

    async def inner(scope: dict[str, Any], receive: Any, send: Any) -> None:
        told.append(scope["refused"])

    told: list[Refused] = []
    door = keydoor.KeyDoor(inner)
    for _ in range(3):
        headers = [(b"authorization", b"Bearer x")]
        await door({"type": "http", "headers": headers, "client": ("198.51.100.44", 1)}, None, None)
    assert [refused.code for refused in told] == ["key_invalid", "key_invalid", "rate_limited"]


def test_only_bearer_names_a_key() -> None:
    basic = {"headers": [(b"authorization", b"Basic eDp5")], "subprotocols": []}
    assert keydoor.secret_of(basic) is None
    assert keydoor.secret_of({"headers": [(b"authorization", b"bearer  k ")]}) == "k"


def test_the_servers_drain_knows_the_streams_address() -> None:
    from config.server import EVENTS

    assert EVENTS.decode() == streams.PATH


async def test_programs_never_close_the_pages_of_their_person(key: Any, alice: User, settings: Any) -> None:
    settings.MAX_SOCKETS_PER_USER = 1
    async with Program(alice) as page:
        await page.until(lambda p: p.reader.events)
        first, second = program(key[1]), program(key[1])
        await greeted(first)
        await greeted(second)
        assert await end_of(first) == ("too_many_sockets", 4409)
        assert not page.over
        await first.disconnect()
        await second.disconnect()
