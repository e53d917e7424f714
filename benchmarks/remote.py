"""What the whole system costs over a direct call to the same server: `python -m benchmarks.remote [--requests 12]`.

One server with OpenAI's images endpoint that takes a fixed time for a picture, asked turn by turn in one run: directly
with httpx, and by a submit on the socket that goes through row, doorbell, the worker `remote`, the engine and keeping.
"""
# ruff: noqa: E402  the environment must be set before Django is imported

import argparse
import asyncio
import base64
import json
import os
import random
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
from PIL import Image

from accounts.models import User
from benchmarks import report
from config.env import VAR_DIR
from studio.models import Model, Server
from tests.servers.hosting import Host, hosted
from tests.servers.openai_images import encoded
from tests.stack.page import Page
from tests.stack.processes import Stack
from tests.stack.redis_server import RedisServer
from tests.stack.session import session_cookie

SIDE = 512


class OneServer:
    """Answers every request after `seconds` with the same picture, which no compression makes small."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        noise = random.Random(1).randbytes(SIDE * SIDE * 3)
        text = base64.b64encode(encoded(Image.frombytes("RGB", (SIDE, SIDE), noise))).decode()
        self.answer = json.dumps({"created": 1, "data": [{"b64_json": text}]}).encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await asyncio.sleep(self._seconds)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(self.answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self.answer})


async def directly(client: httpx.AsyncClient, host: Host) -> float:
    """One call and the picture's bytes; returns seconds."""
    began = time.perf_counter()
    asked = {"model": "m", "prompt": "a house", "n": 1, "size": f"{SIDE}x{SIDE}", "response_format": "b64_json"}
    answer = await client.post(f"{host.url}/v1/images/generations", json=asked)
    assert base64.b64decode(answer.json()["data"][0]["b64_json"])[:4] == b"\x89PNG"
    return time.perf_counter() - began


async def through_everything(stack: Stack, cookie: str, page: Page, number: int) -> float:
    """One request from the submit to the bytes of the kept picture; returns seconds."""
    began = time.perf_counter()
    finished = await page.ended(await page.submit(f"n{number}", model="m", prompt="a house", seed=number))
    request = urllib.request.Request(stack.url + finished["works"][0]["image"], headers={"Cookie": cookie})
    with urllib.request.urlopen(request) as answer:
        assert answer.read(4) == b"\x89PNG"
    return time.perf_counter() - began


async def measure(
    stack: Stack, user: User, requests: int, ask: Callable[[httpx.AsyncClient, int], Awaitable[float]]
) -> tuple[list[float], list[float]]:
    """Both ways in turn, after one warm-up each: `ask` makes the picture of that number directly."""
    direct, whole = [], []
    cookie = session_cookie(user)
    async with Page(stack.url, cookie) as page, httpx.AsyncClient(timeout=60) as client:
        await page.hello()
        for number in range(requests + 1):
            direct.append(await ask(client, number))
            whole.append(await through_everything(stack, cookie, page, number))
    return direct[1:], whole[1:]


def main() -> None:
    """Start the stack in a temporary folder, measure, write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=1.0, help="how long the server takes for a picture")
    options = parser.parse_args()
    redis = RedisServer(VAR_DIR / "run" / "redis.sock")
    redis.start()
    call_command("migrate", verbosity=0)
    user = User.objects.create_user("bench")
    stack = Stack()
    try:
        with hosted(OneServer(options.seconds)) as host:
            Server.objects.create(name="one", kind="openai_images", base_url=host.url)
            defaults = {"steps": 9, "guidance_scale": 0.0, "width": SIDE, "height": SIDE}
            kind = {"engine": "openai_images", "family": "z_image", "tools": ["text_to_image"]}
            Model.objects.create(name="m", title="M", source="m", defaults=defaults, **kind)
            stack.start("web", "reconciler", "remote")
            direct, whole = asyncio.run(
                measure(stack, user, options.requests, lambda client, _number: directly(client, host))
            )
    finally:
        stack.stop()
        redis.stop(kill=True)
    cost = [b - a for a, b in zip(direct, whole, strict=True)]
    ratio = [b / a for a, b in zip(direct, whole, strict=True)]
    body = f"""
A server that takes {options.seconds:g} s for a picture, answered as {len(OneServer(0).answer) // 1024} kB of JSON with
a PNG of noise, {SIDE} × {SIDE}; {options.requests} requests each, turn by turn. Through the whole system it is decoded
in the process for strangers' files, encoded anew with its recipe, kept with its thumbnails, told, fetched over HTTP.

| milliseconds | p50 | p95 | least |
|---|--:|--:|--:|
| direct call with httpx | {report.summary(direct)} |
| through the whole system | {report.summary(whole)} |
| overhead, pair by pair | {report.summary(cost)} |

Ratio, pair by pair: p50 {report.percentile(ratio, 0.5):.2f}, p95 {report.percentile(ratio, 0.95):.2f}. The overhead
does not depend on how long the server takes; it is processor time, so that others on the machine make it longer.
"""
    report.write("Pictures of another server", "python -m benchmarks.remote", body)


if __name__ == "__main__":
    main()
