"""The tests' database: made by its migrations once for all processes, and put back between tests to what these made.

Django's own ways cost every process a run of all migrations, and every test that commits a fifth of a second.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from accounts import append_only

ROOT = Path(__file__).resolve().parents[2]
# The folder that tests/run.py gives all suites of one run; without it every process makes its own database.
SHARED = "BRUSHWIRE_TEST_SHARED"


def migrated(connection: BaseDatabaseWrapper) -> bool:
    """Lay a migrated database where the tests expect theirs; False: there is no folder for it, or no SQLite."""
    shared = os.environ.get(SHARED)
    if not shared or connection.vendor != "sqlite":
        return False
    made, wanted = Path(shared) / "migrated.sqlite3", Path(connection.settings_dict["TEST"]["NAME"])
    with (Path(shared) / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            begun = made.with_name("begun.sqlite3")
            env = os.environ | {"DATABASE_URL": f"sqlite:///{begun}", "DJANGO_SETTINGS_MODULE": "config.settings.test"}
            command = [sys.executable, "manage.py", "migrate", "--run-syncdb", "--verbosity", "0"]
            subprocess.run(command, cwd=ROOT, env=env, check=True)
            begun.rename(made)
    wanted.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(made, wanted)
    return True


class Baseline:
    """What stands in the tables when no test has run yet."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
        self.rows = {table: self._all(table) for table in self._full()}

    def restore(self) -> None:
        """Make it so again."""
        changed = [table for table in {*self._full(), *self.rows} if self._all(table) != self.rows.get(table, [])]
        recorded = append_only.TABLE in changed
        if recorded:
            append_only.allow(self.connection)
        try:
            with self.connection.constraint_checks_disabled(), transaction.atomic(), self.connection.cursor() as cursor:
                for table in changed:
                    cursor.execute(f"DELETE FROM {self._name(table)}")
                    if rows := self.rows.get(table):
                        places = ", ".join(["%s"] * len(rows[0]))
                        cursor.executemany(f"INSERT INTO {self._name(table)} VALUES ({places})", rows)
        finally:
            if recorded:
                append_only.forbid(self.connection)

    def _full(self) -> list[str]:
        """The tables that have rows."""
        each = (f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {self._name(table)})" for table in self.tables)
        with self.connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(each))
            return [row[0] for row in cursor.fetchall()]

    def _all(self, table: str) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {self._name(table)}")
            return cursor.fetchall()

    def _name(self, table: str) -> str:
        return self.connection.ops.quote_name(table)
