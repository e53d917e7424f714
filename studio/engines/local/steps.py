"""One step of the device: who takes part, the call to the network, and what everybody hears of it."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import partial
from typing import TypeVar

import torch

from studio.engines.base import EngineError
from studio.engines.local import stepping
from studio.engines.local.allowance import Allowance
from studio.engines.local.alone import Alone, Turns
from studio.engines.local.device import DeviceLost, empty_cache, is_lost, is_out_of_memory, settle
from studio.engines.local.leftover import Leftover
from studio.engines.local.memory import MemoryModel, roomy
from studio.engines.local.order import FairOrder
from studio.engines.local.pacing import Pacing
from studio.engines.local.runs import Run, Runs, Stepping
from studio.engines.local.sculpting import Sculpture
from studio.engines.local.slots import Slot
from studio.job import Preview

log = logging.getLogger(__name__)

# For so long after the last live picture (seconds) steps stay short: the next one may come any moment.
LIVE_HOLD = 2.0
# Different LoRAs in one step, the same one at another weight counted again. Each makes every layer of every row do
# more; so many are two people who each use all they may, or six who use one.
MOST_PICKS = 6
M = TypeVar("M", Slot, Alone)


class Steps:
    """Makes the steps of all pictures in `runs`. For one thread."""

    def __init__(
        self, runs: Runs, allowance: Allowance, memory: MemoryModel, make_room: Callable[[], None], live_step: float
    ) -> None:
        """`live_step` is how long a step may take while somebody draws live, in seconds."""
        self._runs = runs
        self._allowance = allowance
        self._memory = memory
        self._make_room = make_room
        self._pacing = Pacing()
        self._live_at = -LIVE_HOLD
        self._order = FairOrder()
        self._leftover = Leftover(live_step)
        self._spared = False
        # Pictures, by rows of the network, in the newest step; 0 when nobody had a step to do.
        self.rows = 0

    def step(self) -> None:
        """One step of those whose turn it is; nothing when nobody has a step to do."""
        owners = self._runs.stepping()
        began = time.perf_counter()
        drawn = {slot.group for slot in owners if slot.lane == "live"}
        if drawn:
            self._live_at = began

        def early(slot: Stepping) -> bool:
            return bool(drawn) and slot.group not in drawn and self._may_go_between(slot)

        first_look = self._first_look(owners)

        def beside(chosen: Sequence[Stepping], one: Stepping) -> bool:
            rows = sum(slot.rows for slot in chosen) + one.rows
            spared = chosen[0].lane == "live" and one.lane != "live" and rows > first_look.get(one.group, rows)
            return not spared and _few_picks(chosen, one)

        chosen = self._order.choose(owners, lambda group: self._rows(group, owners), beside, early)
        self.rows = sum(slot.rows for slot in chosen)
        if not chosen:
            return
        if isinstance(chosen[0], Turns):
            self._alone(chosen[0], owners)
        else:
            self._together([slot for slot in chosen if isinstance(slot, Slot)], owners)
        if drawn:
            self._leftover.made(time.perf_counter() - began, live=chosen[0].group in drawn)
        elif not self.live():
            self._leftover.forget()

    def _first_look(self, owners: Iterable[Stepping]) -> dict[Hashable, int]:
        """Rows of a step, by group, in which somebody who draws has their first look at the result: others fill it only
        as far as it hardly takes longer. Every second step at most is such a one, or the others' would be too few."""
        live = [slot for slot in owners if slot.lane == "live" and isinstance(slot, Slot)]
        new = {slot.group: slot for slot in live if slot.position == 0}
        self._spared = bool(new) and not self._spared
        if not self._spared:
            return {}
        rows = Counter[Hashable]()
        for slot in live:
            rows[slot.group] += slot.rows
        return {group: self._allowance.beside(slot, rows[group]) for group, slot in new.items()}

    def _may_go_between(self, slot: Stepping) -> bool:
        """Whether the live steps have left time enough for one of `slot`, which cannot share theirs."""
        # How long somebody else's pipeline takes for a step is not known.
        return isinstance(slot, Slot) and self._leftover.pays(self._allowance.expects(slot))

    def _alone(self, slot: Alone | Sculpture, owners: Mapping[Stepping, Run]) -> None:
        began, run = time.perf_counter(), owners[slot]
        try:
            guess = slot.work()
        except Exception as error:  # noqa: BLE001  fail logs it and tells it
            if is_out_of_memory(error) and slot.begin_again():
                self._make_room()
            else:
                self._runs.fail(run, error)
            return
        settle(slot.model.device)
        preview = None
        if guess is not None and isinstance(slot, Alone):
            preview = self._show({slot: guess}, owners, time.perf_counter() - began).get(slot)
        run.worked(time.perf_counter() - began, slot)
        run.say(run.step(slot, stage=slot.stage, step=slot.position, total=slot.total, preview=preview))

    def _together(self, chosen: list[Slot], owners: Mapping[Stepping, Run]) -> None:
        began = time.perf_counter()
        noises = self._predict(chosen)
        guesses = self._advance(chosen, noises, owners)
        settle(chosen[0].model.device)
        rows, spent = sum(slot.rows for slot in chosen), time.perf_counter() - began
        self._allowance.made(chosen[0].group, rows, spent)
        shown = self._show(guesses, owners, spent)
        share = (time.perf_counter() - began) / rows
        for slot in chosen:
            owners[slot].worked(share * slot.rows, slot)
        for slot in guesses:
            run = owners[slot]
            run.say(run.step(slot, step=slot.position, total=slot.total, preview=shown.get(slot)))

    def _show(
        self, guesses: Mapping[M, torch.Tensor], owners: Mapping[Stepping, Run], spent: float
    ) -> dict[M, Preview]:
        """The previews that are due after a step that took `spent` seconds."""
        began = time.perf_counter()
        due = self._pacing.due(list(guesses), owners)
        made = self._previews(due, guesses) if due else []
        self._pacing.spent(time.perf_counter() - began, spent)
        return dict(zip(due, made, strict=bool(made)))

    @staticmethod
    def _previews(due: Sequence[M], guesses: Mapping[M, torch.Tensor]) -> list[Preview]:
        """The previews of pictures of one model; none where they cannot be made: no picture is lost for that."""
        projection = due[0].model.projection
        if projection is None:
            return []
        try:
            return projection.previews(torch.cat([guesses[slot] for slot in due]))
        except Exception as error:
            if is_lost(error):
                raise DeviceLost from error
            log.warning("Previews could not be made: %s", type(error).__name__)
        empty_cache(due[0].model.device)
        return []

    def live(self) -> bool:
        """Whether somebody draws live, or did a moment ago."""
        return time.perf_counter() - self._live_at < LIVE_HOLD

    def _rows(self, group: Hashable, candidates: Iterable[Stepping]) -> int:
        some = [slot for slot in candidates if slot.group == group]
        if len(some) == 1 or not isinstance(some[0], Slot):
            return some[0].rows  # alone it steps whatever the limit
        return self._allowance.rows(some[0], live=self.live())

    def _predict(self, chosen: list[Slot]) -> dict[Slot, torch.Tensor | Exception]:
        """The noise in each slot, or what went wrong with it. A step that fails is repeated in halves, so that only
        whoever fails alone has failed: one that does not fit, or one that breaks the call for all."""
        rows, first = sum(slot.rows for slot in chosen), chosen[0]
        whole = len(chosen) > 1 or rows <= self._allowance.most(first.group)
        work = partial(stepping.predict, chosen) if whole else partial(stepping.predict_by_rows, first)

        def call() -> list[torch.Tensor]:
            return self._memory.measured(first.model.key, "step", first.size, rows if whole else 1, work)

        try:
            return dict(zip(chosen, call() if len(chosen) > 1 else roomy(call, self._make_room), strict=True))
        except Exception as error:  # noqa: BLE001  told to whoever turns out to cause it
            full = is_out_of_memory(error)
            # One picture with guidance still has its two rows, which can be asked for one after the other.
            if is_lost(error) or (len(chosen) == 1 and not (full and whole and rows > 1)):
                return dict.fromkeys(chosen, error.with_traceback(None))
            if full:
                self._allowance.did_not_fit(first.group, rows)
        # Outside of the except block the traceback no longer holds the tensors of the failed step.
        empty_cache(first.model.device)
        middle = len(chosen) // 2
        return (self._predict(chosen[:middle]) if middle else {}) | self._predict(chosen[middle:])

    def _advance(
        self, chosen: list[Slot], noises: Mapping[Slot, torch.Tensor | Exception], owners: Mapping[Stepping, Run]
    ) -> dict[Slot, torch.Tensor]:
        """Commit the step of every slot that has one; the guess at the finished latents of each."""
        answered = {slot: noise for slot in chosen if not isinstance(noise := noises[slot], Exception)}
        outcomes = stepping.advance(list(answered), list(answered.values()), self._make_room)
        stepped = dict(zip(answered, outcomes, strict=True))
        guesses: dict[Slot, torch.Tensor] = {}
        for slot, outcome in ({**noises, **stepped}).items():
            if isinstance(outcome, Exception):
                self._runs.fail(owners[slot], outcome)
            else:
                guesses[slot] = outcome
        for slot in roomy(partial(_not_numbers, guesses), self._make_room):
            self._runs.fail(owners[slot], EngineError("no_picture"))
        return {slot: guess for slot, guess in guesses.items() if owners[slot] in self._runs}


def _few_picks(chosen: Sequence[Stepping], one: Stepping) -> bool:
    """Whether the LoRAs of a step stay few when `one` joins; who uses none, or what is there already, always may."""
    together = {pick for slot in chosen if isinstance(slot, Slot) for pick in slot.picks}
    own = set(one.picks) if isinstance(one, Slot) else set()
    return own <= together or len(own | together) <= MOST_PICKS


def _not_numbers(slots: Iterable[Slot]) -> list[Slot]:
    """Those whose latents hold something that is no number, or is too large for one: no step mends that."""
    there = list(slots)
    if not there:
        return []
    fine = torch.isfinite(torch.cat([slot.latents for slot in there])).flatten(1).all(1).tolist()
    return [slot for slot, good in zip(there, fine, strict=True) if not good]
