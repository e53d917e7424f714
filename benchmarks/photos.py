"""What colouring a photo takes: DDColor's two networks at three sizes, a whole 20-megapixel photo, hints, and
DDColor's usual way of laying small colours over a large photo beside ours: `python -m benchmarks.photos`.

Each measurement is a process of its own, so that the memory is its own. Weights are made up: time and memory do not go
by their values.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks import report

NETWORKS, SIDES = ("tiny", "large"), (256, 512, 1024)
PHOTO = (4000, 5000)
TITLE, COMMAND = "Old photos", "python -m benchmarks.photos"


def rows(path: str, name: str) -> int:
    """A line of a file under /proc/self, in bytes."""
    lines = Path("/proc/self", path).read_text("ascii", "replace").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def measured(call: Callable[[], Any]) -> dict[str, float]:
    """Seconds by the clock and of the processor, and how far the memory rises; and the process's highest mark."""
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    before = rows("status", "VmRSS")
    began, worked = time.perf_counter(), time.process_time()
    call()
    seconds, processor = time.perf_counter() - began, time.process_time() - worked
    peak = rows("status", "VmHWM")
    return {"seconds": seconds, "processor": processor, "rise": peak - before, "peak": peak}


def network(size: Any, device: str) -> Any:
    """A DDColor with made-up weights as a colourist."""
    import torch

    from studio.engines.local import device as devices
    from studio.engines.local.ddcolor import build, loading, running

    devices.use_threads()
    module = build(size).to(device)
    for number, weight in enumerate(module.state_dict().values()):
        if weight.is_floating_point():
            weight.uniform_(-0.05, 0.05, generator=torch.Generator(weight.device).manual_seed(number)).abs_()
    # Colours as photos have them: what no screen can show takes longer, and random weights make nothing else.
    mixing: Any = module.refine_net.get_submodule("0.0")
    mixing.weight_u.fill_(1e6)
    mixing.bias.copy_(torch.tensor([15.0, 20.0]))
    return running.Network(loading.Loaded(module, size, torch.device(device), torch.float32))


def ask(size: str, side: int, device: str) -> dict[str, float]:
    """One call of the network, after a very small one."""
    net, grey = network(size, device), [np.full((side, side), 0.5, np.float32)]
    net.colours([grey[0][:64, :64]])  # the libraries' own preparations
    return measured(lambda: net.colours(grey))


def photo(height: int, width: int) -> bytes:
    """A grey photo with an edge, shading and grain, as JPEG."""
    across, down = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
    grey = np.where(across < width // 2, 80, 170) + 20 * np.sin(across / 97) * np.cos(down / 131)
    grey += 3 * np.random.default_rng(1).standard_normal((height, width), np.float32)
    out = io.BytesIO()
    Image.fromarray(grey.clip(0, 255).astype(np.uint8)).save(out, "JPEG", quality=90)
    return out.getvalue()


def whole(way: str, size: int, device: str) -> dict[str, Any]:
    """A whole photo from file to file, `way`: a network, "hints", or both with a plus."""
    from studio.engines.photo import colouring, hints

    data = photo(*PHOTO)
    strokes = np.zeros((600, 800, 4), np.float32)
    strokes[290:310, 50:300], strokes[290:310, 500:700] = [0.7, 0.3, 0.2, 1], [0.2, 0.5, 0.3, 1]
    marks = hints.of_pixels(strokes) if "hints" in way else None
    net = None if way == "hints" else network(way.partition("+")[0], device)
    results: list[Any] = []
    taken: dict[str, Any] = measured(lambda: results.append(colouring.colorize(data, net, size, marks)))
    return taken | {"stages": results[0].facts["seconds"]}


def edges(device: str) -> dict[str, float]:
    """How far colours are off within 3 pixels of an edge (mean, in a and b), laid over a photo 16 times as large."""
    from studio.engines.photo import guiding

    height, width, times = 1024, 1536, 16
    left = np.arange(width) < width // 2 - 5  # between two small pixels
    light = np.where(left, 30, 70).astype(np.float32) * np.ones((height, 1), np.float32)
    true = np.stack([np.where(left, 30, -25), np.where(left, 20, 15)]).astype(np.float32)[:, None].repeat(height, 1)
    small = np.stack([guiding.resized(each, width // times, height // times) for each in true])
    near = slice(width // 2 - 8, width // 2 - 2)

    def off(made: np.ndarray) -> float:
        return float(np.abs(made[:, :, near] - true[:, :, near]).mean())

    def enlarged(how: Image.Resampling) -> np.ndarray:
        return np.stack([np.asarray(Image.fromarray(each).resize((width, height), how)) for each in small])

    return {
        "nearest": off(enlarged(Image.Resampling.NEAREST)),
        "bilinear": off(enlarged(Image.Resampling.BILINEAR)),
        "guided": off(guiding.Guided(small, light).band(slice(0, height))),
    }


def apart(*order: object) -> dict[str, Any]:
    """The result of one measurement, made by a fresh process."""
    command = [sys.executable, "-m", "benchmarks.photos", "--one", json.dumps(order)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(order, found, flush=True)
    return found


def body(device: str) -> str:
    """Everything measured, as Markdown."""
    lines = []
    for side in SIDES:
        for size in NETWORKS:
            found = apart("ask", size, side, device)
            cells = f"{found['seconds']:.2f} | {found['processor']:.2f} | {found['rise'] / 1e6:.0f}"
            lines.append(f"| {side} × {side} | {size} | {cells} |")
    photos = []
    for way, seen in (("tiny", 576), ("large", 576), ("large", 1120), ("tiny+hints", 576), ("hints", 0)):
        found = apart("whole", way, seen, device)
        stages = ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in found["stages"].items())
        cells = f"{found['seconds']:.1f} | {found['processor']:.1f}"
        place = f" at {seen}" if seen else ""
        photos.append(f"| {way}{place} | {cells} | {found['peak'] / 1e6:,.0f} | {stages} |")
    off = apart("edges", device)
    return f"""
DDColor with ConvNeXt-T ("tiny") and ConvNeXt-L ("large"), float32, on {device}, {os.cpu_count()} cores, one picture a
call. Where others were busy on the machine the processor's seconds say more than the clock's. Memory is what the call
takes besides the weights (tiny 220 MB, large 911 MB).

| network sees | network | seconds | of the processor | MB besides the weights |
|---|---|--:|--:|--:|
{chr(10).join(lines)}

A grey photo of 20 megapixels, from file to file. Memory is the highest mark of the whole process, with everything that
it has loaded: the limit is 3,000 MB.

| coloured by | seconds | of the processor | MB at most | seconds by stage |
|---|--:|--:|--:|---|
{chr(10).join(photos)}

Colours made at a sixteenth of a photo's size, laid over it: mean error of a and b within three pixels of an edge is
{off["guided"]:.1f} by our guided filter, {off["nearest"]:.1f} by the nearest value (what the reference does),
{off["bilinear"]:.1f} by straight lines.
"""


def main() -> None:
    """Measure everything and write the report, or make one measurement for it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--print", action="store_true", help="only print, leave docs/benchmarks.md as it is")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        what, *order = json.loads(given.one)
        kinds: dict[str, Callable[..., dict[str, Any]]] = {"ask": ask, "whole": whole, "edges": edges}
        print(json.dumps(kinds[what](*order)))
    elif given.print:
        print(body(given.device))
    else:
        report.write(TITLE, COMMAND, body(given.device))


if __name__ == "__main__":
    main()
