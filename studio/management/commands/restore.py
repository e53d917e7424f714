"""`manage.py restore BACKUP`: a backup into an empty studio. All of it is checked first, nothing overwritten."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from studio.management import backups
from studio.management.databases import DatabaseTrouble


class Command(BaseCommand):
    help = "Puts a backup into an empty database and empty folders, after comparing all of it with its checksums."
    requires_system_checks: list[str] = []  # they would ask tables that are not there yet

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("backup", type=Path, help="the folder of one backup")
        parser.add_argument("--check", action="store_true", help="only compare it with its checksums")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = options["backup"]
        try:
            if options["check"]:
                about = backups.check(folder)
                self.stdout.write(f"whole: Brushwire {about['brushwire']}, {about['made_at']}, {about['vendor']}")
                return
            about, count = backups.restore(folder)
        except backups.CannotRestore as error:
            raise CommandError(f"Nothing was restored: {error}") from error
        except (OSError, DatabaseTrouble) as error:
            raise CommandError(f"The backup could not be put back whole: {error}") from error
        self.stdout.write(f"restored: the database of {about['made_at']} and {count} files")
        if not backups.is_same_key(about):
            self.stdout.write(
                f"SECRET_KEY is another one than the backup's. Take that of {folder / backups.KEYS}, or add it to "
                "SECRET_KEY_FALLBACKS: otherwise log-ins end, and second factors and sealed keys cannot be read."
            )
        self.stdout.write("Now: manage.py prepare, then start the studio.")
