"""A worker's own row: what it does, what staff ask of it, and whether it has grown too large. No Celery here.

Every few seconds it writes the row and reads whether it is to drain. When it holds more memory than WORKER_MEMORY it
takes nothing new, finishes what it has and leaves; its supervisor starts it again. When only its engine's process holds
more than ENGINE_MEMORY that one is replaced.
"""

import logging
import threading
import time
from collections.abc import Sequence
from typing import Any, Protocol

from django.conf import settings
from django.db import Error, close_old_connections

from studio.engines import catalogue
from studio.engines.base import Measured, Supervised
from studio.models import Pulse
from studio.news import pulse
from studio.worker import duty

log = logging.getLogger(__name__)

MEGABYTE = 1024 * 1024
# How long (s) a worker that is to leave waits for what it has in hand; then that goes back into the queue.
FINISH_WITHIN = 600.0


class Hands(Protocol):
    """What takes work from the broker and from the mailbox (studio/tasks.py)."""

    @property
    def slots(self) -> int:
        """How many generations it takes at once."""
        ...

    def warm(self, models: list[str]) -> None:
        """Have these models loaded, by name, from another thread."""
        ...

    def put_down(self) -> None:
        """Take nothing new."""
        ...

    def take_up(self) -> None:
        """Take work again."""
        ...

    def busy(self) -> bool:
        """Whether something is still being made that has no row (live frames)."""
        ...

    def leave(self) -> None:
        """End this process, politely."""
        ...


class Worker:
    """This process as a worker of `queues`."""

    def __init__(self, queues: Sequence[str], hands: Hands) -> None:
        self._kinds = [f"worker:{queue}" for queue in queues]
        self._hands = hands
        self._leaving_since: float | None = None
        self._replacing = False
        self._known = self._left = False
        self._began = time.monotonic()
        self._over = threading.Event()

    def start(self) -> None:
        """Look after it from a thread of its own until the process ends."""
        threading.Thread(target=self._loop, name="pulse", daemon=True).start()

    def look(self) -> None:
        """One round: write the row, obey, guard the memory. Raises django.db.Error."""
        if not self._known:
            for kind in self._kinds:
                pulse.forget(kind)
            self._known = True
        own, engines = duty.memory_of(), self._engines()
        self._guard(own, engines)
        wishes = [pulse.asked(kind) for kind in self._kinds]
        asked = any(drain for drain, _models in wishes)
        self._rest(asked or self._replacing or self._leaving_since is not None)
        facts = {"running": duty.in_hand(), "in_memory": _models(), "state": self._state(), "memory": own}
        facts |= {"engine_memory": sum(size for _engine, size in engines), "most_rows": self._hands.slots} | _device()
        for kind in self._kinds:
            pulse.beat(kind, **facts)
        self._hands.warm(sorted({name for _drain, models in wishes for name in models}))
        if self._leaving_since is not None and not self._left:
            self._leave_when_done()

    def end(self) -> None:
        """This process ends as it should: it leaves no row behind that would look like one that died. Raises
        django.db.Error."""
        self._over.set()
        for kind in self._kinds:
            pulse.forget(kind)

    def _loop(self) -> None:
        while not self._over.is_set():
            try:
                close_old_connections()
                self.look()
            except Error as error:
                log.warning("no pulse written: %s", error)
            except Exception:  # a bug here must not make the worker look dead
                log.exception("the worker's own round failed")
            self._over.wait(settings.PULSE_EVERY)

    def _state(self) -> Pulse.State:
        if self._leaving_since is not None or self._replacing:
            return Pulse.State.LEAVING
        if duty.resting.is_set():
            return Pulse.State.DRAINING
        return Pulse.State.BUSY if self._busy() else Pulse.State.READY

    def _busy(self) -> bool:
        return bool(duty.in_hand()) or self._hands.busy()

    def _rest(self, wanted: bool) -> None:
        if wanted and not duty.resting.is_set():
            log.info("takes nothing new")
            duty.resting.set()
            self._hands.put_down()
        elif not wanted and duty.resting.is_set():
            log.info("takes work again")
            duty.resting.clear()
            self._hands.take_up()

    # Memory -----------------------------------------------------------------------------------------------------------

    def _engines(self) -> list[tuple[Supervised, int]]:
        known = [engine for engine in catalogue.loaded() if isinstance(engine, Supervised)]
        return [(engine, duty.memory_of(engine.pid) if engine.pid else 0) for engine in known]

    def _guard(self, own: int, engines: list[tuple[Supervised, int]]) -> None:
        # One that is too large from its birth would be so again: no haste.
        if not duty.has_worked() and time.monotonic() - self._began < FINISH_WITHIN:
            return
        if self._leaving_since is None and 0 < settings.WORKER_MEMORY * MEGABYTE < own:
            log.warning("holds %d MB and will leave when it has finished", own // MEGABYTE)
            self._leaving_since = time.monotonic()
        large = [(engine, size) for engine, size in engines if 0 < settings.ENGINE_MEMORY * MEGABYTE < size]
        if large and not self._replacing:
            log.warning("its engine holds %d MB and is replaced when it has finished", large[0][1] // MEGABYTE)
        self._replacing = bool(large)
        if duty.resting.is_set() and not self._busy():
            for engine, _size in large:
                engine.close()
                engine.warm_up()
            self._replacing = False

    def _leave_when_done(self) -> None:
        waited = time.monotonic() - (self._leaving_since or 0.0)
        if not self._busy() or waited > FINISH_WITHIN:
            self._left = True
            self._hands.leave()


def _device() -> dict[str, Any]:
    """What its engines say of the device: there is one a worker."""
    for engine in catalogue.loaded():
        if isinstance(engine, Measured) and (load := engine.load()) is not None:
            return {
                "device": load.device[:100],
                "device_memory": load.memory,
                "device_total": load.total,
                "rows": load.rows,
            }
    return {"rows": 0}


def _models() -> list[str]:
    """The models in memory of this worker's engines, by name."""
    return sorted(set().union(*catalogue.in_memory().values()))
