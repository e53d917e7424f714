"""`manage.py seed_presets`: adds the public styles, once; what the admin edited stays."""

from typing import Any

from django.core.management.base import BaseCommand

from studio.commands.presets import seed


class Command(BaseCommand):
    help = "Add the public styles that are missing."

    def handle(self, *args: Any, **options: Any) -> None:
        added = seed()
        if options["verbosity"] > 0:
            self.stdout.write(f"Added: {', '.join(added)}" if added else "Every public style is there already.")
