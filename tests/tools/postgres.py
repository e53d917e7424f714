"""A PostgreSQL of our own in a temporary folder, for tests and benchmarks: `python -m tests.tools.postgres COMMAND …`.

It runs COMMAND with DATABASE_URL pointing there and ends the server afterwards. Nobody else reaches it: it listens on a
socket in that folder alone. PostgreSQL refuses to run as root, so root hands it to Debian's user `postgres`, or nobody.
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# What is lost when the machine stops is made again: no need to wait for the disk.
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=50")
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


@contextmanager
def running(*, settings: Sequence[str] = QUICK) -> Iterator[dict[str, str]]:
    """A fresh server; gives the environment in which Django and psql find its empty database."""
    programs, user = find(), _user()
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        if user:
            shutil.chown(folder, user.pw_uid, user.pw_gid)
        data = folder / "data"
        init: list[str | Path] = [
            "--auth=trust",
            "--username=brushwire",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ]
        _call(user, programs / "initdb", "--pgdata", data, *init)
        options = " ".join(
            f"-c {each}" for each in (*settings, "listen_addresses=", f"unix_socket_directories={folder}")
        )
        control: list[str | Path] = [programs / "pg_ctl", "--pgdata", data, "-t", PATIENCE, "-w", "-s"]
        _call(user, *control, "--log", folder / "log", "--options", options, "start")
        try:
            env = {"PGHOST": str(folder), "PGUSER": "brushwire", "DATABASE_URL": "postgres:///postgres"}
            yield env
        finally:
            _call(user, *control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
