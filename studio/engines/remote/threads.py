"""Runs an engine's coroutine for the thread that called `Engine.run`. One event loop a process serves all of them."""

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar

from studio.job import OnStep, Step

# The caller says that it lives (and hears of a cancel) at least this often, in seconds.
PULSE = 0.5
# How long a coroutine that is no longer wanted may take to tell its server so.
FAREWELL = 5.0

T = TypeVar("T")
# Called by the coroutine, on the loop: hands a step to the thread that waits.
Tell = Callable[[Step], None]


def drive(work: Callable[[Tell], Coroutine[Any, Any, T]], on_step: OnStep, *, beat: Callable[[], None]) -> T:
    """What `work` returns or raises. Its steps, and a quiet one every PULSE seconds, reach `on_step` in this thread.

    `beat` is called every so often, for whoever has to be told that the work goes on. When `on_step` or `beat` raises,
    the coroutine is cancelled, waited for (FAREWELL seconds at most), and the error passes on.
    """
    steps: queue.SimpleQueue[Step | None] = queue.SimpleQueue()
    ended = threading.Event()

    async def whole() -> T:
        try:
            return await work(steps.put)
        finally:
            ended.set()
            steps.put(None)

    future = asyncio.run_coroutine_threadsafe(whole(), _loop())
    try:
        _listen(steps, on_step, beat)
    except BaseException:
        future.cancel()
        ended.wait(FAREWELL)
        raise
    return future.result(FAREWELL)


def _listen(steps: "queue.SimpleQueue[Step | None]", on_step: OnStep, beat: Callable[[], None]) -> None:
    alive = Step("waiting", quiet=True)
    told_at = time.monotonic()
    while True:
        try:
            step = steps.get(timeout=PULSE)
        except queue.Empty:
            step = alive
        if step is None:
            return
        on_step(step)
        alive = replace(step, preview=None, text="", quiet=True)
        if time.monotonic() - told_at > PULSE:
            beat()
            told_at = time.monotonic()


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="remote", daemon=True).start()
    return loop
