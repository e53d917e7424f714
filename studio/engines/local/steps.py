"""One step of the device: who takes part, the call to the network, and what everybody hears of it."""

import time
from collections import defaultdict
from collections.abc import Hashable, Mapping

import torch

from studio.engines.local import stepping
from studio.engines.local.alone import Alone
from studio.engines.local.budget import Budget
from studio.engines.local.device import is_out_of_memory
from studio.engines.local.order import FairOrder
from studio.engines.local.runs import Making, Run, Runs
from studio.engines.local.slots import Slot

# Rows of one step at most. On a CPU a step of more rows than this brings no more pictures, only longer steps.
MOST_ROWS = {"cpu": 16, "cuda": 32}
# For so long after the last live picture (seconds) steps stay short: the next one may come any moment.
LIVE_HOLD = 2.0
# After this many steps that fitted into memory one more row is tried again.
CLEAN_STEPS = 100


class Steps:
    """Makes the steps of all pictures in `runs`. For one thread."""

    def __init__(self, device: torch.device, runs: Runs, budget: Budget) -> None:
        self.device = device
        self._runs = runs
        self._budget = budget
        self._live_at = -LIVE_HOLD
        self._order = FairOrder()
        self._most: defaultdict[Hashable, int] = defaultdict(lambda: MOST_ROWS[device.type])
        self._clean: defaultdict[Hashable, int] = defaultdict(int)

    def step(self) -> None:
        """One step of those whose turn it is; nothing when nobody has a step to do."""
        owners = self._runs.stepping()
        began = time.perf_counter()
        if any(slot.lane == "live" for slot in owners):
            self._live_at = began
        chosen = self._order.choose(owners, self._rows)
        if not chosen:
            return
        if isinstance(chosen[0], Alone):
            self._alone(chosen[0], owners[chosen[0]])
        else:
            self._together([slot for slot in chosen if isinstance(slot, Slot)], owners)

    def _alone(self, slot: Alone, run: Run) -> None:
        began = time.perf_counter()
        try:
            preview = slot.work()
        except Exception as error:  # noqa: BLE001  fail logs it and tells it
            self._runs.fail(run, error)
            return
        run.worked(time.perf_counter() - began, slot)
        run.say(run.step(slot, step=slot.position, total=slot.total, preview=preview))

    def _together(self, chosen: list[Slot], owners: Mapping[Making, Run]) -> None:
        began = time.perf_counter()
        noises = self._predict(chosen)
        guesses = self._advance(chosen, noises, owners)
        previews = chosen[0].model.projection.previews(torch.cat(list(guesses.values()))) if guesses else []
        rows, spent = sum(slot.rows for slot in chosen), time.perf_counter() - began
        self._budget.saw(chosen[0].group, rows, spent)
        share = spent / rows
        for slot in chosen:
            owners[slot].worked(share * slot.rows, slot)
        for slot, preview in zip(guesses, previews, strict=True):
            run = owners[slot]
            run.say(run.step(slot, step=slot.position, total=slot.total, preview=preview))
        self._fitted(chosen)

    def live(self) -> bool:
        """Whether somebody draws live, or did a moment ago."""
        return time.perf_counter() - self._live_at < LIVE_HOLD

    def _rows(self, group: Hashable) -> int:
        return self._budget.rows(group, self._most[group], live=self.live())

    def _predict(self, chosen: list[Slot]) -> dict[Slot, torch.Tensor | Exception]:
        """The noise in each slot, or what went wrong with it. A step that fails is repeated in halves, so that only
        whoever fails alone has failed: one that does not fit, or one that breaks the call for all."""
        try:
            return dict(zip(chosen, stepping.predict(chosen), strict=True))
        except Exception as error:  # noqa: BLE001  told to whoever turns out to cause it
            if len(chosen) == 1:
                return {chosen[0]: error.with_traceback(None)}
            if is_out_of_memory(error):
                self._most[chosen[0].group] = max(1, sum(slot.rows for slot in chosen) // 2)
                self._clean[chosen[0].group] = 0
        # Outside of the except block the traceback no longer holds the tensors of the failed step.
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        middle = len(chosen) // 2
        return self._predict(chosen[:middle]) | self._predict(chosen[middle:])

    def _advance(
        self, chosen: list[Slot], noises: Mapping[Slot, torch.Tensor | Exception], owners: Mapping[Making, Run]
    ) -> dict[Slot, torch.Tensor]:
        """Commit the step of every slot that has one; the guess at the finished latents of each."""
        answered = {slot: noise for slot in chosen if not isinstance(noise := noises[slot], Exception)}
        stepped = dict(zip(answered, stepping.advance(list(answered), list(answered.values())), strict=True))
        guesses: dict[Slot, torch.Tensor] = {}
        for slot, outcome in ({**noises, **stepped}).items():
            if isinstance(outcome, Exception):
                self._runs.fail(owners[slot], outcome)
            else:
                guesses[slot] = outcome
        return {slot: guess for slot, guess in guesses.items() if owners[slot] in self._runs}

    def _fitted(self, chosen: list[Slot]) -> None:
        group = chosen[0].group
        if self._most[group] < MOST_ROWS[self.device.type]:
            self._clean[group] += 1
            if self._clean[group] >= CLEAN_STEPS:
                self._most[group] += 1
                self._clean[group] = 0
