"""Where benchmark figures go: docs/benchmarks.md, one section a benchmark, each with the machine it came from; and
benchmarks/ratios.json, what of it can be compared between machines (benchmarks/guard.py)."""

import json
import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
RATIOS = Path(__file__).resolve().parent / "ratios.json"
# Where this variable names a file, ratios go there and the page stays as it is.
ASIDE = "BRUSHWIRE_RATIOS"
# What others were doing on this machine when the measurement began: processes that wanted to run, over a minute.
LOAD = os.getloadavg()[0]
HEAD = (
    "# Benchmarks\n\nEach section is written by its command, on the machine it names. Compare ratios, not machines.\n"
)


def machine() -> str:
    """This machine in one line: processor, cores, system, Python."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def write(title: str, command: str, body: str, ratios: Mapping[str, float] | None = None, *, where: str = "") -> None:
    """Put `body` (Markdown) under `title`, in place of what an earlier run wrote there.

    `ratios` are what this run took beside its peer, by name: 1 is as much, less is better. `where` says when and on
    what machine it was measured, if not now and here.
    """
    where = where or f"{date.today()} · {machine()}, load before {LOAD:.1f}"
    section = f"## {title}\n\n`{command}` · {where}\n\n{body.strip()}\n"
    print(section)
    if ratios:
        note(title, command, ratios)
    if ASIDE in os.environ:
        return
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else HEAD
    head, *sections = page.split("\n## ")
    kept = [part for part in sections if not part.startswith(f"{title}\n")]
    PAGE.parent.mkdir(exist_ok=True)
    parts = [head.rstrip(), *("## " + part.strip() for part in kept), section.strip()]
    PAGE.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def note(title: str, command: str, ratios: Mapping[str, float]) -> None:
    """Write the ratios of one benchmark, in place of earlier ones."""
    file = Path(os.environ.get(ASIDE, RATIOS))
    known = recorded(file)
    known[title] = {
        "command": command,
        "date": f"{date.today()}",
        "machine": f"{machine()}, load before {LOAD:.1f}",
        "ratios": {name: round(value, 3) for name, value in ratios.items()},
    }
    file.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def recorded(file: Path = RATIOS) -> dict[str, Any]:
    """What `note` wrote, by title."""
    known: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return known


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of `values` lie, interpolated."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def summary(values: Sequence[float]) -> str:
    """p50, p95 and the least of times in seconds, as cells of a table in milliseconds."""
    p50, p95 = statistics.median(values), percentile(values, 0.95)
    return f"{p50 * 1000:.1f} | {p95 * 1000:.1f} | {min(values) * 1000:.1f}"
