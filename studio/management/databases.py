"""The database as one file: a copy of one moment while everything goes on, and back into an empty one."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import connection, transaction
from django.db.backends.postgresql.client import DatabaseClient

Ask = Callable[[str], list[str]]


class DatabaseTrouble(Exception):
    """It cannot be copied, or not be put back; the text says why."""


def file_name() -> str:
    """What the copy of this kind of database is called."""
    return {"sqlite": "database.sqlite3", "postgresql": "database.dump"}[connection.vendor]


@contextmanager
def copied(target: Path) -> Iterator[Ask]:
    """Copy the database into the file `target`; gives a function that asks the copied moment for the first column of a
    query. Raises DatabaseTrouble."""
    with _sqlite(target) if connection.vendor == "sqlite" else _postgres(target) as ask:
        yield ask


def is_empty() -> bool:
    """Whether the database has no table yet."""
    with connection.cursor() as cursor:
        return not connection.introspection.table_names(cursor)


def put_back(source: Path) -> None:
    """Fill the empty database from a copy of the same kind. Raises DatabaseTrouble."""
    if connection.vendor == "sqlite":
        place = Path(str(connection.settings_dict["NAME"]))
        connection.close()
        draft = place.with_name(f".{place.name}.restored")
        shutil.copyfile(source, draft)
        draft.chmod(0o640)
        for left in ("-wal", "-shm"):
            place.with_name(place.name + left).unlink(missing_ok=True)
        draft.replace(place)
        return
    connection.close()
    _run("pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", str(source))


@contextmanager
def _sqlite(target: Path) -> Iterator[Ask]:
    place = f"file:{connection.settings_dict['NAME']}?mode=ro"
    with closing(sqlite3.connect(place, uri=True)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)  # in one go: writers go on meanwhile, and are not in it
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        told = copy.execute("PRAGMA integrity_check").fetchone()[0]
        if told != "ok":
            raise DatabaseTrouble(f"the database is damaged: {told}")
        yield lambda query: [row[0] for row in copy.execute(query)]


@contextmanager
def _postgres(target: Path) -> Iterator[Ask]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_export_snapshot()")
        moment = cursor.fetchone()[0]
        quiet = ("--format=custom", "--no-owner", "--no-privileges")
        _run("pg_dump", *quiet, f"--snapshot={moment}", f"--file={target}")

        def ask(query: str) -> list[str]:
            cursor.execute(query)
            return [row[0] for row in cursor.fetchall()]

        yield ask


def _run(program: str, *words: str) -> None:
    """One of PostgreSQL's programs, at our database."""
    settings = connection.settings_dict
    _, env = DatabaseClient.settings_to_cmd_args_env(settings, [])
    flags = {"--host": settings["HOST"], "--port": settings["PORT"], "--username": settings["USER"]}
    place = [f"{flag}={value}" for flag, value in flags.items() if value]
    command = [_find(program), *place, f"--dbname={settings['NAME']}", *words]
    done = subprocess.run(command, env=os.environ | (env or {}), capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise DatabaseTrouble(f"{program}: {done.stderr.strip() or done.returncode}")


def _find(program: str) -> str:
    """The newest that is installed: an older one cannot read a newer server."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=lambda path: int(path.parts[-3]))
    if found:
        return str(found[-1])
    if on_path := shutil.which(program):
        return on_path
    raise DatabaseTrouble(f"{program} is not installed (Debian: postgresql-client)")
