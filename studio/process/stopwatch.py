"""Where the time of a generation goes: measured by the signs that its engine gives, kept compactly with its row.

Plain values. What is measured is one attempt, from the moment it was claimed. studio/operations/timelines.py puts it
beside the waiting before and the delivery after.
"""

import math
import time
from collections.abc import Callable
from typing import Any

from studio.job import Step

# So many steps of one generation are kept one by one; of more, several together.
MOST_STEPS = 300


class Stopwatch:
    """Hears every sign of one attempt. `now` gives seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._at = now()
        self._stage = "loading"
        self._spent: dict[str, float] = {}
        self._steps: dict[int, list[float]] = {}
        self._stepped_at: dict[int, float] = {}

    def hear(self, step: Step) -> None:
        """A sign. The time since the last one belongs to what that began, or, where this one says what was done, a
        step or a picture, to that."""
        # While a picture steps, "waiting" only says that the engine is alive: the next step may simply take long.
        if step.quiet or (step.stage == "waiting" and self._stepped_at):
            return
        now, before = self._now(), self._at
        self._spend(step.stage if step.step or step.preview else self._stage, now - before)
        self._at, self._stage = now, step.stage
        if step.total:
            if step.step:
                began = self._stepped_at.get(step.index, before)
                self._steps.setdefault(step.index, []).append(now - began)
            self._stepped_at[step.index] = now

    def told(self) -> dict[str, Any]:
        """All until now, in milliseconds: `stages` as pairs of name and time in the order in which they began, and
        `steps` of each picture; `each` is how many steps stand together where there were very many."""
        spent = dict(self._spent)
        spent[self._stage] = spent.get(self._stage, 0.0) + self._now() - self._at
        stages = [[stage, ms] for stage, seconds in spent.items() if (ms := round(1000 * seconds)) > 0]
        if not self._steps:
            return {"stages": stages}
        each = math.ceil(sum(len(times) for times in self._steps.values()) / MOST_STEPS)
        steps = [_together(self._steps[index], each) for index in sorted(self._steps)]
        return {"stages": stages, "steps": steps} | ({"each": each} if each > 1 else {})

    def _spend(self, stage: str, seconds: float) -> None:
        self._spent[stage] = self._spent.get(stage, 0.0) + seconds


def _together(times: list[float], each: int) -> list[int]:
    return [round(1000 * sum(times[at : at + each])) for at in range(0, len(times), each)]
