"""`manage.py reconciler`: the process that mends lost doorbells and expired leases."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from studio import reconciler


class Command(BaseCommand):
    help = "Runs until it is told to stop (SIGTERM or SIGINT)."

    def handle(self, *args: Any, **options: Any) -> None:
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        reconciler.run_until(stopped)
