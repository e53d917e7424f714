"""The step loop by hand, and what its pictures are compared with: the stock pipeline alone."""

import queue

import numpy as np
import torch

from studio.engines.local import messages
from studio.engines.local.adapters import key_of_adapter, read
from studio.engines.local.batcher import Batcher
from studio.engines.local.loading import LoadedModel, key_of, load
from studio.engines.local.messages import Message
from studio.engines.local.options import Options
from studio.engines.local.solo import run_solo
from studio.job import Job, ModelRef, Output
from tests.studio.engines.contract import Recorder, pixels

CPU = torch.device("cpu")


_loaded: dict[tuple[str, torch.device], LoadedModel] = {}


def loaded(ref: ModelRef, device: torch.device = CPU) -> LoadedModel:
    """The model, read from disk once."""
    if (key_of(ref), device) not in _loaded:
        _loaded[key_of(ref), device] = load(ref, device)
    return _loaded[key_of(ref), device]


class Driven(Batcher):
    """A loop that turns only when the test says so: who joins when is certain. Models given are in memory at once."""

    def __init__(self, *models: ModelRef, memory: int = 0, device: torch.device = CPU) -> None:
        super().__init__(device, Options(model_memory=memory))
        for model in models:
            self.shelf.cache.keep(loaded(model, device))

    def _loop(self) -> None:
        pass

    def fit(self, job: Job) -> None:
        """Have the job's adapters in memory at once."""
        for ref in job.adapters:
            self._adapters._contents[key_of_adapter(ref, job)] = read(ref, loaded(job.model, self.device))

    def turn(self) -> None:
        assert self.runs or not self._inbox.empty(), "the loop would sleep for ever"
        super().turn()

    def ask(self, job: Job) -> "queue.SimpleQueue[Message]":
        """Submit `job`; what it will hear."""
        inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self.submit(messages.request(job), inbox.put)
        return inbox

    def rows(self) -> int:
        """Rows that have steps to do."""
        return sum(slot.rows for slot in self.runs.stepping())

    def run_out(self) -> None:
        """Turn until nobody is left."""
        self.turn()
        while self.runs:
            self.turn()


def heard(inbox: "queue.SimpleQueue[Message]", job: Job) -> list[Output]:
    """The pictures of a request that has ended. Raises what it failed with."""
    return messages.follow(inbox.get_nowait, on_step=Recorder(), cancel=lambda: None, job=job)


def together(jobs: list[tuple[int, Job]], device: torch.device = CPU) -> tuple[list[list[Output]], int]:
    """The pictures of jobs that each join after so many turns, and the most rows that stepped together."""
    batcher = Driven(jobs[0][1].model, device=device)
    inboxes: list[queue.SimpleQueue[Message] | None] = [None] * len(jobs)
    most = turn = 0
    while None in inboxes or batcher.runs:
        for at, (joins, job) in enumerate(jobs):
            if joins == turn:
                batcher.fit(job)
                inboxes[at] = batcher.ask(job)
        batcher._inbox.put(lambda: None)
        batcher.turn()
        most, turn = max(most, batcher.rows()), turn + 1
    return [heard(inbox, job) for inbox, (_, job) in zip(inboxes, jobs, strict=True) if inbox is not None], most


def stock(job: Job, device: torch.device = CPU) -> list[Output]:
    """The same by diffusers' own pipeline."""
    return run_solo(loaded(job.model, device), messages.request(job), Recorder())


def difference(a: list[Output], b: list[Output]) -> int:
    """The largest difference of any value of any picture, in levels of 255."""
    pairs = zip(a, b, strict=True)
    pictures = [[np.frombuffer(pixels(o), np.uint8).astype(int) for o in pair] for pair in pairs]
    return max(int(np.abs(one - other).max()) for one, other in pictures)
