"""The worker's side of the local engine: starts the engine process, feeds it, and replaces it when it is gone."""

import logging
import os
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeVar

from studio.engines.base import EngineLost
from studio.engines.local import cleaning, messages, photos, shapes
from studio.engines.local.messages import Follow, Holds, Lost, Message, Request
from studio.job import Job, Load, OnStep, Output, Step

log = logging.getLogger(__name__)
T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[3]
# How often a job that waits for the engine to itself looks whether it is its turn, in seconds.
LOOK = 0.2


class LocalEngine:
    """One engine process for one device, shared by all threads of this worker. Started when first needed.

    `device` and `threads` are those of engine.DeviceEngine.
    """

    def __init__(self, device: str | None = None, threads: int | None = None) -> None:
        self._arguments = (device or "", str(threads or 0))
        self._lock = threading.Lock()
        self._process: EngineProcess | None = None
        self._holders: dict[str, EngineProcess] = {}
        self._wanted: dict[str, str] = {}
        self._company = Company()

    def run(self, job: Job, on_step: OnStep) -> list[Output]:
        """See `studio.engines.base.Engine.run`. Raises EngineLost when the process died with the job."""
        ask = partial(self._ask, on_step=on_step)
        if job.tool == photos.TOOL:
            return photos.colorize(job, on_step, ask)
        if job.tool == cleaning.TOOL:
            return cleaning.restore(job, on_step, ask)
        if job.tool == shapes.TOOL:
            return shapes.make(job, on_step, ask)
        return ask(messages.request(job), partial(messages.follow, on_step=on_step, job=job))

    def _ask(self, request: Request, follow: Follow[T], on_step: OnStep) -> T:
        job = request.job
        with self._company.of(job.attempt > 1, lambda: on_step(Step("waiting"))):
            process = self._living()
            if not process.heard:
                on_step(Step("loading"))  # its libraries: seconds, and more than one step's deadline may allow
            self._holders[job.id] = process
            self._wanted[job.id] = job.model.name
            try:
                return process.work(request, follow)
            finally:
                self._holders.pop(job.id, None)
                self._wanted.pop(job.id, None)

    def models(self) -> frozenset[str]:
        """See `studio.engines.base.Holding.models`."""
        process = self._process
        if process is None or not process.alive:
            return frozenset()
        return process.models | frozenset(list(self._wanted.values()))

    def load(self) -> Load | None:
        """See `studio.engines.base.Measured.load`."""
        process = self._process
        return process.load if process is not None and process.alive else None

    def warm_up(self) -> None:
        """Start the process: importing torch takes seconds."""
        self._living()

    def end_hung(self, job_id: str) -> None:
        """Kill the process that holds the job. All its jobs end with EngineLost, the next one gets a new process."""
        process = self._holders.get(job_id)
        if process is not None:
            log.critical("The engine process %s hangs and is killed", process.pid)
            process.kill()

    def close(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            if self._process is not None:
                self._process.kill()

    @property
    def pid(self) -> int | None:
        """The number of the engine process, None while there is none."""
        return self._process.pid if self._process and self._process.alive else None

    def _living(self) -> "EngineProcess":
        with self._lock:
            if self._process is None or not self._process.alive:
                self._process = EngineProcess(self._arguments)
            return self._process


class Company:
    """Who may be in the engine together. A job whose engine died before has it to itself: if it is the one that kills
    engines, it does not take the others with it each time, and they do not use up their attempts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._alone = False
        self._suspects = 0

    @contextmanager
    def of(self, alone: bool, waiting: Callable[[], None]) -> Iterator[None]:
        """Inside, the rule holds. Calls `waiting` while it has to wait, and lets pass what that raises."""
        if alone:
            with self._lock:
                self._suspects += 1
        try:
            while not self._enter(alone):
                waiting()
                time.sleep(LOOK)
        finally:
            if alone:
                with self._lock:
                    self._suspects -= 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                self._alone = False

    def _enter(self, alone: bool) -> bool:
        with self._lock:
            # While a suspect waits nobody else enters, or it would wait for ever.
            if self._alone or (self._inside if alone else self._suspects):
                return False
            self._inside += 1
            self._alone = alone
            return True


class EngineProcess:
    """One run of the engine process, from its start to its death."""

    def __init__(self, arguments: tuple[str, str]) -> None:
        self.alive = True
        self.heard = False
        self._popen: subprocess.Popen[bytes] | None = None
        self.models: frozenset[str] = frozenset()
        self.load: Load | None = None
        self._tickets = count(1)
        self._inboxes: dict[int, queue.SimpleQueue[Message]] = {}
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._began = threading.Event()
        # The kernel ends the process with the *thread* that started it: so that is the one which outlives it.
        threading.Thread(target=self._supervise, args=(arguments,), name="engine", daemon=True).start()
        self._began.wait()

    @property
    def pid(self) -> int | None:
        return self._popen.pid if self._popen is not None else None

    def work(self, request: Request, follow: Follow[T]) -> T:
        """Hand `request` over and follow it. Raises what `follow` raises, and EngineLost."""
        ticket, inbox = next(self._tickets), queue.SimpleQueue[Message]()
        with self._lock:
            if not self.alive:
                raise EngineLost
            self._inboxes[ticket] = inbox
        try:
            self._send(ticket, request)
            return follow(inbox.get, cancel=lambda: self._send(ticket, None))
        finally:
            self._inboxes.pop(ticket, None)

    def kill(self) -> None:
        """End the process at once, if it was ever there."""
        if self._popen is not None:
            self._popen.kill()

    def _send(self, ticket: int, request: Request | None) -> None:
        try:
            with self._sending:
                self._connection.send((ticket, request))
        except OSError:
            if request is not None:  # a cancel that finds nobody has come true
                raise EngineLost from None

    def _supervise(self, arguments: tuple[str, str]) -> None:
        ours, theirs = socket.socketpair()
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        command = [sys.executable, "-m", "studio.engines.local.process", str(theirs.fileno()), str(os.getpid())]
        try:
            self._popen = process = subprocess.Popen(  # noqa: S603  our own interpreter and our own module
                [*command, *arguments],
                env=os.environ | {"PYTHONPATH": path},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        except OSError:
            log.exception("The engine process cannot be started")
            self.alive = False
            return
        finally:
            theirs.close()
            self._connection = Connection(ours.detach())
            self._began.set()
        try:
            self._listen()
        finally:
            process.kill()
            code = process.wait()
            with self._lock:
                self.alive = False
                inboxes = list(self._inboxes.values())
            log.warning("The engine process %s is gone (%s), %s jobs were in it", self.pid, code, len(inboxes))
            for inbox in inboxes:
                inbox.put(Lost())

    def _listen(self) -> None:
        try:
            while True:
                ticket, message = self._connection.recv()
                self.heard = True
                if isinstance(message, Holds):
                    self.models = message.names
                    continue
                if isinstance(message, Load):
                    self.load = message
                    continue
                inbox = self._inboxes.get(ticket)
                if inbox is not None:
                    inbox.put(message)
        except (EOFError, OSError):
            pass
