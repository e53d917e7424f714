"""What OpenAI's interface costs over the page's own: `python -m benchmarks.compat [--requests 40]`.

The same picture of the fake engine (4 steps at 256 x 256, so that nearly all of the time is ours), asked for in turn
by OpenAI's own Python client (JSON, picture in base64), and by a page (WebSocket, then the picture over HTTP); the
client's connection and the page's socket are open before.
"""
# ruff: noqa: E402  the environment must be set before Django is imported

import argparse
import asyncio
import base64
import logging
import os
import time
import urllib.request
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

import django

django.setup()

from django.core.management import call_command
from openai import AsyncOpenAI

from accounts import keys
from accounts.models import Role, User
from benchmarks import report
from config.env import VAR_DIR
from studio.engines import seeding
from tests.stack.page import Page
from tests.stack.processes import Stack
from tests.stack.redis_server import RedisServer
from tests.stack.session import session_cookie

PARAMS: dict[str, Any] = {"prompt": "a house", "steps": 4, "width": 256, "height": 256}


async def by_socket(stack: Stack, cookie: str, page: Page, seed: int) -> float:
    """One picture as a page gets it; returns seconds."""
    began = time.perf_counter()
    generation = await page.submit(f"n{seed}", **PARAMS, seed=seed)
    finished = await page.ended(generation)
    request = urllib.request.Request(stack.url + finished["works"][0]["image"], headers={"Cookie": cookie})
    with urllib.request.urlopen(request) as answer:
        assert answer.read().startswith(b"\x89PNG")
    return time.perf_counter() - began


async def by_client(client: AsyncOpenAI, seed: int) -> float:
    """The same by OpenAI's client; returns seconds."""
    began = time.perf_counter()
    extra = {"steps": PARAMS["steps"], "seed": seed}
    made = await client.images.generate(model="fake", prompt=PARAMS["prompt"], size="256x256", extra_body=extra)
    assert made.data and base64.b64decode(made.data[0].b64_json or "").startswith(b"\x89PNG")
    return time.perf_counter() - began


async def measure(stack: Stack, user: User, key: str, requests: int) -> tuple[list[float], list[float]]:
    """Both ways in turn, after one warm-up each."""
    socket, client_ = [], []
    cookie = session_cookie(user)
    async with Page(stack.url, cookie) as page, AsyncOpenAI(base_url=f"{stack.url}/v1", api_key=key) as client:
        await page.hello()
        for seed in range(requests + 1):
            socket.append(await by_socket(stack, cookie, page, seed))
            client_.append(await by_client(client, seed))
    return socket[1:], client_[1:]


def main() -> None:
    """Start the stack in a temporary folder, measure, write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=40)
    requests = parser.parse_args().requests
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    redis = RedisServer(VAR_DIR / "run" / "redis.sock")
    redis.start()
    call_command("migrate", verbosity=0)
    seeding.seed()
    Role.objects.update(images_per_day=None, gpu_seconds_per_day=None)
    user = User.objects.create_user("bench")
    key = keys.make(user, keys.Wish(name="bench", scopes=["generate"]))[1]
    stack = Stack()
    try:
        stack.start()
        stack.wait_ready()
        socket, client = asyncio.run(measure(stack, user, key, requests))
    finally:
        stack.stop()
        redis.stop(kill=True)
    cost = [b - a for a, b in zip(socket, client, strict=True)]
    ratio = [b / a for a, b in zip(socket, client, strict=True)]
    body = f"""
The same picture of the fake engine ({PARAMS["steps"]} steps at {PARAMS["width"]} × {PARAMS["height"]}), {requests}
times each, turn by turn, on a machine that others used meanwhile (see its load): the ratio says more than the times.

| milliseconds | p50 | p95 | least |
|---|--:|--:|--:|
| a page: submit on the open socket, picture over HTTP | {report.summary(socket)} |
| OpenAI's Python client: one request, picture in base64 | {report.summary(client)} |
| difference, pair by pair | {report.summary(cost)} |

Ratio, pair by pair: p50 {report.percentile(ratio, 0.5):.2f}, p95 {report.percentile(ratio, 0.95):.2f}.
"""
    report.write(
        "OpenAI's interface over the page's",
        "python -m benchmarks.compat",
        body,
        {"p50": report.percentile(ratio, 0.5)},
    )


if __name__ == "__main__":
    main()
