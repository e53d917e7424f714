"""Photos that wait for their colours: those of the same network size go through the network together, a call a turn.

The device's half of photos.py. One call takes as long as it takes, so while somebody draws live there are pauses.
"""

import logging
import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

from studio.engines.base import EngineError
from studio.engines.local.device import is_out_of_memory
from studio.engines.local.memory import roomy
from studio.engines.local.messages import Colours, Depths, Faces
from studio.engines.local.order import FairOrder
from studio.engines.local.runs import Run, Runs
from studio.engines.local.tints import Glance, Tint, WaitingPhoto
from studio.job import OfPhoto

log = logging.getLogger(__name__)

# While somebody draws live, so many times as long as a call took is theirs before the next one.
PAUSE = 4.0
# Where nothing else is to be done meanwhile, the loop looks again after so many seconds.
RESTING = 0.005
# Progress is told in so many parts of a stage.
PARTS = 1000


class Dropped(Exception):
    """Ends a call that nobody wants any more, from within."""


class Tinting:
    """Asks the network for all photos in `runs`, some at a time. For one thread."""

    def __init__(
        self, runs: Runs, make_room: Callable[[], None], live: Callable[[], bool], hear: Callable[[], None]
    ) -> None:
        """`live` says whether somebody draws live; `hear` takes in who came and who has left, without waiting."""
        self._runs = runs
        self._make_room = make_room
        self._live = live
        self._hear = hear
        self._order = FairOrder()
        self._rest_until = 0.0
        self._asked: Hashable = None

    def piece(self) -> None:
        """One call of the network, for those whose turn it is."""
        waiting = self._runs.uncoloured()
        if not waiting:
            return
        if self._live() and time.perf_counter() < self._rest_until:
            time.sleep(0 if self._runs.stepping() else RESTING)
            return
        began = time.perf_counter()
        try:
            chosen = self._order.choose(waiting, lambda group: self._most(group, waiting))
        except EngineError as error:
            # There is no room for even one of that group; the others are asked in the next turn.
            self._fail([run for tint, run in waiting.items() if tint.group == self._asked], error)
            return
        tints = [one for one in chosen if isinstance(one, Tint)]
        if tints:
            self._together(tints, waiting)
        for glance in chosen:
            if isinstance(glance, Glance):
                self._look(glance, waiting[glance])
        self._rest_until = time.perf_counter() + PAUSE * (time.perf_counter() - began)

    def _look(self, glance: Glance, run: Run) -> None:
        """Count the faces of one photo. One that does not fit into the memory is coloured without that."""
        if glance.model.depth is not None:
            self._measure(glance, run)
            return
        assert glance.model.faces is not None
        detector, began = glance.model.faces, time.perf_counter()
        run.say(run.step(glance, stage="faces"))
        self._hear()
        if run not in self._runs:
            return
        count = None
        try:
            count = roomy(lambda: detector.count(glance.values), self._make_room)
        except Exception as error:  # noqa: BLE001  fail logs it and tells it
            if not is_out_of_memory(error):
                self._fail([run], error)
                return
            log.warning("Generation %s: there was no memory to look for faces", run.request.job.id)
        run.worked(time.perf_counter() - began, glance)
        run.say(Faces(count, run.seconds))
        self._runs.sent(run, glance)

    def _measure(self, glance: Glance, run: Run) -> None:
        """See how near everything in one picture is."""
        assert glance.model.depth is not None
        estimator, began = glance.model.depth, time.perf_counter()
        run.say(run.step(glance, stage="depth"))
        self._hear()
        if run not in self._runs:
            return
        try:
            near = roomy(lambda: estimator.nearness(glance.values), self._make_room)
        except Exception as error:  # noqa: BLE001  fail logs it and tells it
            self._fail([run], EngineError("model_too_large") if is_out_of_memory(error) else error)
            return
        run.worked(time.perf_counter() - began, glance)
        run.say(Depths(near, run.seconds))
        self._runs.sent(run, glance)

    def _most(self, group: Hashable, waiting: Iterable[WaitingPhoto]) -> int:
        """How many of a group fit into the memory together; EngineError("out_of_memory") for none."""
        self._asked = group
        tint = next(one for one in waiting if one.group == group)
        if isinstance(tint, Glance):
            return 1
        assert tint.model.colourist is not None
        height, width = tint.values.shape
        try:
            return tint.model.colourist.most(width, height)
        except EngineError:
            self._make_room()
        return tint.model.colourist.most(width, height)

    def _together(self, tints: Sequence[Tint], owners: Mapping[WaitingPhoto, Run]) -> None:
        """One call for all of them, in halves where the memory turns out too small."""
        network = tints[0].model.colourist
        assert network is not None
        began = time.perf_counter()

        def heard(stage: OfPhoto, done: float) -> None:
            self._hear()
            there = [tint for tint in tints if owners[tint] in self._runs]
            if not there:
                raise Dropped
            share = (time.perf_counter() - began) / len(tints)
            for tint in there:
                run = owners[tint]
                run.say(run.step(tint, stage=stage, step=round(done * PARTS), total=PARTS, seconds=run.seconds + share))

        try:
            heard("encoder", 0.0)
            made = network.colours([tint.values for tint in tints], heard)
        except Dropped:
            return
        except EngineError as error:
            self._did_not_fit(tints, owners, error)
            return
        except Exception as error:  # noqa: BLE001  fail logs it and tells it
            self._fail([owners[tint] for tint in tints], error)
            return
        share = (time.perf_counter() - began) / len(tints)
        for tint, ab in zip(tints, made, strict=True):
            run = owners[tint]
            if run in self._runs:
                run.worked(share, tint)
                run.say(Colours(tint.index, ab, run.seconds, network.name))
                self._runs.sent(run, tint)

    def _did_not_fit(self, tints: Sequence[Tint], owners: Mapping[WaitingPhoto, Run], error: EngineError) -> None:
        if len(tints) == 1:
            self._fail([owners[tints[0]]], error)
            return
        self._make_room()
        middle = len(tints) // 2
        self._together(tints[:middle], owners)
        self._together(tints[middle:], owners)

    def _fail(self, runs: Iterable[Run], error: Exception) -> None:
        for run in runs:
            self._runs.fail(run, error)
