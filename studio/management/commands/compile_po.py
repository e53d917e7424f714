"""`manage.py compile_po [--check]`: writes every .mo from its .po. With polib, so no gettext is needed."""

from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Compiles the translations."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only fail when a .mo is stale")

    def handle(self, *args: Any, **options: Any) -> None:
        for folder in settings.LOCALE_PATHS:
            for source in sorted(Path(folder).rglob("*.po")):
                self.stdout.write(_write_or_check(source, check=options["check"]))


def _write_or_check(source: Path, *, check: bool) -> str:
    """Write the .mo beside `source`, or with `check` only compare. CommandError when it is not what it should be."""
    target = source.with_suffix(".mo")
    binary = polib.pofile(str(source)).to_binary()
    if target.is_file() and target.read_bytes() == binary:
        return f"{target.name} is up to date"
    if check:
        raise CommandError(f"{target} is stale: run the command without --check and commit the result")
    target.write_bytes(binary)
    return f"wrote {target}"
