"""What every engine is: one method. All engines pass tests/studio/engines/contract.py."""

from typing import Any, Protocol, runtime_checkable

from studio.job import Job, Load, OnStep, Output


class Cancelled(Exception):
    """Raised by `on_step`; an engine lets it pass and frees what it holds.

    An engine raises it itself for a live frame when it was given a newer one of the same board.
    """


class EngineError(Exception):
    """An engine could not do the job. `code` is one of studio/words/errors.py, `params` fill its text."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(f"{code} {params}" if params else code)
        self.code = code
        self.params = params


class EngineLost(Exception):
    """The engine's process died while it worked on the job: nothing is known against the job, it may be tried again."""


class Engine(Protocol):
    """Computes pictures. One instance a process; `run` may be called from several threads."""

    def run(self, job: Job, on_step: OnStep) -> list[Output]:
        """Do `job` and return its outputs in order (`params["count"]` of them).

        Calls `on_step` when a stage begins and after every real denoising step, always between steps, so that a
        cancelled job stops within one. Raises EngineError for everything that can go wrong with the model, the
        input or the device.
        """
        ...


@runtime_checkable
class Holding(Protocol):
    """An engine that keeps models in memory: to begin with another one takes it a while."""

    def models(self) -> frozenset[str]:
        """The names (ModelRef.name) of those in memory, and of those that its jobs wait for."""
        ...


@runtime_checkable
class Measured(Protocol):
    """An engine that owns a device."""

    def load(self) -> Load | None:
        """How busy that is; None as long as it did not say."""
        ...


@runtime_checkable
class Limited(Protocol):
    """An engine whose servers take only so much at once."""

    def full(self) -> frozenset[str]:
        """The names of the models (ModelRef.name) of which nothing more can start now: it waits in the queue, where
        the order is fair."""
        ...


@runtime_checkable
class Remote(Protocol):
    """An engine on other servers."""

    async def look(self, target: Any) -> list[str]:
        """Ask one of them (engines.remote.servers.Target) whether it is well: the names of its models, empty where it
        has no list. Raises EngineError."""
        ...


@runtime_checkable
class Checking(Protocol):
    """An engine whose workflows need something of its servers."""

    async def check(self, target: Any, documents: dict[str, Any]) -> dict[str, list[dict[str, str]]]:
        """What one of them lacks for each of the workflows, as plain values, by name. Raises EngineError."""
        ...


@runtime_checkable
class Supervised(Protocol):
    """An engine that works in a process of its own, which can be ended without losing the worker."""

    def warm_up(self) -> None:
        """Start that process, so that the first person does not wait for it."""
        ...

    @property
    def pid(self) -> int | None:
        """The number of that process; None while there is none."""
        ...

    def close(self) -> None:
        """End that process; the next job, or `warm_up`, starts another one."""
        ...

    def end_hung(self, job_id: str) -> None:
        """Kill the process that holds the job; `run` raises EngineLost for every job in it."""
        ...
