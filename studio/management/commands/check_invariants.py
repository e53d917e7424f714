"""`manage.py check_invariants`: says what is not as it must be, and fails then."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from studio.invariants import problems


class Command(BaseCommand):
    help = "Checks that nothing was lost, doubled or left behind."

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(problems())
        for problem in found:
            self.stderr.write(problem)
        if found:
            raise CommandError(f"{len(found)} problems")
        self.stdout.write("all is well")
