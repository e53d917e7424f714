"""`manage.py backup FOLDER`: database, files and keys into a new folder in there, while the studio goes on."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from studio.management import backups
from studio.management.databases import DatabaseTrouble


class Command(BaseCommand):
    help = "Makes a backup in a new folder; what an earlier one beside it has is a hard link."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="where backups lie, on another disk than the studio")
        parser.add_argument("--keep", type=int, default=0, help="remove all but so many backups afterwards; 0: none")
        parser.add_argument("--without-keys", action="store_true", help="leave out SECRET_KEY: keep it elsewhere")
        parser.add_argument("--without-files", action="store_true", help="only the database: the bucket keeps versions")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["keep"] < 0:
            raise CommandError("--keep must be 0 or more")
        try:
            made = backups.make(
                options["folder"], with_keys=not options["without_keys"], with_files=not options["without_files"]
            )
        except (OSError, DatabaseTrouble) as error:
            raise CommandError(str(error)) from error
        size = f"{made.size / 2**20:.1f} MB"
        self.stdout.write(
            f"{made.folder}: {made.count} files, {size}, {made.linked} of them shared with the one before"
        )
        for name in made.missing:
            self.stderr.write(f"missing: the database names {name}, and there is no such file")
        for name in made.damaged:
            self.stderr.write(f"damaged: {name} has another content than its name says")
        if options["keep"]:
            for gone in backups.prune(options["folder"], options["keep"]):
                self.stdout.write(f"removed {gone}")
        if made.missing or made.damaged:
            raise CommandError("The backup has all else, and can be restored; look after these files.")
