"""Batched equals alone equals stock, the whole matrix: `make exact` or `python -m benchmarks.exact`.

Writes docs/exact.md and ends with an error when any picture made in company differs from the stock pipeline's by more
than 2 of 255 levels. The tests try a selection of it (tests/studio/engines/test_matrix.py). `--large` measures a model
of Stable Diffusion 1.5's full size instead, random weights, on this CPU (minutes, 8 GB), and puts it under the others;
benchmarks.gpu does so on a GPU.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import torch

os.environ.setdefault("BRUSHWIRE_TORCH_THREADS", "1")

from benchmarks import report
from benchmarks.gpu import models as full_size
from studio.engines.local import device
from tests.studio.engines.matrix import MOST, SAMPLERS, Cell, Matrix, tiny_adapters, tiny_models, two_roles

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "exact.md"
STARTER = ROOT / "starter" / "weights"
HEAD = """# Exactness

The largest difference of any value of any picture that was made in company from the one that the stock diffusers
pipeline makes alone of the same request, in levels of 255. float32 on a CPU; at most {most} is allowed.

`make exact` · {date} · {machine}
"""


def measure(matrix: Matrix, cells: Iterable[Cell]) -> dict[Cell, int]:
    """The difference in each cell, told as it goes."""
    found = {}
    for cell in cells:
        found[cell] = matrix.difference(cell)
        print(f"{cell}: {found[cell]}", flush=True)
    return found


LARGE = "Full size"
# A ControlNet's lines beside a picture that goes another way.
LARGE_CELLS = (Cell("sketch, lines", "DPM++ 2M Karras", True, 2),)
LARGE_SIDE = 128


def large() -> int:
    """Measure the model of full size, and put it into the page."""
    with tempfile.TemporaryDirectory(prefix="bw-exact-") as place:
        folder = Path(place) / "sd15"
        full_size.write("sd15", folder, torch.device("cpu"), full=True)
        found = measure(Matrix(two_roles(folder), LARGE_SIDE), LARGE_CELLS)
    made = "; ".join(f"“{cell.way}” by {cell.sampler}, {cell.people} people: {most}" for cell, most in found.items())
    text = f"""## {LARGE}

`python -m benchmarks.exact --large` · {date.today()} · {report.machine()}

Random weights of Stable Diffusion 1.5's size (860 million in the UNet, 361 million in a ControlNet), pictures of
{LARGE_SIDE} × {LARGE_SIDE}, with guidance, beside somebody who goes another way by another sampler. {made}.
"""
    head, *sections = PAGE.read_text("utf-8").split("\n## ")
    others = ["## " + section for section in sections if not section.startswith(LARGE)]
    write(head, *others, text)
    return int(max(found.values()) > MOST)


def write(*parts: str) -> None:
    """The page."""
    PAGE.write_text("\n\n".join(part.strip() for part in parts) + "\n", encoding="utf-8")
    print(f"Written: {PAGE.relative_to(ROOT)}")


def kept() -> list[str]:
    """What an earlier run with `--large` wrote."""
    _head, *sections = PAGE.read_text("utf-8").split("\n## ")
    return ["## " + section for section in sections if section.startswith(LARGE)]


def table(title: str, found: dict[Cell, int]) -> str:
    """Samplers down, ways across; each cell the largest difference over guidance and company."""
    ways = list(dict.fromkeys(cell.way for cell in found))
    lines = [f"## {title}", "", "| sampler | " + " | ".join(ways) + " |", "|---|" + "--:|" * len(ways)]
    for sampler in SAMPLERS:
        worst = [
            max((value for cell, value in found.items() if (cell.way, cell.sampler) == (way, sampler)), default=None)
            for way in ways
        ]
        row = " | ".join("" if value is None else str(value) for value in worst)
        lines.append(f"| {sampler or 'the model’s own'} | {row} |")
    return "\n".join(lines)


def main() -> int:
    """Measure tiny models in every cell and the starter in company of two, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--large", action="store_true", help="only a model of full size")
    device.use_threads()
    if parser.parse_args().large:
        return large()
    with tempfile.TemporaryDirectory(prefix="bw-exact-") as place:
        models = tiny_models(Path(place))
        tiny = Matrix(models, 64, tiny_adapters(Path(place), models))
        whole = measure(tiny, tiny.cells)
    starter = Matrix(two_roles(STARTER), 128)
    some = measure(starter, [cell for cell in starter.cells if cell.people == 2])
    head = HEAD.format(most=MOST, date=date.today(), machine=report.machine())
    write(
        head,
        table(f"Tiny random models: {len(whole)} cells (with and without guidance; 1, 2 and 5 people)", whole),
        table(f"Starter model: {len(some)} cells (with and without guidance; 2 people)", some),
        *kept(),
    )
    return int(max([*whole.values(), *some.values()]) > MOST)


if __name__ == "__main__":
    sys.exit(main())
