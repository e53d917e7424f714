"""Redis frozen, as half-open networks freeze it: pages answer within a second, submits are taken, nothing is lost."""

import asyncio
import signal
import time
import urllib.request

from gallery.models import Work
from studio.models import Generation, State
from tests.chaos.crowd import Started, people, percentile, slack
from tests.stack.page import Page
from tests.stack.redis_server import RedisServer

FROZEN_FOR = 5.0
PATHS = ("/", "/studio/", "/explore/", "/healthz", "/api/v1/presets", "/account/sessions/")


async def test_no_request_waits_for_a_frozen_redis(started: Started, redis_server: RedisServer) -> None:
    stack = started("web", "worker0", "reconciler")
    ((user, cookie),) = people(1)
    for path in PATHS:  # what is made at the first visit is made
        await asyncio.to_thread(_get, stack.url + path, cookie)
    took: dict[str, list[float]] = {path: [] for path in PATHS}
    async with Page(stack.url, cookie) as page:
        await page.hello()
        redis_server.process.send_signal(signal.SIGSTOP)  # type: ignore[union-attr]
        try:
            frozen = time.monotonic()
            params = {"prompt": "x", "steps": 2, "width": 64, "height": 64}
            await page.send({"type": "submit", "id": "one", "tool": "text_to_image", "model": "fake", "params": params})
            while time.monotonic() - frozen < FROZEN_FOR:
                for path in PATHS:
                    took[path].append(await asyncio.to_thread(_get, stack.url + path, cookie))
            assert await Generation.objects.filter(command="one").aexists(), "the submit waited for Redis"
        finally:
            redis_server.process.send_signal(signal.SIGCONT)  # type: ignore[union-attr]
        every = [seconds for each in took.values() for seconds in each]
        slowest = {path: round(max(each), 2) for path, each in took.items() if each}
        print(f"{len(every)} requests, p99 {percentile(every, 0.99):.2f} s, the slowest {slowest}")
        assert max(every) < slack(), slowest
        for _ in range(int(300 * slack())):
            if await Generation.objects.filter(state=State.FINISHED).aexists():
                break
            await asyncio.sleep(0.1)
        await page.send({"type": "sync", "last_seq": page.seq or 0})
        await page.wait("finished")
    assert await Work.objects.filter(owner=user).acount() == 1


def _get(url: str, cookie: str) -> float:
    """Seconds for one page; an answer that is no page counts, too, as long as it is none of a broken server."""
    begun = time.monotonic()
    request = urllib.request.Request(url, headers={"Cookie": cookie})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        assert error.code < 500, (url, error.code)
    return time.monotonic() - begun
