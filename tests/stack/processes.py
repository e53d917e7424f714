"""The studio's own processes for flow tests, sharing the test database, media and Redis."""

import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from tests.stack import PATIENCE
from tests.stack.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = Path(sys.executable).parent


class Stack:
    """daphne, a worker and the reconciler; each can be killed and started again by name."""

    def __init__(self, slots: int = 1, /, **env: str) -> None:
        # One by one unless a test is about more: what waits, and in which order, is then certain.
        self.slots = slots
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        database = connection.settings_dict
        sqlite = database["ENGINE"].endswith("sqlite3")
        server = "sqlite:///" if sqlite else os.environ["DATABASE_URL"].rsplit("/", 1)[0] + "/"
        self.env = os.environ | {
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "BRUSHWIRE_VAR": os.environ["BRUSHWIRE_VAR"],
            "DATABASE_URL": f"{server}{database['NAME']}",
            "PYTHONUNBUFFERED": "1",
            **env,
        }
        self.env.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
        self.log = Path(os.environ["BRUSHWIRE_VAR"]) / "stack.log"
        self.access_log = self.log.with_name("access.log")

    def command(self, name: str) -> list[str]:
        """How the process called `name` is started. `worker` may have a suffix: `worker2` is a second one. `cpu` and
        `remote` are workers of these queues."""
        if name == "web":
            limits = ["--websocket-max-message-size", "1048576", "--websocket-max-frame-size", "1048576"]
            place = ["-b", "127.0.0.1", "-p", str(self.port), "-v", "0"]
            access = ["--access-log", str(self.access_log)]
            return [sys.executable, "-m", "config.server", *place, *limits, *access, "config.asgi:application"]
        if name == "reconciler":
            return [sys.executable, "manage.py", "reconciler"]
        quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "WARNING"]
        queue = next((queue for queue in ("cpu", "remote") if name.startswith(queue)), "gpu")
        slots = 4 if queue == "remote" else self.slots
        worker = ["-A", "config", "worker", "-Q", queue, "-P", "threads", "-c", str(slots), "-n", f"{name}@test"]
        return [str(SCRIPTS / "celery"), *worker, *quiet]

    def start(self, *names: str) -> None:
        """Start the named processes (all three by default) and wait until the studio is ready."""
        with self.log.open("ab") as log:
            for name in names or ("web", "worker", "reconciler"):
                self.processes[name] = subprocess.Popen(
                    self.command(name), cwd=ROOT, env=self.env, stdout=log, stderr=log
                )
        if "web" in self.processes:
            self.wait_for("/healthz")

    def wait_ready(self) -> None:
        """Wait until /readyz says that pictures can be made."""
        self.wait_for("/readyz")

    def wait_for(self, path: str, seconds: float = PATIENCE) -> None:
        """Wait until `path` answers 200. RuntimeError when it does not, or cannot because the web process has ended."""
        until = time.monotonic() + seconds
        web = self.processes.get("web")
        while time.monotonic() < until and not (web and web.poll() is not None):
            try:
                with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                pass
            time.sleep(0.1)
        raise RuntimeError(f"{path} did not answer; the log:\n{self.log.read_text()[-4000:]}")

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        """End one process and wait for it."""
        process = self.processes.pop(name)
        process.send_signal(number)
        process.wait(PATIENCE)

    def freeze(self, name: str) -> None:
        """Stop a process without ending it, at a moment when it does not hold SQLite's only write lock: nobody else
        could go on."""
        until = time.monotonic() + PATIENCE
        self._halt(name)
        while not self.others_can_write():
            assert time.monotonic() < until, f"{name} is always writing"
            self.thaw(name)
            time.sleep(0.05)
            self._halt(name)

    def thaw(self, name: str) -> None:
        """Let a frozen process go on."""
        self.processes[name].send_signal(signal.SIGCONT)

    def frozen(self, name: str) -> bool:
        """Whether a process was stopped, by us or by itself: with all its threads."""
        return stands_still(self.processes[name].pid)

    def _halt(self, name: str) -> None:
        """A signal is on its way for a moment, longer on a busy machine: a thread may even begin to write meanwhile."""
        self.processes[name].send_signal(signal.SIGSTOP)
        wait_until(lambda: self.frozen(name), f"{name} does not stop")

    def others_can_write(self) -> bool:
        """Whether the database can be written to before long; PostgreSQL always can."""
        if connection.vendor != "sqlite":
            return True
        probe = sqlite3.connect(str(connection.settings_dict["NAME"]), timeout=2.0, isolation_level=None)
        try:
            probe.execute("BEGIN IMMEDIATE")
            probe.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return False
        finally:
            probe.close()
        return True

    def stop(self) -> None:
        """End everything."""
        for process in self.processes.values():
            process.kill()
        for process in self.processes.values():
            process.wait(PATIENCE)
        self.processes.clear()

    @property
    def media(self) -> Path:
        return Path(settings.MEDIA_ROOT)


@contextmanager
def running(blocker: Any, **env: str) -> Iterator[Stack]:
    """A stack of all three processes for a session of tests; `blocker` is what guards pytest-django's database."""
    stack = Stack(**env)
    try:
        with blocker.unblock():
            stack.start("web", "worker", "reconciler")
            stack.wait_ready()
        yield stack
    finally:
        stack.stop()


def stands_still(pid: int) -> bool:
    """Whether every thread of a process is stopped."""
    states = []
    for stat in Path(f"/proc/{pid}/task").glob("*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has just ended
            states.append(stat.read_text().rpartition(")")[2].split()[0])
    return set(states) - {"Z", "X"} == {"T"}


def free_port() -> int:
    """A TCP port nobody listens on, kept for this process as long as it lives.

    A server binds it seconds later. Until then nobody may take it: the system gives those below 32768 to nobody by
    itself, and tests beside us see by a name of its own (Linux: a socket without a file) that it is taken.
    """
    for port in random.SystemRandom().sample(range(20_000, 32_000), 12_000):
        claim = socket.socket(socket.AF_UNIX)
        try:
            if sys.platform == "linux":
                claim.bind(f"\0brushwire-tests-port-{port}")
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            continue
        _claims.append(claim)
        return port
    raise RuntimeError("all ports are taken")


_claims: list[socket.socket] = []
