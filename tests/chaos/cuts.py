"""Connections cut at random moments, and news lost between processes: nobody misses an end or sees a wrong view."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async

from accounts.models import User
from studio.models import Event, Generation
from studio.news import events
from tests.chaos import checker
from tests.chaos.crowd import people, percentile
from tests.chaos.parts import Chaos
from tests.chaos.people import History, Person
from tests.chaos.proxy import Proxy
from tests.chaos.reconnect import all_of, greet
from tests.stack import PATIENCE
from tests.stack.page import Page

# Pictures that each person has on order as long as the cuts go on.
ON_ORDER = 3


@dataclass
class Cut:
    """`moments` at which all connections of `persons` were cut, `cuts` of single connections, `ended` pictures."""

    persons: int
    moments: int
    cuts: int
    ended: int
    violations: list[str]
    seconds: float

    def __str__(self) -> str:
        told = (
            f"{self.moments} moments, {self.persons} persons: {self.cuts} connections cut, {self.ended} pictures ended"
        )
        return f"{told}, {len(self.violations)} promises broken, {self.seconds:.0f} s"


async def cut_at_random(stack: Chaos, persons: int, moments: int, pause: tuple[float, float] = (0.02, 0.3)) -> Cut:
    """Cut all connections at so many moments (`pause`: seconds between them) while people want pictures; check. It goes
    on until as many single connections were cut: on a slow machine people take long to come back."""
    history: History = []
    begun, chance = time.monotonic(), random.Random(7)
    crowd = await sync_to_async(people)(persons)
    async with Proxy(("127.0.0.1", stack.port)) as proxy:
        lives = [
            Person(user.username, user.pk, proxy.url, cookie, history, random.Random(n), "slow:0.03", staying=True)
            for n, (user, cookie) in enumerate(crowd)
        ]
        until = begun + moments * sum(pause) + 2 * PATIENCE
        living = asyncio.gather(*(person.live(until) for person in lives))
        number = 0
        while number < moments or (proxy.cuts < moments and time.monotonic() < begun + PATIENCE):
            number += 1
            for person in lives:
                while len(person.wanted) - len(person.ended) < ON_ORDER:
                    person.wanted.append(f"c{len(person.wanted)}")
            await asyncio.sleep(chance.uniform(*pause))
            proxy.cut_after = chance.choice([None, 700, 3000])
            proxy.cut()
        proxy.cut_after = None
        for person in lives:
            person.staying = False
        await living
    found = await sync_to_async(checker.violations)(history)
    ended = sum(len(person.ended) for person in lives)
    return Cut(persons, number, proxy.cuts, ended, found, time.monotonic() - begun)


class Listener(Page):
    """A page that notes when it knew each number."""

    def __init__(self, url: str, cookie: str) -> None:
        super().__init__(url, cookie)
        self.knew: dict[int, float] = {}

    async def _apply(self, event: dict[str, Any]) -> None:
        await super()._apply(event)
        if event["type"] not in ("heartbeat", "snapshot") and event.get("seq") and event["seq"] <= (self.seq or 0):
            self.knew.setdefault(event["seq"], time.time())


@dataclass
class Healed:
    """`late`: for each piece of news, seconds from its commit until its page knew it; `wrong`: what disagrees."""

    pages: int
    pictures: int
    late: list[float]
    wrong: list[str]

    def __str__(self) -> str:
        told = f"{self.pages} pages, {self.pictures} pictures, {len(self.late)} pieces of news, {len(self.wrong)} wrong"
        late = [f"{name} {percentile(self.late, share):.2f} s" for name, share in (("p50", 0.5), ("p99", 0.99))]
        return f"{told}; known after {', '.join(late)}, at the latest {max(self.late):.2f} s"


async def lose_news(stack: Chaos, persons: int, each: int) -> Healed:
    """Everybody makes `each` pictures while the armed fail point drops news; then all must be told what they missed."""
    crowd = await sync_to_async(people)(persons)
    pages = [Listener(stack.url, cookie) for _, cookie in crowd]
    await all_of(pages, greet)
    for n in range(each):
        for page in pages:
            params = {"prompt": f"{n}", "steps": 2, "width": 64, "height": 64}
            await page.send(
                {"type": "submit", "id": f"c{n}", "tool": "text_to_image", "model": "fake", "params": params}
            )
        # As many as may wait at the same time.
        await until(lambda n=n: _finished() >= persons * max(0, n - 5))
    await until(lambda: _finished() == persons * each)
    heads = await sync_to_async(events.heads)([user.pk for user, _ in crowd])
    both = list(zip(pages, crowd, strict=True))
    await asyncio.gather(*(_whole(page, heads[user.pk]) for page, (user, _) in both))
    wrong = [told for page, (user, _) in both for told in _disagrees(page, user, heads[user.pk], each)]
    committed = {(row.owner_id, row.seq): row.created_at.timestamp() async for row in Event.objects.all()}
    late = [page.knew[seq] - committed[user.pk, seq] for page, (user, _) in both for seq in page.knew]
    await asyncio.gather(*(page.close() for page in pages))
    return Healed(len(pages), persons * each, late, wrong)


async def until(what: Callable[[], bool]) -> None:
    """Wait until `what`, which may ask the database."""
    end = time.monotonic() + PATIENCE
    while not await sync_to_async(what)():
        assert time.monotonic() < end, "it did not come to that"
        await asyncio.sleep(0.1)


async def _whole(page: Page, head: int) -> None:
    async with page.arrived:
        await asyncio.wait_for(page.arrived.wait_for(lambda: page.seq == head), PATIENCE)


def _disagrees(page: Listener, user: User, head: int, each: int) -> list[str]:
    wrong = []
    if (ends := len({e["generation"] for e in page.events if e["type"] == "finished"})) != each:
        wrong.append(f"{user} heard of {ends} ends")
    numbers = [e["seq"] for e in page.events if e.get("seq") and e["type"] not in ("heartbeat", "snapshot")]
    if numbers != list(range(1, head + 1)) or sorted(page.knew) != numbers:
        wrong.append(f"{user} heard the numbers {numbers}, the last being {head}")
    return wrong


def _finished() -> int:
    return Generation.objects.filter(state="finished").count()
