"""Sockets that are cut, killed with their server, told nothing, or closed because a log-in ended."""

import asyncio
import random
import time

import websockets
from asgiref.sync import sync_to_async

from accounts.models import LoginSession
from studio import events
from studio.models import Generation
from tests.chaos import checker
from tests.chaos.crowd import Started, memory, people, percentile, slack
from tests.chaos.people import History, Person
from tests.chaos.proxy import Proxy
from tests.chaos.revocation import revocations
from tests.stack.page import Page

PEOPLE, PAGES = 20, 10
SIZE = {"width": 64, "height": 64}


async def test_all_pages_come_back_with_the_right_state_after_the_web_process_is_killed(started: Started) -> None:
    stack = started("web", BRUSHWIRE_SOCKETS_PER_USER="100")
    crowd = people(PEOPLE)
    pages = [Page(stack.url, cookie) for _, cookie in crowd for _ in range(PAGES)]
    # The first ones bring what is there once: threads, connections to the database and to Redis, late imports.
    first, others = pages[:50], pages[50:]
    await _each(first, _greet)
    before = memory(stack.processes["web"])
    await _each(others, _greet)
    each = (memory(stack.processes["web"]) - before) / len(others)
    stack.kill("web")
    await asyncio.to_thread(stack.start, "web")
    begun, chance = time.monotonic(), random.Random(1)
    refused = sum(await _each(pages, lambda page: _come_back(page, chance)))
    took = time.monotonic() - begun
    print(f"{len(pages)} pages back in {took:.1f} s, {refused} refused, {each / 1024:.0f} kB a page")
    await asyncio.gather(*(page.close() for page in pages))
    assert refused == 0
    assert took < 10 * slack()
    assert each < 60 * 1024


async def test_cuts_at_random_cost_no_news_and_no_view_is_wrong(started: Started) -> None:
    stack = started("web", "worker0", "reconciler")
    history: History = []
    async with Proxy(("127.0.0.1", stack.port)) as proxy:
        lives = [
            Person(user.username, user.pk, proxy.url, cookie, history, random.Random(n), "slow:0.03")
            for n, (user, cookie) in enumerate(people(5))
        ]
        for person in lives:
            person.wanted = [f"c{n}" for n in range(12)]
        living = asyncio.gather(*(person.live(time.monotonic() + 60 * slack()) for person in lives))
        chance = random.Random(7)
        while proxy.cuts < 50 and not living.done():
            await asyncio.sleep(chance.uniform(0.02, 0.3))
            proxy.cut_after = chance.choice([None, 700, 3000])
            proxy.cut()
        proxy.cut_after = None
        await living
        assert proxy.cuts >= 50
    assert checker.violations(history) == []


async def test_lost_news_is_noticed_at_the_next_heartbeat(started: Started) -> None:
    lost = {"BRUSHWIRE_FAILPOINTS": "publish=drop:0.2", "BRUSHWIRE_HEARTBEAT_EVERY": "0.5"}
    stack = started(BRUSHWIRE_HEARTBEAT_EVERY="0.5")
    stack.failpoints = lost["BRUSHWIRE_FAILPOINTS"]
    stack.start("web", "worker0", "reconciler")
    crowd = people(5)
    pages = [Page(stack.url, cookie) for _, cookie in crowd]
    await _each(pages, _greet)
    for page in pages:
        for n in range(6):
            params = {"prompt": f"{n}", "steps": 2, "width": 64, "height": 64}
            await page.send(
                {"type": "submit", "id": f"c{n}", "tool": "text_to_image", "model": "fake", "params": params}
            )
    await _until(lambda: Generation.objects.filter(state="finished").count() == 30, 60 * slack())
    heads = await sync_to_async(events.heads)([user.pk for user, _ in crowd])
    begun = time.monotonic()
    for page, (user, _) in zip(pages, crowd, strict=True):
        async with page.arrived:
            await asyncio.wait_for(page.arrived.wait_for(lambda p=page, u=user: p.seq == heads[u.pk]), 10 * slack())
        assert len({e["generation"] for e in page.events if e["type"] == "finished"}) == 6
        numbers = [e["seq"] for e in page.events if e.get("seq") and e["type"] not in ("heartbeat", "snapshot")]
        assert numbers == list(range(1, heads[user.pk] + 1))
    assert time.monotonic() - begun < (0.5 + 1) * slack()
    await asyncio.gather(*(page.close() for page in pages))


async def test_a_log_in_that_ends_closes_its_pages_within_a_second(started: Started) -> None:
    stack = started("web", BRUSHWIRE_HEARTBEAT_EVERY="0.5")
    found = await revocations(stack.url, 21)
    print(found.report())
    assert percentile(found.all(), 0.99) < slack()
    assert found.codes <= {4401, 4403}
    ((someone, cookie),) = people(1, "other")
    async with Page(stack.url, cookie) as page:
        await page.hello()
        await LoginSession.objects.filter(user=someone).adelete()  # and nobody tells
        assert await page.wait_closed() == 1012, "it comes back, and is then told that nobody is logged in"


async def _each(pages: list[Page], do, at_once: int = 50) -> list:
    """`do` with every page, so many at a time, as browsers' back-off spreads them."""
    gate = asyncio.Semaphore(at_once)

    async def one(page: Page):
        async with gate:
            return await do(page)

    return await asyncio.gather(*(one(page) for page in pages))


async def _greet(page: Page) -> None:
    await page.open()
    assert (await page.hello())["type"] == "snapshot"


async def _come_back(page: Page, chance: random.Random) -> int:
    """As the page does after its server went: a jittered wait, then again and again. How often it was refused."""
    refused = 0
    await asyncio.sleep(chance.uniform(0, 0.5))
    while True:
        try:
            await page.open()
            break
        except (OSError, TimeoutError, websockets.WebSocketException):
            refused += 1
            await asyncio.sleep(chance.uniform(0, 1))
    await page.send({"type": "hello", "version": 1, "last_seq": None})
    assert (await page.wait("snapshot", after=1))["seq"] == 0
    return refused


async def _until(what, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not await sync_to_async(what)():
        assert time.monotonic() < end, "it did not come to that"
        await asyncio.sleep(0.1)
