"""Measures again and says what changed: `python -m benchmarks.guard [overhead compat …]`, or `make guard`.

Only ratios are compared, each measured beside its peer in one run, with those last recorded (benchmarks/ratios.json):
seconds of two machines say nothing. Ends with 1 where one is worse than it may be. `--record` keeps the new ones.
"""

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import report

# How much more a ratio may be than the recorded one: two runs of the same code differ by about a tenth.
MAY_DIFFER = 0.25
Recorded = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """A ratio then and now, None where it was not measured."""

    title: str
    name: str
    then: float | None
    now: float | None

    @property
    def word(self) -> str:
        if self.then is None:
            return "new"
        if self.now is None:
            return "gone"
        if self.now > self.then * (1 + MAY_DIFFER):
            return "WORSE"
        return "better" if self.now < self.then / (1 + MAY_DIFFER) else "as it was"

    def __str__(self) -> str:
        then, now = ("–" if value is None else f"{value:.2f}" for value in (self.then, self.now))
        return f"{self.word:<10} {then:>7} → {now:>7}   {self.title}: {self.name}"


def changes(then: Recorded, now: Recorded) -> Iterator[Change]:
    """What is different in the benchmarks that were measured now."""
    for title, told in now.items():
        before = then.get(title, {}).get("ratios", {})
        for name in dict.fromkeys([*before, *told["ratios"]]):
            yield Change(title, name, before.get(name), told["ratios"].get(name))


def measure(command: str, file: Path) -> None:
    """Run one benchmark; its ratios go to `file`. Raises CalledProcessError."""
    _, *words = shlex.split(command)
    print(f"\n=== {command}", flush=True)
    subprocess.run([sys.executable, *words], check=True, env=os.environ | {report.ASIDE: str(file)})


def main() -> int:
    """Measure what was recorded, or what is named; compare; 1 where something is worse."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="modules of benchmarks/; all that have been recorded by default")
    parser.add_argument("--record", action="store_true", help="keep the new ratios in benchmarks/ratios.json")
    given = parser.parse_args()
    then = report.recorded()
    commands = [f"python -m benchmarks.{name}" for name in given.names] or [told["command"] for told in then.values()]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ratios.json"
        for command in commands:
            measure(command, file)
        now = report.recorded(file)
    found = list(changes(then, now))
    print("\n", *found, sep="\n")
    if given.record:
        for title, told in now.items():
            report.note(title, told["command"], told["ratios"])
    return any(change.word in ("WORSE", "gone") for change in found)


if __name__ == "__main__":
    sys.exit(main())
