"""A PostgreSQL of our own in a temporary folder, for tests and benchmarks: `python -m tests.tools.postgres COMMAND …`.

It runs COMMAND with DATABASE_URL pointing there and ends the server afterwards. Nobody else reaches it: it listens on a
socket in that folder alone. PostgreSQL refuses to run as root, so root hands it to Debian's user `postgres`, or nobody.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

# What is lost when the machine stops is made again: no need to wait for the disk. Commits are written at once all the
# same: tests kill the server, and what it said it had must be there afterwards.
QUICK = ("fsync=off", "full_page_writes=off", "max_connections=50")
PATIENCE = "60"  # seconds to start or to stop


class NoPostgres(Exception):
    """There is none on this machine."""


def find() -> Path:
    """The folder with initdb and pg_ctl: of the PATH, else the newest of Debian's. Raises NoPostgres."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    folders = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(folders, key=lambda path: int(path.parts[-3]), default=None)
    if newest is None:
        raise NoPostgres("PostgreSQL's server programs are not installed")
    return newest.parent


class Postgres:
    """A server in `folder`, which can be killed, frozen and started again by the numbers of its processes."""

    def __init__(self, folder: Path, settings: Sequence[str] = QUICK) -> None:
        self.folder, self.settings = folder, settings
        self._programs, self._owner = find(), _user()

    @classmethod
    def here(cls) -> "Postgres":
        """The one that this process was started with, by `running`."""
        return cls(Path(os.environ["PGHOST"]))

    def create(self) -> None:
        """An empty cluster."""
        if self._owner:
            shutil.chown(self.folder, self._owner.pw_uid, self._owner.pw_gid)
        how = ["--auth=trust", "--username=brushwire", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        _call(self._owner, self._programs / "initdb", "--pgdata", self.folder / "data", *how)

    def start(self) -> None:
        """Start it and wait until it answers."""
        places = ("listen_addresses=", f"unix_socket_directories={self.folder}")
        options = " ".join(f"-c {each}" for each in (*self.settings, *places))
        self._control("--log", self.folder / "log", "--options", options, "start")

    def stop(self) -> None:
        """End it at once; it mends itself when it is started again."""
        self._control("-m", "immediate", "stop")

    def kill(self) -> None:
        """SIGKILL to all of its processes, as if the power went. Returns when they are gone."""
        numbers = self.freeze()
        for number in numbers:
            _signal(number, signal.SIGKILL)
        self._wait(lambda: not any(Path(f"/proc/{number}/exe").exists() for number in numbers), "they do not end")

    def freeze(self) -> list[int]:
        """Stop all of its processes without ending them; their numbers. The postmaster comes first: it starts no more
        while the others are counted."""
        head = self._head()
        _signal(head, signal.SIGSTOP)
        self._wait(lambda: _state(head) in "TZX", "it does not stop")
        numbers = self.processes()
        for number in numbers:
            _signal(number, signal.SIGSTOP)
        # A signal is on its way for a moment, longer on a busy machine.
        self._wait(lambda: all(_state(number) in "TZX" for number in numbers), "they do not stop")
        return numbers

    def thaw(self) -> None:
        """Let them go on."""
        for number in self.processes():
            _signal(number, signal.SIGCONT)

    def processes(self) -> list[int]:
        """The numbers of the postmaster and of all that it started."""
        head = self._head()
        return [head, *(int(path.parent.name) for path in Path("/proc").glob("[0-9]*/stat") if _parent(path) == head)]

    def _wait(self, what: Callable[[], bool], why: str) -> None:
        until = time.monotonic() + float(PATIENCE)
        while not what():
            if time.monotonic() > until:
                raise RuntimeError(f"the processes of {self.folder}: {why}")
            time.sleep(0.02)

    def _head(self) -> int:
        """The number of the postmaster."""
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def _control(self, *words: str | Path) -> None:
        data = self.folder / "data"
        _call(self._owner, self._programs / "pg_ctl", "--pgdata", data, "-t", PATIENCE, "-w", "-s", *words)


@contextmanager
def running(*, settings: Sequence[str] = QUICK, place: str | None = None) -> Iterator[dict[str, str]]:
    """A fresh server in a new folder in `place`, by default where temporary files go; gives the environment in which
    Django and psql find its empty database."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=place))
    try:
        server = Postgres(folder, settings)
        server.create()
        server.start()
        try:
            yield {"PGHOST": str(folder), "PGUSER": "brushwire", "DATABASE_URL": "postgres:///postgres"}
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _state(number: int) -> str:
    """What a process does, as ps says it; X: it has ended."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "X"


def _parent(stat: Path) -> int:
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):  # it has just ended
        return -1


def _signal(number: int, what: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(number, what)


def _user() -> pwd.struct_passwd | None:
    """Whom root hands the server to."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            pass
    raise NoPostgres("PostgreSQL does not run as root, and there is nobody else")


def _call(user: pwd.struct_passwd | None, *command: str | Path) -> None:
    """Run one of its programs; a failure is told with what it said."""
    given: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    # A file, not a pipe: the server keeps it open.
    with tempfile.TemporaryFile() as said:
        done = subprocess.run([*map(str, command)], check=False, stdout=said, stderr=said, cwd="/", **given)
        if done.returncode:
            said.seek(0)
            raise RuntimeError(f"{command[0]}: {said.read().decode(errors='replace')}")


def main(command: Sequence[str]) -> int:
    with running() as env:
        return subprocess.run(command, env=os.environ | env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
