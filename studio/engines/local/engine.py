"""The local engine: jobs in, pictures out, on this machine's own device. Loaded by workers only; knows no Django."""

import logging
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from studio.engines.base import Cancelled, EngineError
from studio.engines.local import device as devices
from studio.engines.local import sketch_to_image, text_to_image
from studio.engines.local.loading import LoadedModel, ModelCache
from studio.job import Job, OnStep, Output, Step

log = logging.getLogger(__name__)

TOOLS = {"text_to_image": text_to_image.make, "sketch_to_image": sketch_to_image.make}
# How often a job that waits for the device shows a sign of life (and learns that it was cancelled), in seconds.
WAITING_SIGN = 0.5
# One job at a time on each device, whichever engine object it came through.
_turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


class LocalEngine:
    """Stock diffusers pipelines on one device. `run` may be called from several threads: they take turns.

    `device` and `threads` default to BRUSHWIRE_DEVICE and BRUSHWIRE_TORCH_THREADS (see device.py); up to `models_kept`
    models stay in memory.
    """

    def __init__(self, device: str | None = None, threads: int | None = None, models_kept: int = 2) -> None:
        self.device = devices.choose(device)
        self.threads = devices.use_threads(threads)
        self._models = ModelCache(self.device, models_kept)

    def run(self, job: Job, on_step: OnStep) -> list[Output]:
        """See `studio.engines.base.Engine.run`. Whatever `on_step` raises passes through unchanged."""
        make = TOOLS.get(job.tool)
        if make is None:
            raise EngineError("unknown_tool")
        listener = _Listener(on_step)
        try:
            with torch.no_grad():
                return make(job, self._open, listener)
        except (Cancelled, EngineError):
            raise
        except Exception as error:
            if error is listener.raised:
                raise
            full = devices.is_out_of_memory(error)
            log.exception("Generation %s failed", job.id)
        # Outside of the except block the traceback no longer holds the tensors of the failed run.
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        raise EngineError("out_of_memory" if full else "engine_failed")

    @contextmanager
    def _open(self, job: Job, on_step: OnStep) -> Iterator[LoadedModel]:
        """The job's model, and the device to itself for as long as the block runs."""
        turn = _turns[str(self.device)]
        while not turn.acquire(timeout=WAITING_SIGN):
            on_step(Step("waiting"))
        try:
            model = self._models.get(job.model)
            if model is None:
                on_step(Step("loading"))
                model = self._models.load(job.model)
            yield model
        finally:
            turn.release()


class _Listener:
    """Passes steps on and remembers what the listener raised, to tell its trouble from the engine's own."""

    def __init__(self, on_step: OnStep) -> None:
        self.on_step = on_step
        self.raised: BaseException | None = None

    def __call__(self, step: Step) -> None:
        try:
            self.on_step(step)
        except BaseException as error:
            self.raised = error
            raise
