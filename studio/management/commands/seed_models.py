"""`manage.py seed_models`: adds the models of the settings to the catalogue, once; what the admin edited stays."""

from typing import Any

from django.core.management.base import BaseCommand

from studio.engines.seeding import seed


class Command(BaseCommand):
    help = "Add the models of settings MODELS that the catalogue does not have yet."

    def handle(self, *args: Any, **options: Any) -> None:
        added = seed()
        if options["verbosity"] > 0:
            self.stdout.write(f"Added: {', '.join(added)}" if added else "The catalogue already has every model.")
