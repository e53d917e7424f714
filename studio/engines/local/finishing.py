"""From the last step of a picture to its bytes: which one is decoded now, and what its request hears."""

import time

from studio.engines.local import decoding
from studio.engines.local.runs import Runs


class Finishing:
    """Finishes the pictures in `runs`, a small piece of work at a time. For one thread."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs

    def piece(self) -> None:
        """Decode the picture that has waited longest for it, and end its request when it was the last one."""
        ready = self._runs.undecoded()
        slot = min(ready, key=lambda one: one.turn, default=None)
        if slot is None:
            return
        run = ready[slot]
        began = time.perf_counter()
        run.say(run.step(slot, stage="decoding"))
        try:
            decoded = decoding.decode(slot)
        except Exception as error:  # noqa: BLE001  fail logs it and tells it
            self._runs.fail(run, error)
            return
        run.worked(time.perf_counter() - began, slot)
        run.say(decoding.picture(slot, decoded, run.seconds))
        self._runs.sent(run, slot)
