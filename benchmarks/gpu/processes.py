"""Parts of `benchmarks.gpu` that need the engine in its own process, as a worker has it: drawing, a lost device."""

import io
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from PIL import Image, ImageDraw

from benchmarks import report
from benchmarks.gpu.bench import Bench, Found
from studio.engines.base import EngineLost
from studio.engines.local import LocalEngine
from studio.engines.local.options import Mode
from studio.job import Job, Step

# The next stroke of a person comes so many seconds after the last one.
BETWEEN = 1.0
# Makes the device of the process unusable by its first step: on CUDA in earnest, by an index that is not there.
LOSES = """
import sys, threading, time

def lose():
    while "studio.engines.local.steps" not in sys.modules:
        time.sleep(0.01)
    import torch
    from studio.engines.local import stepping

    def predict(slots):
        if torch.cuda.is_available():
            there = torch.zeros(1, device="cuda")
            there[torch.full((1,), 7, device="cuda")]
            torch.cuda.synchronize()
        raise torch.AcceleratorError("CUDA error: device-side assert triggered")

    stepping.predict = predict

threading.Thread(target=lose, daemon=True).start()
"""


@contextmanager
def _engine(bench: Bench, **environment: str) -> Iterator[LocalEngine]:
    """An engine with a process of its own, which sees these variables besides."""
    with mock.patch.dict(os.environ, environment):
        engine = LocalEngine(device=str(bench.device))
        try:
            yield engine
        finally:
            engine.close()


def live(bench: Bench, mode: Mode) -> Found:
    """People who draw: one stroke a second each, four steps without guidance. Milliseconds from the drawing's bytes to
    the first preview and to the finished frame, p50 and p99; reading the drawing and encoding the frame included."""
    side, people = bench.sizes.sides["sd15"][0], bench.sizes.sketchers
    strokes = 8 if bench.sizes.full else 2
    with tempfile.TemporaryDirectory() as var, _engine(bench, BRUSHWIRE_COMPILE=mode, BRUSHWIRE_VAR=var) as engine:
        for turn in range(2):  # the model into memory, then graphs for few and for many
            _strokes(bench, engine, side, [people if turn else 1] * 2, first=1 + 2 * turn)
        previews, frames = _strokes(bench, engine, side, [people] * strokes, first=5)
    spread = [report.percentile(each, share) * 1000 for each in (previews, frames) for share in (0.5, 0.99)]
    return {"side": side, "people": people, "strokes": len(frames), "row": [round(value, 1) for value in spread]}


def _strokes(
    bench: Bench, engine: LocalEngine, side: int, rounds: list[int], *, first: int
) -> tuple[list[float], list[float]]:
    """Let so many people draw one stroke in each round; seconds to each first preview and each frame."""
    previews: list[float] = []
    frames: list[float] = []
    began = time.perf_counter()

    def person(number: int) -> None:
        for turn, many in enumerate(rounds):
            if number >= many:
                continue
            # Not all at once: people are spread over the second.
            due = began + BETWEEN * (turn + number / many)
            time.sleep(max(0.0, due - time.perf_counter()))
            job, seen = _stroke(bench, side, number, first + turn), list[float]()

            def hear(step: Step, seen: list[float] = seen) -> None:
                if step.preview and not seen:
                    seen.append(time.perf_counter())

            asked = time.perf_counter()
            engine.run(job, hear)
            frames.append(time.perf_counter() - asked)
            previews.append(seen[0] - asked)

    threads = [threading.Thread(target=person, args=(number,)) for number in range(max(rounds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return previews, frames


def _stroke(bench: Bench, side: int, number: int, revision: int) -> Job:
    """A drawing that nobody has sent before, as the page sends it."""
    sheet = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    corner = (37 * number + 11 * revision) % side
    ImageDraw.Draw(sheet).line([(0, corner), (side - corner, side), (side, 0)], fill=(31, 35, 40, 255), width=6)
    file = io.BytesIO()
    sheet.save(file, "WEBP", quality=90)
    params: dict[str, Any] = {"prompt": "a red house", "negative_prompt": "", "guidance_scale": 1.0, "count": 1}
    params |= {"steps": 5, "strength": 0.8, "seed": 1, "width": side, "height": side}
    owner = f"person {number}"
    return Job(
        f"{number}-{revision}",
        "sketch_to_image",
        params,
        {"sketch": file.getvalue()},
        bench.ref("live"),
        owner,
        "live",
        board=owner,
        revision=revision,
        media_type="image/jpeg",
    )


def lost(bench: Bench) -> Found:
    """The device is lost under a picture: seconds until its request hears of it, and until the next one is made by a
    new process, which imports its libraries and loads the model."""
    job = bench.ask("sd15", bench.sizes.sides["sd15"][0], "lost", 1, steps=2, guided=True)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "sitecustomize.py").write_text(LOSES, "utf-8")
        path = os.pathsep.join(filter(None, [folder, os.environ.get("PYTHONPATH")]))
        with _engine(bench, BRUSHWIRE_VAR=folder) as engine:
            stepping, told = list[float](), False
            with mock.patch.dict(os.environ, {"PYTHONPATH": path}):
                try:
                    engine.run(job, lambda _step: stepping.append(time.perf_counter()))
                except EngineLost:
                    told = True
            heard = time.perf_counter()
            made = engine.run(job, lambda _step: None)
    return {
        "told": told,
        "heard": round(heard - stepping[-1], 2),
        "made": len(made),
        "again": round(time.perf_counter() - heard, 2),
    }
