"""What restoring and enlarging a picture take, in time and memory: `python -m benchmarks.restore`.

Each measurement is a process of its own, so that the memory is its own. Published networks get made-up weights: time
and memory do not go by their values.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from benchmarks import report
from benchmarks.photos import measured

TITLE, COMMAND = "Restoring and enlarging", "python -m benchmarks.restore"
MEGAPIXELS = {2: (1250, 1600), 12: (3000, 4000)}
# What enlarges, how many times, and the sides of what it is given. The large network on a CPU is for the patient.
WAYS = {
    "Lanczos": (2, (2000, 3000)),
    "starter": (2, (768, 1024)),
    "compact": (4, (256, 384)),
    "RRDBNet": (4, (128, 128)),
}
NAMED = {
    "starter": "the starter's own x2",
    "compact": "SRVGGNetCompact x4, 32 convolutions (1.2 M)",
    "RRDBNet": "RRDBNet x4, 23 blocks (16.7 M)",
}


def photo(height: int, width: int) -> bytes:
    """A grey photo with areas, grain, twelve scratches and two hundred specks, as PNG."""
    chance = np.random.default_rng(1)
    across, down = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
    grey = np.where(across < width // 2, 90, 160) + 25 * np.sin(across / 97) * np.cos(down / 131)
    picture = Image.fromarray(grey.clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    for _ in range(12):
        ends = [(int(chance.integers(0, width)), int(chance.integers(0, height))) for _ in range(2)]
        draw.line(ends, fill=int(chance.choice([15, 240])), width=max(1, width // 1200))
    for _ in range(200):
        x, y = int(chance.integers(0, width)), int(chance.integers(0, height))
        draw.ellipse([x, y, x + width // 1000, y + width // 1000], fill=245)
    pixels = np.asarray(picture) + 6 * chance.standard_normal((height, width), np.float32)
    out = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(out, "PNG", compress_level=1)
    return out.getvalue()


def restoring(megapixels: int) -> dict[str, Any]:
    """A whole photo from file to file by the engine `plain`."""
    from studio.engines.plain import PlainEngine
    from studio.job import Job, ModelRef

    def job(data: bytes) -> Job:
        params = {"grain": 0.4, "scratches": 0.4, "seed": 0, "count": 1}
        return Job("b", "restore", params, {"image": data}, ModelRef("plain", "plain", "plain"))

    PlainEngine().run(job(photo(200, 300)), lambda _step: None)  # the libraries' own preparations
    large = job(photo(*MEGAPIXELS[megapixels]))
    facts: dict[str, Any] = {}

    def run() -> None:
        facts.update(PlainEngine().run(large, lambda _step: None)[0].facts)

    return {**measured(run), **facts["stages"], "found": f"{facts['scratches']} + {facts['specks']}"}


def enlarging(way: str) -> dict[str, Any]:
    """A picture made larger in tiles, after one tile."""
    times, (height, width) = WAYS[way]
    pixels = np.random.default_rng(1).integers(0, 255, (height, width, 3)).astype(np.uint8)
    if way == "Lanczos":
        from studio.engines.photo import enlarging as classical

        return measured(lambda: classical.enlarged(Image.fromarray(pixels), times, lambda _step, _total: None))
    import torch

    from studio.engines.local import device as devices
    from studio.engines.local import upscaling

    devices.use_threads()
    model = network(way)
    given = torch.from_numpy(pixels).permute(2, 0, 1)[None]

    def run(picture: torch.Tensor) -> None:
        growing = upscaling.Enlargement(model, picture, times)
        while growing.done < growing.total:
            growing.piece()

    run(given[..., :64, :64])
    return measured(lambda: run(given))


def network(way: str) -> Any:
    """The model that `way` means, in memory."""
    import torch
    from safetensors.torch import save_file

    from studio.engines.local import networks
    from studio.engines.local.esrgan.compact import SRVGGNetCompact
    from studio.engines.local.esrgan.rrdb import RRDBNet
    from studio.engines.local.loading import load
    from studio.engines.local.upscaler import Upscaler
    from studio.job import ModelRef

    cpu = torch.device("cpu")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.safetensors"
        made = RRDBNet() if way == "RRDBNet" else SRVGGNetCompact(convolutions=32)
        save_file(made.state_dict(), file)
        model = load(ModelRef(way, "esrgan", str(file)), cpu)
    if way == "starter":
        from dataclasses import replace

        own = networks.load(Upscaler, Path("starter/weights/upscaler").resolve(), cpu, torch.float32)
        return replace(model, upscaler=own)
    return model


def apart(*arguments: str) -> dict[str, Any]:
    """One measurement in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.restore", "--one", *arguments]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env=os.environ | {"OMP_WAIT_POLICY": "PASSIVE"}
    )
    return json.loads(done.stdout.strip().splitlines()[-1])


def table(head: str, lines: list[list[Any]]) -> str:
    """A Markdown table; `head` with bars."""
    rule = "|".join(["---", *["--:"] * head.count("|")])
    return "\n".join([f"| {head} |", f"|{rule}|", *(f"| {' | '.join(map(str, line))} |" for line in lines)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", nargs=2, help="a measurement: restore 2, or enlarge RRDBNet")
    one = parser.parse_args().one
    if one:
        ways: dict[str, Callable[[], dict[str, Any]]] = {
            "restore": lambda: restoring(int(one[1])),
            "enlarge": lambda: enlarging(one[1]),
        }
        print(json.dumps(ways[one[0]]()))
        return
    restored = []
    for size in MEGAPIXELS:
        found = apart("restore", str(size))
        stages = [found[stage] for stage in ("finding", "filling", "cleaning")]
        restored.append(
            [f"{size} MP", f"{found['seconds']:.1f}", f"{found['processor']:.1f}", *stages, _mb(found), found["found"]]
        )
    large = []
    for way, (times, (height, width)) in WAYS.items():
        found = apart("enlarge", way)
        sizes = f"{width} × {height} → {width * times} × {height * times}"
        each = found["processor"] / (height * width * times**2 / 1e6)
        large.append(
            [
                NAMED.get(way, way),
                sizes,
                f"{found['seconds']:.1f}",
                f"{found['processor']:.1f}",
                f"{each:.2f}",
                _mb(found),
            ]
        )
    body = (
        "Restored by the engine `plain`, from file to file; 12 scratches and 200 specks were put in. "
        "Seconds by the clock, of the processor, and of three stages; memory above what the process had before.\n\n"
        + table(
            "photo | seconds | processor | finding | filling | cleaning | memory | found: scratches + specks", restored
        )
        + "\n\nEnlarged in tiles; the last but one is processor seconds for a megapixel of the result.\n\n"
        + table("by | size | seconds | processor | a megapixel | memory", large)
    )
    report.write(TITLE, COMMAND, body)


def _mb(found: dict[str, Any]) -> str:
    return f"{found['rise'] / 2**20:.0f} MB"


if __name__ == "__main__":
    main()
