"""Contact sheets of the renderer: `python -m starter.scene.sheet examples.png`."""

import argparse
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PIL import Image

from starter.scene.hand import HANDS
from starter.scene.objects import KINDS
from starter.scene.render import render
from starter.scene.spec import GROUNDS, SKIES, STYLES, Spec, sample_spec


def grid(images: Sequence[Image.Image], columns: int, size: int) -> Image.Image:
    """Pictures side by side, each made `size` pixels square."""
    rows = -(-len(images) // columns)
    sheet = Image.new("RGB", (columns * size, rows * size), "white")
    for k, image in enumerate(images):
        small = image.convert("RGB").resize((size, size), Image.Resampling.LANCZOS)
        sheet.paste(small, (k % columns * size, k // columns * size))
    return sheet


def specs(seed: int) -> list[Spec]:
    """Every kind of object once, with every sky, ground and style in turn."""
    rng = random.Random(seed)
    chosen = []
    for k, kind in enumerate(KINDS):
        spec = sample_spec(rng)
        spec = replace(spec, thing=replace(spec.thing, kind=kind), style=STYLES[k % len(STYLES)])
        if k >= len(KINDS) - len(SKIES):
            spec = replace(spec, sky=SKIES[k % len(SKIES)], moon=False, sun=False, clouds=False)
        if k < len(GROUNDS):
            spec = replace(spec, ground=GROUNDS[k])
        chosen.append(spec)
    return chosen


def examples(seed: int, size: int) -> Image.Image:
    """Four rows of eight pictures, then the drawings of the first eight, each by another hand, lines and colours."""
    rendered = [render(spec, seed + k) for k, spec in enumerate(specs(seed))]
    more = [render(sample_spec(random.Random(seed + 100 + k)), seed + 100 + k) for k in range(8)]
    sketches = [r.sketch(hand, k) for k, (r, hand) in enumerate(zip(rendered, HANDS.values(), strict=False))][:8]
    pictures = [r.picture for r in rendered + more]
    return grid([*pictures, *(lines for lines, _ in sketches), *(colours for _, colours in sketches)], 8, size)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=int, default=144)
    given = parser.parse_args()
    examples(given.seed, given.size).quantize(250).save(given.path, optimize=True)


if __name__ == "__main__":
    main()
