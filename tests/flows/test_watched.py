"""Previews are made for somebody: none while no page is open, the next one as soon as one is."""

import asyncio
import time
from typing import Any
from uuid import UUID

import pytest

from studio import audience, events


async def step_of(generation: str) -> int:
    """How many steps it has done, once it has done any."""
    until = time.monotonic() + 20
    while not (told := events.latest(UUID(generation))) or not told.get("step"):
        assert time.monotonic() < until
        await asyncio.sleep(0.1)
    return int(told["step"])


async def test_no_preview_is_made_until_somebody_watches_and_progress_goes_on(page_of: Any, alice: Any) -> None:
    async with page_of(alice) as page:
        await page.hello()
        generation = await page.submit("one", prompt="slow:0.3", steps=50)
    before = len(page.previews)
    await asyncio.sleep(2 * audience.WATCH_AGAIN)
    step, frame = await step_of(generation), events.latest_previews(UUID(generation), 1)
    await asyncio.sleep(1.5)
    assert await step_of(generation) > step + 1
    assert events.latest_previews(UUID(generation), 1) == frame, "a preview was made though nobody watches"
    assert len(page.previews) == before
    async with page_of(alice) as page:
        await page.hello()
        began = time.monotonic()
        while not any(header["step"] > step + 1 for header, _ in page.previews):
            assert time.monotonic() < began + 5
            await asyncio.sleep(0.05)
        await page.send({"type": "cancel", "generation": generation})
        await page.ended(generation, "cancelled")


async def test_another_persons_page_is_nobody_watching(page_of: Any, alice: Any, bob: Any) -> None:
    audience._watched.clear()
    async with page_of(bob) as page:
        await page.hello()
        assert audience.watched(bob.pk)
        assert not audience.watched(alice.pk)


def test_without_redis_everybody_is_taken_to_watch(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    layers = {"default": {"CONFIG": {"prefix": "x", "hosts": [{"address": "redis://127.0.0.1:1/0"}]}}}
    monkeypatch.setattr(settings, "CHANNEL_LAYERS", layers)
    audience._watched.clear()
    try:
        assert audience.watched(1)
    finally:
        audience._watched.clear()
