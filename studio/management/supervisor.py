"""Keeps processes running: starts, watches, restarts and stops them. Knows nothing of what they do.

A child runs in a session of its own: Ctrl-C in the terminal reaches the supervisor alone, and all stops in order.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from studio.management.processes import Child

LEASH = Path(__file__).with_name("leash.py")
LONGEST_LINE = 8192
T = TypeVar("T")


class CannotStart(Exception):
    """A child does not start at all; the text names it."""


class Stopped(Exception):
    """Somebody asked us to stop while we were still doing something else."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds before a restart: `first`, doubled up to `longest`, and `first` again after `steady` seconds of life.

    `early_deaths` in a row, before the studio is ready, mean that the child cannot start.
    """

    first: float = 0.5
    longest: float = 15.0
    steady: float = 30.0
    early_deaths: int = 5

    def delay(self, deaths: int) -> float:
        """Seconds to wait after so many deaths in a row (1 or more)."""
        return min(self.longest, self.first * 2 ** min(deaths - 1, 16))


@dataclass(slots=True)
class _Kept:
    child: Child
    task: asyncio.Task[None] | None = None
    process: asyncio.subprocess.Process | None = None


class Supervisor:
    """Start children with `start`, live in `run_until`, and always end with `stop_all`. One event loop, main thread."""

    def __init__(self, log: Callable[[str, str], None], patience: Patience | None = None) -> None:
        self._log = log
        self._patience = patience or Patience()
        self._kept: list[_Kept] = []
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        self._given_up: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._ready = False

    def listen_to_signals(self) -> None:
        """Stop on SIGINT, SIGTERM and SIGHUP, even where a shell left SIGINT ignored; asked twice, do it at once."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.request_stop)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup means it
            loop.add_signal_handler(signal.SIGHUP, self.request_stop)

    def request_stop(self) -> None:
        """Ask everything to stop; asked again, kill what still runs."""
        if self._stop.is_set():
            self._hurry.set()
        self._stop.set()

    def be_ready(self) -> None:
        """From now on a child may die as often as it likes: it is restarted."""
        self._ready = True

    def start(self, child: Child) -> None:
        """Run `child`, and again whenever it ends."""
        kept = _Kept(child)
        kept.task = asyncio.create_task(self._keep(kept), name=child.name)
        kept.task.add_done_callback(self._look_at)
        self._kept.append(kept)

    async def run_until(self, work: Awaitable[T]) -> T:
        """The result of `work`. Raises Stopped when asked to stop first, CannotStart when a child gives up first."""
        task = asyncio.ensure_future(work)
        stop = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({task, stop, self._given_up}, return_when=asyncio.FIRST_COMPLETED)
            if self._given_up.done():
                self._given_up.result()
            if self._stop.is_set():
                raise Stopped
            return await task
        finally:
            for pending in (task, stop):
                pending.cancel()
            await asyncio.gather(task, stop, return_exceptions=True)

    async def run(self) -> None:
        """Until somebody asks to stop (Stopped)."""
        await self.run_until(asyncio.Event().wait())

    async def stop_all(self) -> None:
        """SIGTERM to the children one by one, last started first; SIGKILL to whoever is not gone after its grace."""
        self._stop.set()
        for kept in reversed(self._kept):
            await self._end(kept)
        if self._given_up.done() and not self._given_up.cancelled():
            self._given_up.exception()  # looked at, so that asyncio does not complain

    async def _end(self, kept: _Kept) -> None:
        assert kept.task is not None
        if kept.process is not None and kept.process.returncode is None:
            _signal(kept.process, signal.SIGTERM)
        hurry = asyncio.create_task(self._hurry.wait())
        await asyncio.wait({kept.task, hurry}, timeout=kept.child.grace, return_when=asyncio.FIRST_COMPLETED)
        hurry.cancel()
        if not kept.task.done():
            self._log("up", f"{kept.child.name} did not stop in time and is killed")
            _kill_group(kept.process)
        await asyncio.gather(kept.task, return_exceptions=True)

    async def _keep(self, kept: _Kept) -> None:
        child, deaths, loop = kept.child, 0, asyncio.get_running_loop()
        while not self._stop.is_set():
            born = loop.time()
            code = await self._live(kept)
            if self._stop.is_set():
                return
            deaths = 1 if loop.time() - born > self._patience.steady else deaths + 1
            if not self._ready and deaths >= self._patience.early_deaths:
                how = f"it ended {deaths} times ({_ending(code)}). Its last lines are above."
                self._give_up(CannotStart(f"{child.name} does not start: {how}"))
                return
            delay = self._patience.delay(deaths)
            self._log("up", f"{child.name} ended ({_ending(code)}), starting it again in {delay:g} s")
            try:
                await asyncio.wait_for(self._stop.wait(), delay)
            except TimeoutError:
                pass

    async def _live(self, kept: _Kept) -> int:
        """One life of the child: its exit status (negative: the signal that ended it)."""
        child = kept.child
        leashed = (sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), *child.command)
        # A pipe of our own: with asyncio's, wait() would also wait for everybody who inherited its other end.
        reading, writing = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *leashed,
                env=os.environ | {"PYTHONUNBUFFERED": "1"} | child.env,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                start_new_session=True,
                pass_fds=child.files,
            )
        finally:
            os.close(writing)
        kept.process = process
        self._log("up", f"{child.name} started, process {process.pid}")
        if self._stop.is_set():  # asked to stop while it was being born
            _signal(process, signal.SIGTERM)
        pump = asyncio.create_task(self._pump(child.name, reading))
        try:
            return await process.wait()
        finally:
            _kill_group(process)  # what it left behind: an engine whose worker was killed must not go on
            await asyncio.wait({pump}, timeout=1.0)
            pump.cancel()

    async def _pump(self, name: str, pipe: int) -> None:
        """Log what comes out of `pipe`, line by line, and close it; a line without end is cut."""
        stream, rest = asyncio.StreamReader(), b""
        protocol = asyncio.StreamReaderProtocol(stream)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(pipe, "rb", 0))
        try:
            while data := await stream.read(65536):
                *lines, rest = (rest + data).split(b"\n")
                if len(rest) > LONGEST_LINE:
                    lines, rest = [*lines, rest], b""
                for line in lines:
                    self._log(name, line[:LONGEST_LINE].decode(errors="replace").rstrip("\r"))
            if rest:
                self._log(name, rest.decode(errors="replace"))
        finally:
            transport.close()

    def _give_up(self, error: BaseException) -> None:
        if not self._given_up.done():
            self._given_up.set_exception(error)

    def _look_at(self, task: asyncio.Task[None]) -> None:
        """A fault of our own must end the studio, not leave a child unwatched."""
        if not task.cancelled() and (error := task.exception()):
            self._give_up(error)


def _ending(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except ProcessLookupError:
        pass


def _kill_group(process: asyncio.subprocess.Process | None) -> None:
    """Kill whatever runs in the child's session; start_new_session made its process id the group's."""
    if process is None:
        return
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # macOS says PermissionError for a group of zombies
        pass
