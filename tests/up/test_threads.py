"""Requests run in threads that stay, and find their database connection there again."""

import asyncio
import threading

from asgiref.sync import sync_to_async

from config.threads import KeptThreads


def test_one_after_the_other_finds_the_same_thread_and_those_at_once_have_one_each() -> None:
    used: list[int] = []
    together = asyncio.Event()

    async def application(scope: dict[str, object], receive: object, send: object) -> None:
        used.append(await sync_to_async(threading.get_ident)())
        if scope:
            used.append(await sync_to_async(threading.get_ident)())
            if len(used) < 10:
                await together.wait()
            together.set()

    async def visit() -> None:
        served = KeptThreads(application, kept=1)
        for _ in range(3):
            await served({}, None, None)
        assert len(set(used)) == 1
        used.clear()
        await asyncio.gather(*(served({"busy": True}, None, None) for _ in range(5)))
        assert len(set(used)) == 5 and len(used) == 10
        assert len(served._idle) == 1, "the others end"

    asyncio.run(asyncio.wait_for(visit(), 30))


def test_a_request_that_fails_gives_its_thread_back() -> None:
    async def application(scope: dict[str, object], receive: object, send: object) -> None:
        await sync_to_async(threading.get_ident)()
        raise ZeroDivisionError

    async def visit() -> None:
        served = KeptThreads(application)
        for _ in range(2):
            try:
                await served({}, None, None)
            except ZeroDivisionError:
                pass
        assert len(served._idle) == 1

    asyncio.run(asyncio.wait_for(visit(), 30))
