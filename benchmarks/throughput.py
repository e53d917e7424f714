"""People at once on one device: shared steps against the serial queue: `python -m benchmarks.throughput`.

Both in this process, on the same weights, in turns. The serial queue is what most studios have: one stock pipeline,
first come, first served. Each of n people asks for one picture after another, as soon as the last one is there.
"""

import argparse
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("BRUSHWIRE_TORCH_THREADS", "1")

from benchmarks import report
from studio.engines.local import messages
from studio.engines.local.engine import DeviceEngine
from studio.engines.local.loading import LoadedModel, load
from studio.engines.local.solo import run_solo
from studio.job import Job, ModelRef, OnStep, Output, Step

STARTER = Path(__file__).resolve().parent.parent / "starter" / "weights"
MODEL = ModelRef("starter", "sd", str(STARTER))
PEOPLE = (1, 2, 4, 8, 16)
SIDE = 128


@dataclass
class Times:
    """Seconds, over all requests of one way at one number of people."""

    waits: list[float] = field(default_factory=list)
    previews: list[float] = field(default_factory=list)
    spent: float = 0.0

    @property
    def each(self) -> float:
        """Seconds of one picture, while as many as may are made at once."""
        return self.spent / len(self.waits)

    def row(self) -> str:
        """Images a second, wait p50 and p95, time to the first preview p50 and p95."""
        waits = [report.percentile(self.waits, share) for share in (0.5, 0.95)]
        previews = [report.percentile(self.previews, share) for share in (0.5, 0.95)]
        return f"{1 / self.each:.2f} | " + " | ".join(f"{value:.2f}" for value in [*waits, *previews])


class SerialQueue:
    """One stock pipeline; whoever comes waits until all before have their picture."""

    def __init__(self, model: LoadedModel) -> None:
        self._model = model
        self._next = self._serving = 0
        self._turn = threading.Condition()

    @contextmanager
    def _in_line(self) -> Iterator[None]:
        with self._turn:
            ticket = self._next
            self._next += 1
            self._turn.wait_for(lambda: self._serving == ticket)
        try:
            yield
        finally:
            with self._turn:
                self._serving += 1
                self._turn.notify_all()

    def run(self, job: Job, on_step: OnStep) -> list[Output]:
        """See engines.base.Engine.run."""
        with self._in_line():
            return run_solo(self._model, messages.request(job), on_step)


def measure(
    run: Callable[[Job, OnStep], list[Output]], people: int, each: int, ask: Callable[[str, int], Job]
) -> Times:
    """Let `people` ask for `each` pictures, one after the other; `ask` makes the job of an owner and a seed."""
    times = Times()
    gate = threading.Barrier(people + 1)

    def person(number: int) -> None:
        gate.wait()
        for turn in range(each):
            asked = time.perf_counter()
            first: list[float] = []

            def listen(step: Step, first: list[float] = first) -> None:
                if step.preview and not first:
                    first.append(time.perf_counter())

            run(ask(str(number), number * 100 + turn), listen)
            times.waits.append(time.perf_counter() - asked)
            times.previews.append(first[0] - asked)

    threads = [threading.Thread(target=person, args=(number,)) for number in range(people)]
    for thread in threads:
        thread.start()
    gate.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    times.spent = time.perf_counter() - began
    return times


def job(owner: str, seed: int, steps: int = 2) -> Job:
    """A picture as the studio asks for it by default."""
    params: dict[str, Any] = {"prompt": f"a red house, {owner}", "negative_prompt": "", "guidance_scale": 3.5}
    params |= {"steps": steps, "seed": seed, "count": 1, "width": SIDE, "height": SIDE}
    return Job(str(seed), "text_to_image", params, {}, MODEL, owner)


def merged(rounds: list[Times]) -> Times:
    """Several rounds as one."""
    whole = Times()
    for one in rounds:
        whole.waits += one.waits
        whole.previews += one.previews
        whole.spent += one.spent
    return whole


def main() -> None:
    """Measure both ways in turns and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--each", type=int, default=2, help="pictures of each person in a round")
    parser.add_argument("--steps", type=int, default=16)
    given = parser.parse_args()
    engine = DeviceEngine()
    serial = SerialQueue(load(MODEL, engine.device))
    ways = {"serial queue": serial.run, "shared steps": engine.run}
    for run in ways.values():
        measure(run, 2, 1, job)  # warm
    lines, ratios = [], dict[str, float]()
    for people in PEOPLE:
        rounds: dict[str, list[Times]] = {name: [] for name in ways}
        for _ in range(given.rounds):
            for name, run in ways.items():
                rounds[name].append(measure(run, people, given.each, partial(job, steps=given.steps)))
        whole = {name: merged(rounds[name]) for name in ways}
        lines += [f"| {people} | {name} | {times.row()} |" for name, times in whole.items()]
        ratios[f"{people} people"] = whole["shared steps"].each / whole["serial queue"].each
    table = "\n".join(lines)
    body = f"""
Starter model, {SIDE} × {SIDE}, {given.steps} steps with guidance, {engine.device.type}, {engine.threads} torch threads.
Each person asks for {given.each} pictures one after the other, {given.rounds} rounds, the two ways in turns.

| people at once | way | images/s | wait p50, s | p95 | first preview p50, s | p95 |
|--:|---|--:|--:|--:|--:|--:|
{table}
"""
    report.write("People at once", "python -m benchmarks.throughput", body, ratios)


if __name__ == "__main__":
    main()
