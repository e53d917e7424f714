"""One person floods, four draw: who decides the order decides how it feels: `python -m benchmarks.flood`.

The same device and weights under three policies, in turns: first come first served and round robin by person, one whole
picture at a time (what most studios do, and the better ones), and our loop, which chooses the rows of every step. Four
people draw (4 steps without guidance, the next stroke 0.3 s after the answer), one has 40 pictures of 20 steps queued.
"""

import argparse
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

os.environ.setdefault("BRUSHWIRE_TORCH_THREADS", "1")

from benchmarks import report
from benchmarks.throughput import MODEL, job
from studio.engines.base import Cancelled
from studio.engines.local import messages
from studio.engines.local.engine import DeviceEngine
from studio.engines.local.loading import LoadedModel, load
from studio.engines.local.solo import run_solo
from studio.job import Job, OnStep, Output, Step

SKETCHERS, QUEUED, PAUSE = 4, 40, 0.3
Run = Callable[[Job, OnStep], list[Output]]


@dataclass
class Times:
    """Seconds, over all strokes of a run, and the flooder's finished pictures."""

    first: list[float] = field(default_factory=list)
    final: list[float] = field(default_factory=list)
    bulk: int = 0

    def row(self) -> str:
        """Strokes answered, p50 and p99 of first preview and final picture in milliseconds, the flooder's pictures."""
        if not self.final:
            return f"0 | never | never | never | never | {self.bulk}"
        parts = [report.percentile(t, share) * 1000 for t in (self.first, self.final) for share in (0.5, 0.99)]
        return f"{len(self.final)} | " + " | ".join(f"{part:.0f}" for part in parts) + f" | {self.bulk}"


class OneByOne:
    """A queue before one stock pipeline. `fair`: round robin by person, else first come first served."""

    def __init__(self, model: LoadedModel, *, fair: bool) -> None:
        self._model, self._fair = model, fair
        self._line: deque[tuple[str, object]] = deque()
        self._served: dict[str, int] = {}
        self._busy: object = None
        self._changed = threading.Condition()

    def run(self, wanted: Job, on_step: OnStep) -> list[Output]:
        """See engines.base.Engine.run."""
        with self._turn(wanted.owner):
            return run_solo(self._model, messages.request(wanted), on_step)

    @contextmanager
    def _turn(self, owner: str) -> Iterator[None]:
        me = object()
        with self._changed:
            self._line.append((owner, me))
            self._changed.wait_for(lambda: self._busy is None and self._next() is me)
            self._line.remove((owner, me))
            self._busy = me
            # Whoever was served last goes behind everybody else.
            self._served[owner] = max(self._served.values(), default=0) + 1
        try:
            yield
        finally:
            with self._changed:
                self._busy = None
                self._changed.notify_all()

    def _next(self) -> object:
        if not self._fair:
            return self._line[0][1]
        return min(self._line, key=lambda waiting: self._served.get(waiting[0], 0))[1]


def trial(run: Run, seconds: float) -> Times:
    """Let the flooder and the sketchers work for `seconds`; whoever waits then gives up."""
    times, over = Times(), threading.Event()

    def flood(number: int) -> None:
        wanted = replace(job("flooder", number, 20), lane="bulk")
        try:
            run(wanted, lambda _step: _go_on(over))
        except Cancelled:
            return
        times.bulk += not over.is_set()

    def draw(number: int) -> None:
        turn = 0
        while not over.is_set():
            turn += 1
            asked, first = time.perf_counter(), list[float]()

            def listen(step: Step, first: list[float] = first) -> None:
                _go_on(over)
                if step.preview and not first:
                    first.append(time.perf_counter())

            wanted = job(f"sketcher {number}", turn, 4)
            params = {**wanted.params, "guidance_scale": 1.0}
            try:
                run(replace(wanted, id=f"{number}-{turn}", params=params, lane="live"), listen)
            except Cancelled:
                return
            times.first.append(first[0] - asked)
            times.final.append(time.perf_counter() - asked)
            over.wait(PAUSE)

    threads = [threading.Thread(target=flood, args=(number,)) for number in range(QUEUED)]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    hands = [threading.Thread(target=draw, args=(number,)) for number in range(SKETCHERS)]
    for thread in hands:
        thread.start()
    over.wait(seconds)
    over.set()
    for thread in (*threads, *hands):
        thread.join()
    return times


def _go_on(over: threading.Event) -> None:
    if over.is_set():
        raise Cancelled


def main() -> None:
    """Measure all policies in turns and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=10)
    given = parser.parse_args()
    engine = DeviceEngine()
    model = load(MODEL, engine.device)
    policies: dict[str, Run] = {
        "first come, first served": OneByOne(model, fair=False).run,
        "round robin by person": OneByOne(model, fair=True).run,
        "shared steps, live first": engine.run,
    }
    engine.run(job("warm", 0, 2), lambda _step: None)
    whole = {name: Times() for name in policies}
    for _ in range(given.rounds):
        for name, run in policies.items():
            one = trial(run, given.seconds)
            whole[name].first += one.first
            whole[name].final += one.final
            whole[name].bulk += one.bulk
            time.sleep(1)  # what was given up leaves the device
    table = "\n".join(f"| {name} | {times.row()} |" for name, times in whole.items())
    body = f"""
Starter, 128 × 128, {engine.device.type}, {engine.threads} torch threads; {given.rounds} × {given.seconds:.0f} s each.
{SKETCHERS} people draw (4 steps, no guidance, {PAUSE} s between strokes), one has {QUEUED} pictures of 20 steps queued.

| policy | strokes answered | first preview p50, ms | p99 | final p50, ms | p99 | flooder's pictures |
|---|--:|--:|--:|--:|--:|--:|
{table}
"""
    report.write("A flood beside people who draw", "python -m benchmarks.flood", body)


if __name__ == "__main__":
    main()
