"""What the whole system costs over the bare pipeline: `python -m benchmarks.overhead [--requests 50]`.

The same tiny Stable-Diffusion-shaped model, the same drawing, the same parameters, turn by turn in one run: a bare
`StableDiffusionImg2ImgPipeline` call in this process, and a request through everything (drawing into the socket, row,
doorbell, Celery worker, engine, kept work, event, picture fetched over HTTP).
"""
# ruff: noqa: E402  the environment must be set before Django and torch are imported

import argparse
import asyncio
import io
import os
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

os.environ["TINY_PIPELINE"] = tempfile.mkdtemp(prefix="bw-tiny-")
os.environ.setdefault("BRUSHWIRE_TORCH_THREADS", "1")
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

import django

django.setup()

import torch
from diffusers import StableDiffusionImg2ImgPipeline
from django.core.management import call_command
from PIL import Image

from accounts.models import User
from benchmarks import report
from config.env import VAR_DIR
from studio.engines import seeding
from tests.stack.page import Page
from tests.stack.processes import Stack
from tests.stack.redis_server import RedisServer
from tests.stack.session import session_cookie

SKETCH = Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "house.png"
PARAMS: dict[str, Any] = {"prompt": "a house", "steps": 8, "guidance_scale": 5.0, "strength": 0.75}
SIZE = 64


def bare_pipeline() -> Any:
    """A function that makes one picture with the stock pipeline and encodes it as PNG; returns the seconds it took."""
    torch.set_num_threads(int(os.environ["BRUSHWIRE_TORCH_THREADS"]))
    pipeline = StableDiffusionImg2ImgPipeline.from_pretrained(os.environ["TINY_PIPELINE"], safety_checker=None)
    pipeline.set_progress_bar_config(disable=True)
    drawing = Image.open(SKETCH).convert("RGB").resize((SIZE, SIZE))

    def once(seed: int) -> float:
        began = time.perf_counter()
        picture = pipeline(
            PARAMS["prompt"],
            image=drawing,
            strength=PARAMS["strength"],
            num_inference_steps=PARAMS["steps"],
            guidance_scale=PARAMS["guidance_scale"],
            generator=torch.Generator().manual_seed(seed),
        ).images[0]
        picture.save(io.BytesIO(), "PNG")
        return time.perf_counter() - began

    return once


async def through_everything(stack: Stack, cookie: str, page: Page, seed: int) -> float:
    """One request from the drawing on the socket to the bytes of the finished picture; returns seconds."""
    began = time.perf_counter()
    params = PARAMS | {"seed": seed, "model": "tiny", "width": SIZE, "height": SIZE}
    generation = await page.submit(f"n{seed}", "sketch_to_image", SKETCH.read_bytes(), **params)
    finished = await page.ended(generation)
    request = urllib.request.Request(stack.url + finished["works"][0]["image"], headers={"Cookie": cookie})
    with urllib.request.urlopen(request) as answer:
        assert answer.read(4) == b"\x89PNG"
    return time.perf_counter() - began


async def measure(stack: Stack, user: User, requests: int) -> tuple[list[float], list[float]]:
    """Both ways in turn, after one warm-up each."""
    bare, whole = [], []
    once = bare_pipeline()
    cookie = session_cookie(user)
    async with Page(stack.url, cookie) as page:
        await page.hello()
        for seed in range(requests + 1):
            bare.append(once(seed))
            whole.append(await through_everything(stack, cookie, page, seed))
    return bare[1:], whole[1:]


def main() -> None:
    """Start the stack in a temporary folder, measure, write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=50)
    requests = parser.parse_args().requests
    redis = RedisServer(VAR_DIR / "run" / "redis.sock")
    redis.start()
    call_command("migrate", verbosity=0)
    call_command("make_tiny_pipeline", os.environ["TINY_PIPELINE"], verbosity=0)
    seeding.seed()
    user = User.objects.create_user("bench")
    stack = Stack()
    try:
        stack.start()
        stack.wait_ready()
        bare, whole = asyncio.run(measure(stack, user, requests))
    finally:
        stack.stop()
        redis.stop(kill=True)
    cost = [b - a for a, b in zip(bare, whole, strict=True)]
    ratio = [b / a for a, b in zip(bare, whole, strict=True)]
    body = f"""
Tiny random pipeline, {SIZE} × {SIZE}, {PARAMS["steps"]} steps × strength {PARAMS["strength"]}, {requests} requests
each, turn by turn; the drawing goes in as PNG over the socket, the picture comes back as PNG over HTTP.

| milliseconds | p50 | p95 | least |
|---|--:|--:|--:|
| bare `StableDiffusionImg2ImgPipeline` call | {report.summary(bare)} |
| through the whole system | {report.summary(whole)} |
| overhead, pair by pair | {report.summary(cost)} |

Ratio, pair by pair: p50 {report.percentile(ratio, 0.5):.2f}, p95 {report.percentile(ratio, 0.95):.2f}.
"""
    ratios = {"p50": report.percentile(ratio, 0.5), "p95": report.percentile(ratio, 0.95)}
    report.write("Overhead of the whole system", "python -m benchmarks.overhead", body, ratios)


if __name__ == "__main__":
    main()
