"""The device and its step loop as an engine in the caller's own process: the inside of the engine process."""

import queue
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from studio.engines.local import (
    cleaning,
    messages,
    photos,
    prelude,  # noqa: F401  (before everything that imports diffusers)
    shapes,
)
from studio.engines.local import device as devices
from studio.engines.local.batcher import Batcher
from studio.engines.local.messages import Follow, Message, Request
from studio.engines.local.options import Options
from studio.job import Job, OnStep, Output

T = TypeVar("T")


class DeviceEngine:
    """Diffusers models on one device. `run` may be called from several threads: their jobs step together.

    `device` and `threads` default to BRUSHWIRE_DEVICE and BRUSHWIRE_TORCH_THREADS (see device.py), ValueError when that
    device is not there or a variable makes no sense ; `options` are read from the environment unless given.
    `on_lost` and `on_models` are the batcher's.
    """

    def __init__(
        self,
        device: str | None = None,
        threads: int | None = None,
        options: Options | None = None,
        on_lost: Callable[[], None] | None = None,
        on_models: Callable[[frozenset[str]], None] | None = None,
    ) -> None:
        self.device = devices.choose(device)
        self.threads = devices.use_threads(threads)
        self.batcher = Batcher(self.device, options or Options.read(), on_lost, on_models)

    def run(self, job: Job, on_step: OnStep) -> list[Output]:
        """See `studio.engines.base.Engine.run`. Whatever `on_step` raises passes through unchanged."""
        if job.tool == photos.TOOL:
            return photos.colorize(job, on_step, self._ask)
        if job.tool == cleaning.TOOL:
            return cleaning.restore(job, on_step, self._ask)
        if job.tool == shapes.TOOL:
            return shapes.make(job, on_step, self._ask)
        follow = partial(messages.follow, on_step=on_step, job=job)
        return self._ask(messages.request(job), follow)

    def _ask(self, request: Request, follow: Follow[T]) -> T:
        inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        ticket = self.batcher.submit(request, inbox.put)
        return follow(inbox.get, cancel=partial(self.batcher.cancel, ticket))
