"""All that only a GPU can show, in one command that can be stopped and goes on: `python -m benchmarks.gpu`.

Parts that were measured are kept in FOLDER/results.json after each, and not measured again; one is only begun while
there is time for it. `--page` only writes docs/benchmarks.md from results that came from another machine. `--size tiny`
tries everything on whatever device there is, in a minute or two: its figures mean nothing, and stay out of the page.
"""

import argparse
import json
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from benchmarks.gpu import page, parts, processes
from benchmarks.gpu.bench import FULL, TINY, Bench, Found, Sizes
from benchmarks.gpu.models import Name
from studio.engines.local import device as devices
from studio.engines.local.options import Mode

VAR = Path(__file__).resolve().parents[2] / "var" / "gpu"
LARGE = 1024
MODES: Sequence[Mode] = ("graphs", "off")


@dataclass(frozen=True, slots=True)
class Part:
    """`seconds` is what it should take on a large GPU, the writing and loading of its model not counted."""

    name: str
    seconds: float
    measure: Callable[[Bench], Found]


def plan(sizes: Sizes, cuda: bool) -> list[Part]:
    """All parts, those first whose figures are wanted most. Small cards first of all: they need an empty device."""
    half: Sequence[str] = ("float16", "bfloat16") if cuda else ("bfloat16",)
    names: Sequence[Name] = tuple(sizes.sides)
    found = [Part(f"card {name}", 25, partial(parts.small_card, name=name)) for name in names]
    first = {name: sizes.sides[name][0] for name in names}
    for dtype in ("float32", *half):
        found += [Part(f"exact {name} {dtype}", 15, partial(parts.exact, name=name, dtype=dtype)) for name in names]
    found.append(_people(sizes, "sd15", first["sd15"], steps=min(4, sizes.steps), guided=False))
    found += [_people(sizes, name, first[name]) for name in names]
    found += [Part(f"live {mode}", 25, partial(processes.live, mode=mode)) for mode in MODES]
    for name in names:
        for side in sizes.sides[name]:
            found += [_steps(name, side, mode) for mode in MODES]
    found += [_people(sizes, name, side) for name in reversed(names) for side in sizes.sides[name][1:]]
    found.append(Part("lost", 45, processes.lost))
    found.append(_steps("sd15", first["sd15"], "compile"))
    return found


def _steps(name: Name, side: int, mode: Mode) -> Part:
    seconds = 90 if mode == "compile" else 4 * side / LARGE + 4
    return Part(f"steps {name} {side} {mode}", seconds, partial(parts.steps, name=name, side=side, mode=mode))


def _people(sizes: Sizes, name: Name, side: int, *, steps: int = 0, guided: bool = True) -> Part:
    # Large pictures fill the device with few steps, and what counts are ratios.
    steps = steps or (sizes.steps // 2 if side >= LARGE else sizes.steps)
    label = f"people {name} {side} {steps}-{'guided' if guided else 'free'}"
    seconds = 1.25 * steps * (2 if name == "sdxl" else 1) * (side / 512)
    return Part(label, seconds, partial(parts.people, name=name, side=side, steps=steps, guided=guided))


def measure(bench: Bench, todo: Sequence[Part], file: Path, *, until: float) -> dict[str, Found]:
    """Measure what `file` does not hold yet, while there is time (`until` by time.monotonic); all that is known."""
    results = known(file)
    where = f"{date.today()} · {parts.surroundings(bench.device)}"
    for part in todo:
        if "error" not in results.get(part.name, {"error": "not measured"}):
            continue
        if bench.sizes.full and time.monotonic() + part.seconds > until:
            print(f"--- {part.name}: no time is left for it", flush=True)
            continue
        began = time.monotonic()
        try:
            found = part.measure(bench)
        except Exception as error:  # noqa: BLE001  the others can still be measured, and time on a GPU is dear
            traceback.print_exc()
            found = {"error": f"{type(error).__name__}: {error}".split("\n")[0][:200]}
        results[part.name] = found | {"where": where, "took": round(time.monotonic() - began, 1)}
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        print(f"--- {part.name}: {json.dumps(results[part.name])}", flush=True)
    return results


def known(file: Path) -> dict[str, Found]:
    """What was measured before."""
    results: dict[str, Found] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return results


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, or only write the page; 1 where a part failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=VAR, help="where results.json is kept")
    parser.add_argument("--models", type=Path, help="where the random models are written (10 GB); in FOLDER by default")
    parser.add_argument("--minutes", type=float, default=9.0, help="no part is begun that would end later")
    parser.add_argument("--size", choices=("full", "tiny"), default="full")
    parser.add_argument("--only", nargs="*", default=[""], help="only parts whose name begins with one of these")
    parser.add_argument("--page", action="store_true", help="measure nothing, write docs/benchmarks.md")
    given = parser.parse_args(arguments)
    file = given.folder / ("results.json" if given.size == "full" else "tiny.json")
    results = known(file)
    if not given.page:
        until = time.monotonic() + given.minutes * 60
        device, sizes = devices.choose(), FULL if given.size == "full" else TINY
        devices.use_threads()
        bench = Bench(device, (given.models or given.folder / "models").resolve() / given.size, sizes)
        todo = [part for part in plan(sizes, device.type == "cuda") if part.name.startswith(tuple(given.only))]
        results = measure(bench, todo, file, until=until)
    if results and given.size == "full":
        page.write(results)
    return int(any("error" in found for found in results.values()))


if __name__ == "__main__":
    raise SystemExit(main())
