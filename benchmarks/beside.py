"""What the benchmarks of other servers share: one is asked directly and through the whole system, turn by turn.

Imported before anything of Django's: it sets the environment up.
"""
# ruff: noqa: E402  the environment must be set before Django is imported

import asyncio
import os
import time
import urllib.request
from collections.abc import Awaitable, Callable
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
os.environ["BRUSHWIRE_ENGINE_HOSTS"] = "127.0.0.1"

import django

django.setup()

import httpx
from django.core.management import call_command

from accounts.models import User
from benchmarks import report
from config.env import VAR_DIR
from studio.models import Model, Server
from tests.stack.page import Page
from tests.stack.processes import Stack
from tests.stack.redis_server import RedisServer
from tests.stack.session import session_cookie

SIDE = 512
# Makes the picture of that number directly; returns seconds.
Ask = Callable[[httpx.AsyncClient, int], Awaitable[float]]
Times = tuple[list[float], list[float]]


def compare(kind: str, url: str, requests: int, ask: Ask, /, **model: Any) -> Times:
    """Seconds of both ways to a server of `kind` at `url` whose `model` it is: a stack in a temporary folder."""
    redis = RedisServer(VAR_DIR / "run" / "redis.sock")
    redis.start()
    call_command("migrate", verbosity=0)
    user = User.objects.create_user("bench")
    Server.objects.create(name="one", kind=kind, base_url=url)
    size = {"width": SIDE, "height": SIDE}
    defaults = size | model.pop("defaults")
    Model.objects.create(name="m", title="M", engine=kind, tools=["text_to_image"], defaults=defaults, **model)
    stack = Stack()
    try:
        stack.start("web", "reconciler", "remote")
        return asyncio.run(_measure(stack, user, requests, ask))
    finally:
        stack.stop()
        redis.stop(kill=True)


async def _measure(stack: Stack, user: User, requests: int, ask: Ask) -> Times:
    """Both ways in turn, after one warm-up each."""
    direct, whole = [], []
    cookie = session_cookie(user)
    async with Page(stack.url, cookie) as page, httpx.AsyncClient(timeout=60) as client:
        await page.hello()
        for number in range(requests + 1):
            direct.append(await ask(client, number))
            whole.append(await _through_everything(stack, cookie, page, number))
    return direct[1:], whole[1:]


async def _through_everything(stack: Stack, cookie: str, page: Page, number: int) -> float:
    """One request from the submit to the bytes of the kept picture; returns seconds."""
    began = time.perf_counter()
    finished = await page.ended(await page.submit(f"n{number}", model="m", prompt="a house", seed=number))
    request = urllib.request.Request(stack.url + finished["works"][0]["image"], headers={"Cookie": cookie})
    with urllib.request.urlopen(request) as answer:
        assert answer.read(4) == b"\x89PNG"
    return time.perf_counter() - began


def ratios(times: Times) -> list[float]:
    """What the whole way takes beside the direct one, pair by pair."""
    direct, whole = times
    return [b / a for a, b in zip(direct, whole, strict=True)]


def told(times: Times, directly: str) -> str:
    """A table of both ways, and their ratio."""
    direct, whole = times
    cost = [b - a for a, b in zip(direct, whole, strict=True)]
    ratio = ratios(times)
    return f"""| milliseconds | p50 | p95 | least |
|---|--:|--:|--:|
| {directly} | {report.summary(direct)} |
| through the whole system | {report.summary(whole)} |
| overhead, pair by pair | {report.summary(cost)} |

Ratio, pair by pair: p50 {report.percentile(ratio, 0.5):.2f}, p95 {report.percentile(ratio, 0.95):.2f}."""
