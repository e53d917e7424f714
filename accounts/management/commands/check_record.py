"""`manage.py check_record`: whether the record of staff actions is whole; otherwise what is wrong, and exit code 1."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import records
from accounts.models import StaffAction


class Command(BaseCommand):
    help = "Check the hash chain of the record of staff actions."

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(records.faults())
        for fault in found:
            self.stderr.write(fault)
        if found:
            raise CommandError("The record of staff actions was tampered with.")
        if options["verbosity"] > 0:
            self.stdout.write(f"The record is whole: {StaffAction.objects.count()} actions.")
