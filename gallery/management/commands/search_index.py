"""`manage.py search_index`: makes the full-text index anew, after a restore or a change of gallery/finding/words.py."""

from typing import Any

from django.core.management.base import BaseCommand

from gallery.finding import search


class Command(BaseCommand):
    help = "Cuts the words of every work anew and rebuilds the database's full-text index."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{search.rebuild()} works can be found")
