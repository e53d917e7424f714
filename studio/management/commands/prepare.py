"""`manage.py prepare`: tables, catalogue and packed style sheets, before the processes of a new version start."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from studio.management import first_start

# Our number among PostgreSQL's advisory locks: several machines may prepare at the same time.
LOCK = 0x70726570617265


class Command(BaseCommand):
    help = "Migrates the database, adds what is missing in the catalogue, and collects style sheets and scripts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--without-static", action="store_true", help="only the database")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.SESSION_COOKIE_SECURE:  # for others than whoever started it
            call_command("check", deploy=True, fail_level="ERROR")
        if not options["without_static"]:
            call_command("collectstatic", interactive=False, verbosity=0)
            self.stdout.write(f"style sheets and scripts: {settings.STATIC_ROOT}")
        with alone():
            first_start.prepare(self.stdout.write)
        self.stdout.write("the database is ready")


@contextmanager
def alone() -> Iterator[None]:
    """On PostgreSQL, wait until nobody else prepares. SQLite lets one write at a time anyway."""
    if connection.vendor != "postgresql":
        yield
        return
    # A connection of its own: what is done inside may close the usual one.
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            yield
    finally:
        own.close()
