"""A request that waits: bounded, ended with its key, and what it alone waited for ends with it."""

import asyncio
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async

from accounts import keys
from accounts.models import ApiKey, User
from studio.commands import generations, programs
from studio.compat import waiting
from studio.compat.waiting import Wait
from studio.models import Generation
from studio.words.errors import Refused

pytestmark = pytest.mark.usefixtures("transactional_db", "models")
WISH = programs.Wish(("text_to_image",), "fake", {"prompt": "x"})


@pytest.fixture
def key(alice: User, models: None) -> ApiKey:
    return keys.make(alice, keys.Wish(name="test", scopes=["generate"]))[0]


async def begun(key: ApiKey) -> Wait:
    command = f"try-{uuid4().hex}-1"
    wait = Wait(key, command, partial(programs.ask, key.owner, key, WISH, command))
    await wait.begin()
    return wait


async def state() -> str:
    return str((await Generation.objects.aget()).state)


async def ended(seconds: float = 60.0) -> str:
    """The state of the one generation once it no longer waits."""
    async with asyncio.timeout(seconds):
        while (found := await state()) == "queued":
            await asyncio.sleep(0.02)
    return found


async def test_nobody_waits_longer_than_may_be_and_the_generation_goes_on(key: ApiKey, settings: Any) -> None:
    settings.PROGRAM_WAITS_FOR, settings.PROGRAM_LEFT_AFTER = 0.1, 0.0
    with pytest.raises(Refused, match="still_waiting"):
        async with await begun(key) as wait:
            await wait.end()
    await asyncio.gather(*waiting._leaving)
    assert await state() == "queued" and not waiting._waiting


async def test_whoever_goes_away_leaves_nothing_to_be_made(key: ApiKey, settings: Any) -> None:
    settings.PROGRAM_LEFT_AFTER = 0.05

    async def whole() -> None:
        async with await begun(key) as wait:
            await wait.end()

    task = asyncio.create_task(whole())
    async with asyncio.timeout(60):
        while not await Generation.objects.aexists():
            await asyncio.sleep(0.02)
    task.cancel()
    assert await ended() == "cancelled" and not waiting._waiting


async def test_a_stream_that_is_never_read_is_given_up(
    key: ApiKey, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PROGRAM_LEFT_AFTER = 0.0
    monkeypatch.setattr(waiting, "ENTERED_WITHIN", 0.05)
    await begun(key)
    assert await ended() == "cancelled" and not waiting._waiting


async def test_news_that_was_lost_is_looked_for(key: ApiKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "LOOK_EVERY", 0.1)

    async def unheard(self: Wait, message: dict[str, Any]) -> None:
        pass

    monkeypatch.setattr(Wait, "hear", unheard)
    async with asyncio.timeout(60), await begun(key) as wait:
        assert wait.generation is not None
        await sync_to_async(generations.cancel)(key.owner, wait.generation)
        await wait.end()


async def test_a_revoked_key_ends_the_wait(key: ApiKey) -> None:
    async with await begun(key) as wait:
        await sync_to_async(keys.revoke)(key, None)
        with pytest.raises(Refused, match="key_revoked"):
            async with asyncio.timeout(60):
                await wait.end()


async def test_only_so_many_wait_at_once(key: ApiKey, settings: Any) -> None:
    settings.PROGRAM_WAITS_PER_PERSON = 1
    async with await begun(key):
        with pytest.raises(Refused, match="too_many_waiting"):
            await begun(key)
    async with await begun(key):
        pass


async def test_what_is_refused_leaves_nothing_behind(key: ApiKey) -> None:
    wait = Wait(key, "try-x-1", partial(programs.ask, key.owner, key, programs.Wish(("nothing",)), "try-x-1"))
    with pytest.raises(Refused, match="unknown_tool"):
        await wait.begin()
    await asyncio.gather(*waiting._leaving)
    assert not waiting._waiting
