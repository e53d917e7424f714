"""PostgreSQL killed and started again, and frozen, while people go on: they are told so, and nothing is lost."""

import asyncio
import random
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from studio.models import Generation
from tests.chaos import checker
from tests.chaos.crowd import Started, people, slack
from tests.chaos.fuzz.server_log import complaints
from tests.chaos.people import History, Person
from tests.stack import PATIENCE
from tests.stack.waiting import until
from tests.tools.postgres import Postgres

PATHS = ("/gallery/", "/api/v1/presets", "/", "/studio/")


@dataclass
class Asked:
    """What pages answered: statuses, the slowest in seconds, and refusals that say too little."""

    statuses: Counter[int] = field(default_factory=Counter)
    slowest: float = 0.0
    poor: list[str] = field(default_factory=list)

    def ask(self, url: str, cookie: str) -> None:
        begun = time.monotonic()
        try:
            request = urllib.request.Request(url, headers={"Cookie": cookie, "Accept": "text/html"})
            with urllib.request.urlopen(request, timeout=60) as answer:
                status, headers, body = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            status, headers, body = error.code, error.headers, error.read()
        self.slowest = max(self.slowest, time.monotonic() - begun)
        self.statuses[status] += 1
        sound = status == 503 and headers["Retry-After"] and b"Traceback" not in body
        if "/api/" in url and sound:
            sound = b'"db_busy"' in body
        if status != 200 and not sound:
            self.poor.append(f"{url}: {status} {body[:200]!r}")


@pytest.fixture
def server(started: Started) -> Iterator[Postgres]:
    """The tests' own; their connections to it do not outlive it."""
    yield Postgres.here()
    connections.close_all()


async def test_a_killed_database_costs_nobody_anything(started: Started, server: Postgres) -> None:
    stack = started("web", "worker0", "worker1", "reconciler")
    history: History = []
    crowd = await sync_to_async(people)(4)
    lives = [
        Person(user.username, user.pk, stack.url, cookie, history, random.Random(n), "slow:0.05", staying=True)
        for n, (user, cookie) in enumerate(crowd)
    ]
    for person in lives:
        person.wanted = [f"c{n}" for n in range(8)]
    living = asyncio.gather(*(person.live(time.monotonic() + 2 * PATIENCE) for person in lives))
    await until(lambda: any(person.ended for person in lives))
    asked = Asked()
    await asyncio.to_thread(server.kill)
    gone = time.monotonic()
    while time.monotonic() - gone < 2.5:  # longer than the lease
        for path in PATHS:
            await asyncio.to_thread(asked.ask, stack.url + path, crowd[0][1])
    assert set(asked.statuses) == {503}
    await asyncio.to_thread(server.start)
    await sync_to_async(connections.close_all)()
    for path in PATHS:
        await asyncio.to_thread(asked.ask, stack.url + path, crowd[0][1])
    assert asked.statuses[200] == len(PATHS)
    for person in lives:
        person.staying = False
    await living
    print(f"killed: {asked.statuses}, slowest {asked.slowest:.2f} s")
    assert asked.poor == []
    assert asked.slowest < 5 * slack()
    assert await sync_to_async(checker.violations)(history) == []
    assert await Generation.objects.filter(state="finished").acount() == 32
    assert complaints(stack.log) == []
    await sync_to_async(connections.close_all)()


async def test_a_frozen_database_is_told_as_one_that_is_away(started: Started, server: Postgres) -> None:
    stack = started("web")
    ((_, cookie),) = await sync_to_async(people)(1)
    asked = Asked()
    for path in PATHS:
        await asyncio.to_thread(asked.ask, stack.url + path, cookie)
    server.freeze()
    try:
        for path in PATHS[:2]:
            await asyncio.to_thread(asked.ask, stack.url + path, cookie)
    finally:
        server.thaw()
    print(f"frozen: {asked.statuses}, slowest {asked.slowest:.2f} s")
    assert asked.poor == []
    assert asked.statuses == {200: len(PATHS), 503: 2}
    assert asked.slowest < 5 * slack()
    assert complaints(stack.log) == []
    await sync_to_async(connections.close_all)()
