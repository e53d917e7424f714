"""`models warm`: have workers load a model before anybody needs it."""

import time
from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandError

from studio.management.catalogue import named
from studio.models import Pulse
from studio.news import pulse
from studio.values import queues

# How often it is looked whether the model is there (seconds).
LOOK = 0.5


def warm(name: str, *, wait: float, say: Callable[[str], Any]) -> None:
    """Ask every worker of the model's queue to load it, and wait up to `wait` seconds until they hold it. Raises
    CommandError when nobody works there, and when it takes longer."""
    model = named(name)
    queue = model.queue or queues.of_engine(model.engine)
    asked = list(pulse.fresh().filter(kind=f"worker:{queue}").values_list("name", flat=True))
    if not asked:
        raise CommandError(f"No worker listens to the queue {queue} now.")
    for row in Pulse.objects.filter(name__in=asked):
        Pulse.objects.filter(name=row.name).update(warm=[*row.warm, name])
    say(f"{len(asked)} workers of {queue} are asked to load {name}.")
    until, told = time.monotonic() + wait, 0
    while True:
        rows = list(pulse.fresh().filter(name__in=asked).values_list("in_memory", flat=True))
        held = sum(name in models for models in rows)
        if held != told:
            say(f"{held} of {len(asked)} have it in memory.")
            told = held
        if held == len(asked):
            return
        if time.monotonic() > until:
            raise CommandError(f"{len(asked) - held} of them have not loaded {name} yet; their log says why.")
        time.sleep(LOOK)
