"""How long the starter takes for one finished picture of 256 pixels: `python -m benchmarks.starter`.

In full and in few steps, from words and from a drawing, the doubling included; nothing else runs in this process. The
ways take turns, so that a busy minute of the machine falls on all of them.
"""

import argparse
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch

from benchmarks import report
from starter import drawings
from starter.model import Images, Model
from studio.engines.board import sketch

STARTER = Path(__file__).resolve().parent.parent / "starter" / "weights"
COMMAND = "python -m benchmarks.starter"
PROMPT = "a red house on a grassy hill, sunny day, watercolor"
FULL, FEW = 12, (4, 2)


def ways(folder: Path, full: int) -> dict[str, Callable[[], Images]]:
    """Every way to one picture, by what the table calls it."""
    drawn = next(d for d in drawings.load() if d.name == "house")
    lines = [sketch.read(drawn.plain, 128, 128).lines]
    found: dict[str, Callable[[], Images]] = {}
    for steps, few in ((full, False), *((n, True) for n in FEW)):
        model = Model(folder, steps, few=few)
        name = f"{steps} steps, {'no guidance' if few else 'guidance'}"
        found[f"words, {name}"] = partial(_picture, model, None)
        found[f"drawing, {name}"] = partial(_picture, model, lines)
    return found


def _picture(model: Model, lines: Images | None) -> Images:
    return model.doubled(model.from_lines([PROMPT], lines) if lines else model.from_words([PROMPT]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=1, help="of torch; the studio's worker uses one")
    parser.add_argument("--folder", type=Path, default=STARTER)
    parser.add_argument("--steps", type=int, default=FULL, help="of full quality")
    parser.add_argument("--print", action="store_true", dest="only_print", help="leave docs/benchmarks.md as it is")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    makers = ways(given.folder, given.steps)
    times: dict[str, list[float]] = {name: [] for name in makers}
    for make in makers.values():
        make()
    for _ in range(given.rounds):
        for name, make in makers.items():
            started = time.perf_counter()
            make()
            times[name].append(time.perf_counter() - started)
    rows = [f"| {name} | {report.summary(values)} |" for name, values in times.items()]
    table = "\n".join(["| One picture | p50 | p95 | least |", "|---|--:|--:|--:|", *rows])
    about = (
        f"Milliseconds for one picture of 128 × 128 pixels, doubled to 256 × 256; torch threads: {given.threads}, "
        f"load of the machine at the end: {os.getloadavg()[0]:.1f}, {given.rounds} rounds.\n\n"
    )
    if given.only_print:
        print(about + table)
    else:
        report.write("The starter", COMMAND, about + table)


if __name__ == "__main__":
    main()
