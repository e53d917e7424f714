"""Triggers that make a table append-only: the database itself refuses UPDATE, DELETE and TRUNCATE, whoever asks.

For the migration that adds them; the tests take them away for as long as they empty the database.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "accounts_staffaction"
SAYS = "the record of staff actions is append-only"

_FORBID = {
    "sqlite": [
        f"CREATE TRIGGER {TABLE}_no_{act} BEFORE {act} ON {TABLE} BEGIN SELECT RAISE(ABORT, '{SAYS}'); END"
        for act in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        (
            f"CREATE OR REPLACE FUNCTION {TABLE}_refuse() RETURNS trigger AS $$ "
            f"BEGIN RAISE EXCEPTION '{SAYS}'; END $$ LANGUAGE plpgsql"
        ),
        (
            f"CREATE TRIGGER {TABLE}_no_change BEFORE UPDATE OR DELETE ON {TABLE} "
            f"FOR EACH ROW EXECUTE FUNCTION {TABLE}_refuse()"
        ),
        (
            f"CREATE TRIGGER {TABLE}_no_truncate BEFORE TRUNCATE ON {TABLE} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {TABLE}_refuse()"
        ),
    ],
}
_ALLOW = {
    "sqlite": [f"DROP TRIGGER IF EXISTS {TABLE}_no_{act}" for act in ("UPDATE", "DELETE")],
    "postgresql": [f"DROP TRIGGER IF EXISTS {TABLE}_no_{act} ON {TABLE}" for act in ("change", "truncate")],
}


def forbid(connection: BaseDatabaseWrapper) -> None:
    """Add the triggers; nothing on a database that we do not support."""
    _run(connection, _FORBID)


def allow(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away."""
    _run(connection, _ALLOW)


def _run(connection: BaseDatabaseWrapper, statements: dict[str, list[str]]) -> None:
    with connection.cursor() as cursor:
        for statement in statements.get(connection.vendor, []):
            cursor.execute(statement)
