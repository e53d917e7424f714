"""One storm: people ask for pictures while the processes under them are killed, frozen and started again."""

import asyncio
import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from asgiref.sync import sync_to_async

from accounts.models import Role, User
from studio.models import Generation
from tests.chaos import checker
from tests.chaos.parts import Chaos
from tests.chaos.people import History, Person
from tests.stack.redis_server import RedisServer
from tests.stack.session import session_cookie

# So many pauses long a storm waits for requests to end.
STANDSTILL = 20


@dataclass(frozen=True)
class Plan:
    """How many requests of how many people, and how often each part is killed meanwhile: evenly over the requests that
    end, `pause` seconds from one kill to the next at least. `patience`: seconds for everything. `rest`: nothing
    ends any more when nothing has for so many seconds; then the next kill comes, and after the last one it is over."""

    requests: int
    people: int
    worker_kills: int
    redis_kills: int = 0
    web_kills: int = 0
    reconciler_kills: int = 0
    workers: int = 2
    pause: float = 1.0
    patience: float = 600.0
    rest: float = math.inf
    seed: int = 1
    prompt: str = "slow:0.02"


@dataclass
class Outcome:
    """What came of a storm. `recoveries`: seconds from a kill to the next start of what the dead worker held."""

    plan: Plan
    seconds: float = 0.0
    violations: list[str] = field(default_factory=list)
    orphans: int = 0
    wasted: float = 0.0
    accepted: int = 0
    ended: dict[str, int] = field(default_factory=dict)
    recoveries: list[float] = field(default_factory=list)
    kills: dict[str, int] = field(default_factory=dict)


class Storm:
    """Runs a plan against a stack that is already up."""

    def __init__(self, plan: Plan, stack: Chaos, redis: RedisServer) -> None:
        self.plan, self.stack, self.redis = plan, stack, redis
        self.chance = random.Random(plan.seed)
        self.history: History = []
        self.kills: dict[str, int] = {}
        self.recoveries: list[float] = []
        self.watching: set[asyncio.Task[None]] = set()
        self.people: list[Person] = []

    async def run(self) -> Outcome:
        """Let people ask while the kills go on; afterwards let everything come to rest, and check."""
        begun = time.monotonic()
        until = begun + self.plan.patience
        people = self.people = await self._people()
        lives = [asyncio.create_task(person.live(until)) for person in people]
        breaking = asyncio.create_task(self._break())
        resting = asyncio.create_task(self._rest(breaking))
        await asyncio.gather(*lives)
        for task in (breaking, resting):
            task.cancel()
        await asyncio.gather(breaking, resting, return_exceptions=True)
        return await sync_to_async(self._outcome)(people, time.monotonic() - begun)

    async def _people(self) -> list[Person]:
        return await sync_to_async(self._make_people)()

    def _make_people(self) -> list[Person]:
        made = []
        # The limits of a member are tried elsewhere.
        Role.objects.update(images_per_day=None, gpu_seconds_per_day=None, storage_bytes=None)
        for number in range(self.plan.people):
            user = User.objects.create_user(f"person{number}", f"p{number}@example.org", "x")
            person = Person(
                user.username, user.pk, self.stack.url, session_cookie(user), self.history,
                random.Random(self.plan.seed * 1000 + number), self.plan.prompt,
            )  # fmt: skip
            share = range(number, self.plan.requests, self.plan.people)
            person.wanted = [f"c{n}" for n in share]
            made.append(person)
        return made

    async def _break(self) -> None:
        """All kills in a random order, each followed by a start of the same part."""
        plan = self.plan
        acts: list[Callable[[], Any]] = [
            *[self._kill_worker] * plan.worker_kills,
            *[self._kill_redis] * plan.redis_kills,
            *[self._kill_web] * plan.web_kills,
            *[self._kill_reconciler] * plan.reconciler_kills,
        ]
        self.chance.shuffle(acts)
        for number, act in enumerate(acts):
            await asyncio.sleep(self.chance.uniform(0.5, 1.5) * plan.pause)
            await self._until(plan.requests * number / len(acts))
            await act()
            self.kills[act.__name__[6:]] = self.kills.get(act.__name__[6:], 0) + 1

    async def _until(self, ended: float) -> None:
        """Wait until so many requests have ended. Where nothing ends any more the next kill comes all the same."""
        until = time.monotonic() + min(STANDSTILL * self.plan.pause, self.plan.rest)
        while time.monotonic() < until and sum(len(person.ended) for person in self.people) < ended:
            await asyncio.sleep(0.05)

    async def _rest(self, breaking: asyncio.Task[None]) -> None:
        """When all is broken that shall be and nothing ends any more, the people leave."""
        ended, since = -1, time.monotonic()
        while not breaking.done() or time.monotonic() - since < self.plan.rest:
            await asyncio.sleep(0.1)
            if (now := sum(len(person.ended) for person in self.people)) != ended or not breaking.done():
                ended, since = now, time.monotonic()
        for person in self.people:
            person.over = True

    async def _kill_worker(self) -> None:
        name = self.chance.choice([f"worker{n}" for n in range(self.plan.workers)])
        held = await sync_to_async(self._running)()
        how = self.chance.random()
        if how < 0.2 and name in self.stack.processes:  # frozen for longer than its lease, then it comes back
            self.stack.freeze(name)
            await asyncio.sleep(3.0)
            self.stack.thaw(name)
            return
        self._kill(name)
        self.stack.start(name)
        if held:
            self.watching.add(asyncio.create_task(self._recover(held)))

    def _running(self) -> dict[Any, int]:
        return dict(Generation.objects.filter(state="running").values_list("pk", "attempt"))

    async def _recover(self, held: dict[Any, int]) -> None:
        """How long until each of `held` that needs another attempt gets it."""
        begun = time.monotonic()
        while held and time.monotonic() - begun < 60:
            await asyncio.sleep(0.2)
            rows = await sync_to_async(lambda: list(Generation.objects.filter(pk__in=held)))()
            for row in rows:
                if row.attempt > held[row.pk] and row.state != "queued":
                    self.recoveries.append(time.monotonic() - begun)
                if row.attempt > held[row.pk] or row.finished_at:
                    held.pop(row.pk)

    async def _kill_redis(self) -> None:
        await asyncio.to_thread(self.redis.restart, down_for=self.chance.uniform(0.1, 1.0))

    async def _kill_web(self) -> None:
        self._kill("web")
        await asyncio.sleep(self.chance.uniform(0, 0.5))
        await asyncio.to_thread(self.stack.start, "web")

    async def _kill_reconciler(self) -> None:
        self._kill("reconciler")
        await asyncio.sleep(self.chance.uniform(0, 1.0))
        self.stack.start("reconciler")

    def _kill(self, name: str) -> None:
        if name in self.stack.processes:
            self.stack.kill(name)

    def _outcome(self, people: list[Person], seconds: float) -> Outcome:
        found = checker.violations(self.history)
        ended: dict[str, int] = {}
        for person in people:
            for how in person.ended.values():
                ended[how] = ended.get(how, 0) + 1
        rows = list(Generation.objects.all())
        return Outcome(
            self.plan, seconds, found, checker.orphans(), checker.wasted(rows),
            sum(len(person.accepted) for person in people), ended, sorted(self.recoveries), self.kills,
        )  # fmt: skip
