"""A drawing of 512 x 512 px to a GLB file without any model, against the usual way and against what nobody can save:
`python -m benchmarks.solids`.

The usual way makes a block of voxels of the same heights, a surface of it by trimesh's marching cubes, and the file by
the same exporter: no texture, no normals but the triangles' own. It needs scikit-image, which nothing here else does
(pip install --target FOLDER scikit-image, and PYTHONPATH=FOLDER); without it that column is empty and
no ratio is noted.
"""

import statistics
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np
import trimesh
from scipy import ndimage

from benchmarks import report
from studio.engines.board import pictures
from studio.engines.solid import glb, making, poster, regions
from studio.engines.solid.making import Wish
from tests.studio.engines import recorded

TITLE, COMMAND = "A drawing as a shape in space", "python -m benchmarks.solids"
TURNS = 5
NAMES = ("star", "cat", "house with a window", "crossing strokes")
# Of the block, its longer side: as many triangles come of it as of ours.
VOXELS = 112


def clocked(work: Callable[[], Any]) -> float:
    """Milliseconds of a processor, which others on the machine do not lengthen much: the median of TURNS after one that
    does not count."""
    work()
    taken = []
    for _turn in range(TURNS):
        began = time.process_time()
        work()
        taken.append(1000 * (time.process_time() - began))
    return statistics.median(taken)


def ours(drawn: bytes) -> bytes:
    """From the PNG to the GLB."""
    return glb.write(making.make(drawn, None, Wish(), lambda _stage: None))


def usual(drawn: bytes) -> bytes:
    """The same area, as thick, as a block of voxels."""
    drawing = regions.read(pictures.decode(drawn))
    full = ndimage.zoom(regions.solid(drawing.marks).astype(np.float32), VOXELS / regions.SIDE, order=1) > 0.5
    heights = np.sqrt(2.0) * np.pad(ndimage.distance_transform_edt(full), 1) * 0.6
    levels = np.arange(-int(heights.max()) - 2, int(heights.max()) + 3)
    block = np.abs(levels) < heights[..., None]
    mesh = trimesh.voxel.VoxelGrid(block).marching_cubes
    return bytes(trimesh.Scene(mesh).export(file_type="glb"))


def main() -> None:
    rows: list[str] = []
    ratios: dict[str, float] = {}
    for name in NAMES:
        drawn = recorded.drawn(name, 512)
        mesh = making.make(drawn, None, Wish(), lambda _stage: None)
        whole, written = clocked(partial(ours, drawn)), clocked(partial(glb.write, mesh))
        shown = clocked(partial(poster.render, mesh))
        peer = clocked(partial(usual, drawn)) if find_spec("skimage") else None
        against = "– | –"
        if peer:
            ratios[name] = whole / peer
            against = f"{peer:.0f} | {ratios[name]:.2f}"
        size = len(glb.write(mesh)) // 1000
        rows.append(f"| {name} | {len(mesh.faces)} | {size} | {whole:.0f} | {written:.0f} | {shown:.0f} | {against} |")
    head = (
        "Recorded sketches of 512 × 512 px with the tool's usual settings, in milliseconds of one processor. From the\n"
        "PNG to the GLB: reading, outlines, shape, texture, file; of that, writing the file is what nobody can\n"
        "save. The poster is drawn besides, without a graphics card. The peer is trimesh's marching cubes over a\n"
        f"block of {VOXELS} voxels with the same outlines, without texture and normals. Medians of {TURNS}.\n\n"
        "| sketch | triangles | kB | PNG to GLB | of it the file | poster | marching cubes | ratio |\n"
        "|---|--:|--:|--:|--:|--:|--:|--:|\n"
    )
    report.write(TITLE, COMMAND, head + "\n".join(rows), ratios)


if __name__ == "__main__":
    main()
