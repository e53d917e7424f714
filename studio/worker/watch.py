"""Beside an engine's work: holds the lease of its generation, and ends a process that hangs. In a thread of its own."""

import logging
import os
import threading
import time

from django.conf import settings
from django.db import Error, close_old_connections

from studio.engines.base import Engine, Supervised
from studio.job import Step
from studio.models import Generation
from studio.queue import leases

log = logging.getLogger(__name__)

HUNG_EXIT_CODE = 70


class Watch:
    """Holds the lease from a thread of its own, and ends the process when the engine shows no sign of life.

    A hung native call cannot be interrupted from Python: only the end of its process frees the device. `engine` is
    asked to end its own process where it has one; if that does not help either, or it has none, this one ends.
    """

    engine: Engine | None = None

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._stopped = threading.Event()
        self._stage = "loading"
        self._seen_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stopped.set()
        self._thread.join()

    def saw(self, step: Step) -> None:
        """The engine gave a sign of life."""
        self._stage, self._seen_at = step.stage, time.monotonic()

    def _run(self) -> None:
        while not self._stopped.wait(settings.LEASE / 5):
            self._end_if_hung()
            try:
                close_old_connections()
                leases.renew(self._generation)
            except Error as error:
                log.warning("generation %s: lease not renewed: %s", self._generation.pk, error)
        close_old_connections()

    def _end_if_hung(self) -> None:
        deadline = settings.DEADLINES.get(self._stage, settings.DEADLINES["default"])
        if time.monotonic() - self._seen_at <= deadline:
            return
        if isinstance(self.engine, Supervised):
            self.engine.end_hung(str(self._generation.pk))
            self.engine, self._seen_at = None, time.monotonic()
        else:
            log.critical("generation %s: no sign of life for %s s, the process ends", self._generation.pk, deadline)
            os._exit(HUNG_EXIT_CODE)
