"""Renders the training pictures into shards: `python -m starter.train.data --config cpu`.

A shard holds some hundred scenes as plain arrays. A finished one is never touched again, so the command may be stopped
and started at any time and only adds what is missing.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from starter.scene import Spec, render, sample_spec
from starter.scene.hand import any_hand
from starter.train.config import CONFIGS, Config

# Drawings of each scene by different hands.
DRAWINGS = 2
# Scene k of the training set has the seed FIRST_SEED + k. Evaluation takes its seeds from HELD_OUT up.
FIRST_SEED, HELD_OUT = 1_000_000, 900_000_000

Bytes = NDArray[np.uint8]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", choices=CONFIGS, default="cpu")
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    config = CONFIGS[given.config]
    make(config, given.workers)


def make(config: Config, workers: int = 1) -> None:
    """Render every shard of `config` that is not there yet."""
    config.data.mkdir(parents=True, exist_ok=True)
    (config.data / "renderer.json").write_text(json.dumps({"sha256": renderer_hash(), "size": config.picture_size}))
    count = config.scenes // config.shard
    missing = [k for k in range(count) if not (config.data / shard_name(k)).exists()]
    with ProcessPoolExecutor(workers) as pool:
        for k in pool.map(partial(render_shard, config), missing):
            print(f"shard {k} of {count}", flush=True)


def shard_name(k: int) -> str:
    return f"shard-{k:04d}"


def renderer_hash() -> str:
    """Of the renderer's sources: pictures of another renderer are other data."""
    folder = Path(__file__).resolve().parents[1] / "scene"
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def render_shard(config: Config, k: int) -> int:
    """Write shard `k`: pictures (n, size, size, 3), lines (n, DRAWINGS, size, size), colours like pictures, specs."""
    os.nice(max(0, 19 - os.nice(0)))
    size, scenes = config.picture_size, config.shard
    pictures = np.empty((scenes, size, size, 3), np.uint8)
    lines = np.empty((scenes, DRAWINGS, size, size), np.uint8)
    colours = np.empty((scenes, size, size, 3), np.uint8)
    specs: list[Spec] = []
    for row in range(scenes):
        seed = FIRST_SEED + k * scenes + row
        rng = random.Random(seed)
        spec = sample_spec(rng)
        rendering = render(spec, seed)
        pictures[row] = _reduced(rendering.picture, size)
        for drawing in range(DRAWINGS):
            sketch, coloured = rendering.sketch(any_hand(rng), seed + drawing)
            lines[row, drawing] = _reduced(sketch, size)
        colours[row] = _reduced(coloured, size)
        specs.append(spec)
    _write(config.data / shard_name(k), {"pictures": pictures, "lines": lines, "colours": colours}, specs)
    return k


def _reduced(image: Image.Image, size: int) -> Bytes:
    return np.asarray(image if image.width == size else image.resize((size, size), Image.Resampling.BOX))


def _write(path: Path, arrays: dict[str, Bytes], specs: list[Spec]) -> None:
    # A folder appears under its name only when it is whole.
    half = path.with_suffix(".half")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir()
    for name, array in arrays.items():
        np.save(half / f"{name}.npy", array)
    (half / "specs.json").write_text(json.dumps([spec.as_dict() for spec in specs]))
    half.rename(path)


class Shards:
    """The shards of a folder, seen as one list of scenes. Arrays stay on disk until a row is asked for."""

    def __init__(self, folder: Path, hold_out: int = 0) -> None:
        """`hold_out`: how many scenes at the end are left for validation. Raises FileNotFoundError when empty."""
        self.folders = sorted(p for p in folder.glob("shard-*") if p.is_dir() and p.suffix != ".half")
        if not self.folders:
            raise FileNotFoundError(f"No shards in {folder}: run `python -m starter.train.data` first.")
        self.specs = [Spec.from_dict(s) for f in self.folders for s in json.loads((f / "specs.json").read_text())]
        self.count = len(self.specs) - hold_out
        self._open: dict[str, list[NDArray[np.generic]]] = {}

    def rows(self, name: str, indices: Iterator[int] | list[int]) -> NDArray[np.generic]:
        """Rows of the array `name` ("pictures", "lines", "colours", "latents", ...), stacked."""
        if name not in self._open:
            self._open[name] = [np.load(f / f"{name}.npy", mmap_mode="r") for f in self.folders]
        arrays = self._open[name]
        length = len(arrays[0])
        return np.stack([arrays[i // length][i % length] for i in indices])


if __name__ == "__main__":
    main()
