"""Previews are made for somebody: none while no page is open, the next one as soon as one is."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from studio.news import audience, events
from tests.stack.waiting import until


async def step_of(generation: str) -> int:
    """How many steps it has done, once it has done any."""
    await until(lambda: (events.latest(UUID(generation)) or {}).get("step"))
    return int((events.latest(UUID(generation)) or {})["step"])


def watches(person: Any) -> bool:
    """Whether one of the person's pages listens now, whatever was known before."""
    audience._watched.clear()
    return audience.watched(person.pk)


async def test_no_preview_is_made_until_somebody_watches_and_progress_goes_on(page_of: Any, alice: Any) -> None:
    async with page_of(alice) as page:
        await page.hello()
        generation = await page.submit("one", prompt="slow:0.3", steps=100)
    before = len(page.previews)
    await until(lambda: not watches(alice))
    await asyncio.sleep(2 * audience.WATCH_AGAIN)  # the worker has asked again
    step, frame = await step_of(generation), events.latest_previews(UUID(generation), 1)
    await until(lambda: (events.latest(UUID(generation)) or {})["step"] > step + 1)
    assert events.latest_previews(UUID(generation), 1) == frame, "a preview was made though nobody watches"
    assert len(page.previews) == before
    async with page_of(alice) as page:
        await page.hello()
        await until(lambda: any(header["step"] > step + 1 for header, _ in page.previews))
        await page.send({"type": "cancel", "generation": generation})
        await page.ended(generation, "cancelled")


async def test_another_persons_page_is_nobody_watching(page_of: Any, alice: Any, bob: Any) -> None:
    async with page_of(bob) as page:
        await page.hello()
        assert watches(bob)
        assert not watches(alice)


def test_without_redis_everybody_is_taken_to_watch(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    layers = {"default": {"CONFIG": {"prefix": "x", "hosts": [{"address": "redis://127.0.0.1:1/0"}]}}}
    monkeypatch.setattr(settings, "CHANNEL_LAYERS", layers)
    audience._watched.clear()
    try:
        assert audience.watched(1)
    finally:
        audience._watched.clear()
