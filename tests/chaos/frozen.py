"""Redis frozen, as half-open networks freeze it: how long pages take meanwhile, and that nothing is lost by it."""

import asyncio
import signal
import time
import urllib.error
import urllib.request
from dataclasses import dataclass

from asgiref.sync import sync_to_async

from gallery.models import Work
from studio.models import Generation, State
from tests.chaos.crowd import people, percentile
from tests.chaos.parts import Chaos
from tests.stack.page import Page
from tests.stack.redis_server import RedisServer
from tests.stack.waiting import until

PATHS = ("/", "/studio/", "/explore/", "/gallery/", "/healthz", "/api/v1/presets", "/account/sessions/")


@dataclass
class Frozen:
    """`took`: seconds of each request by address, idle and while Redis was frozen; `kept`: pictures afterwards of the
    one submitted meanwhile."""

    idle: dict[str, list[float]]
    took: dict[str, list[float]]
    kept: int

    @property
    def every(self) -> list[float]:
        return [seconds for each in self.took.values() for seconds in each]

    @property
    def slowest(self) -> dict[str, float]:
        return {path: round(max(each), 2) for path, each in self.took.items()}

    def __str__(self) -> str:
        every, idle = self.every, [seconds for each in self.idle.values() for seconds in each]
        told = f"{len(every)} requests, p50 {percentile(every, 0.5):.3f} s, p99 {percentile(every, 0.99):.2f} s"
        before = f"before: p50 {percentile(idle, 0.5):.3f} s, slowest {max(idle):.2f} s"
        return f"{told}, slowest {max(every):.2f} s ({before}); {self.kept} picture kept; by address {self.slowest}"


async def freeze_redis(stack: Chaos, redis: RedisServer, seconds: float) -> Frozen:
    """Ask for pages one after the other while Redis does not move, and submit one picture meanwhile."""
    ((user, cookie),) = await sync_to_async(people)(1)
    for path in PATHS:  # what is made at the first visit is made
        await asyncio.to_thread(get, stack.url + path, cookie)
    idle: dict[str, list[float]] = {path: [] for path in PATHS}
    took: dict[str, list[float]] = {path: [] for path in PATHS}
    await _ask(stack.url, cookie, idle, 1.0)
    async with Page(stack.url, cookie) as page:
        await page.hello()
        assert redis.process
        redis.process.send_signal(signal.SIGSTOP)
        try:
            params = {"prompt": "x", "steps": 2, "width": 64, "height": 64}
            await page.send({"type": "submit", "id": "one", "tool": "text_to_image", "model": "fake", "params": params})
            await _ask(stack.url, cookie, took, seconds)
            assert await Generation.objects.filter(command="one").aexists(), "the submit waited for Redis"
        finally:
            redis.process.send_signal(signal.SIGCONT)
        await until(Generation.objects.filter(state=State.FINISHED).exists)
        await page.send({"type": "sync", "last_seq": page.seq or 0})
        await page.wait("finished")
    return Frozen(idle, took, await Work.objects.filter(owner=user).acount())


async def _ask(url: str, cookie: str, took: dict[str, list[float]], seconds: float) -> None:
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        for path, times in took.items():
            times.append(await asyncio.to_thread(get, url + path, cookie))


def get(url: str, cookie: str) -> float:
    """Seconds for one page; an answer that is no page counts, too, as long as it is none of a broken server."""
    begun = time.monotonic()
    request = urllib.request.Request(url, headers={"Cookie": cookie})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        assert error.code < 500, (url, error.code)
    return time.monotonic() - begun
