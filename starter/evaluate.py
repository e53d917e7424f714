"""What a finished model can do, in figures: `python -m starter.evaluate starter/weights --scenes 1000`.

Random scenes with seeds that no training saw, asked for with the model's own scheduler and judged by `starter.judge`.
The judge's answers on true pictures of the same scenes ("true") stand beside every figure: no model can do better.
Each part can be run alone; its figures take their place in the file of `--figures`.
"""

import argparse
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from starter import judge
from starter.measures import frechet as distance
from starter.measures import line_agreement, seam, shares_right
from starter.model import Images, Model, as_tensor
from starter.scene import Rendering, Spec, Thing, render, sample_spec
from starter.scene.captions import plain
from starter.scene.hand import HANDS
from starter.scene.objects import CORE
from starter.scene.palette import COLOURS
from starter.scene.spec import EVERYTHING, Domain
from starter.train.config import CONFIGS, Config
from starter.train.data import HELD_OUT
from starter.train.trainer import be_modest

CHUNK = 50
# The hand whose drawings are followed.
HAND = "object alone"
# How far a hole reaches beyond the object, and the region in which edges are compared: shares of the picture's side.
ROUND_HOLE, ROUND_LINES = 0.06, 0.03
# Grey is not asked for: in shade, in rain or on paper, true white and true black are grey as well.
ASKED = tuple(colour for colour in COLOURS if colour != "gray")
WORLDS = {"core": Domain(kinds=CORE), "everything": EVERYTHING}


@dataclass(frozen=True, slots=True)
class Given:
    """What the model is asked for: a scene and its true picture."""

    spec: Spec
    true: Rendering

    def box(self, beyond: float) -> tuple[int, int, int, int]:
        """Left, top, right, bottom of the object in the true picture, and `beyond` around it."""
        rows, columns = np.nonzero(self.true.masks()["object"])
        side = self.true.picture.width
        more = round(beyond * side)
        low, high = (max(0, int(v.min()) - more) for v in (columns, rows))
        return low, high, min(side, int(columns.max()) + more), min(side, int(rows.max()) + more)


def scenes(count: int, domain: Domain = EVERYTHING) -> list[Given]:
    """Scenes never trained on: one object each, every kind of `domain` equally often."""
    chosen = []
    for k in range(count):
        seed = HELD_OUT + k
        spec = sample_spec(random.Random(seed), replace(domain, others=0.0))
        colour = spec.thing.colour if spec.thing.colour in ASKED else ASKED[k % len(ASKED)]
        spec = replace(spec, thing=Thing(domain.kinds[k % len(domain.kinds)], colour))
        chosen.append(Given(spec, render(spec, seed)))
    return chosen


def another(spec: Spec, kinds: tuple[str, ...]) -> Spec:
    """The same scene with another object of another colour."""
    kind = kinds[(kinds.index(spec.thing.kind) + 5) % len(kinds)]
    return replace(spec, thing=Thing(kind, ASKED[(ASKED.index(spec.thing.colour) + 5) % len(ASKED)]))


class Proof:
    """Parts of the proof for one model and one world; pictures are made once for all that need them."""

    def __init__(self, config: Config, folder: Path, given: list[Given], steps: int, domain: Domain) -> None:
        self.folder, self.given, self.steps, self.domain = folder, given, steps, domain
        self.specs = [g.spec for g in given]
        self.english = [plain(spec, "en") for spec in self.specs]
        self.asked = judge.trained(config)

    @cached_property
    def model(self) -> Model:
        return Model(self.folder, self.steps)

    @cached_property
    def from_english(self) -> Images:
        return self.model.from_words(self.english)

    @cached_property
    def lines(self) -> Images:
        return [g.true.sketch(HANDS[HAND], k)[0] for k, g in enumerate(self.given)]

    @cached_property
    def true_features(self) -> Tensor:
        return self._judged(self._true(), self.specs)[0]

    def part(self, name: str) -> dict[str, float]:
        """The figures of one of PARTS."""
        return PARTS[name](self)

    def true(self) -> dict[str, float]:
        """What the judge says of true pictures, and how well their own edges follow the lines."""
        true = self._true()
        return self._judged(true, self.specs)[1] | self._lines_followed(true)

    def words(self, images: Images) -> dict[str, float]:
        features, figures = self._judged(images, self.specs)
        return figures | {"frechet": distance(features, self.true_features)}

    def drawing(self, model: Model) -> dict[str, float]:
        images = model.from_lines(self.english, self.lines)
        return self.words(images) | self._lines_followed(images)

    def few(self, steps: int) -> Model:
        """The model with its UNet for few steps."""
        return Model(self.folder, steps, few=True)

    def filled(self) -> dict[str, float]:
        """Another object into the place of the true one; the seam is also measured where nothing was done."""
        wanted = [another(spec, self.domain.kinds) for spec in self.specs]
        holes = [_hole(g) for g in self.given]
        true = self._true()
        made = self.model.filled([plain(spec, "en") for spec in wanted], true, holes)
        return self._judged(made, wanted)[1] | {
            "seam": round(float(np.mean([seam(m, h) for m, h in zip(made, holes, strict=True)])), 2),
            "seam before": round(float(np.mean([seam(t, h) for t, h in zip(true, holes, strict=True)])), 2),
        }

    def _true(self) -> Images:
        size = (self.model.size, self.model.size)
        return [g.true.picture.resize(size, Image.Resampling.BOX) for g in self.given]

    def _judged(self, images: Images, specs: list[Spec]) -> tuple[Tensor, dict[str, float]]:
        features, answers = [], []
        for k in range(0, len(images), CHUNK):
            seen, said = judge.ask(self.asked, as_tensor(images[k : k + CHUNK]))
            features.append(seen)
            answers += said
        return torch.cat(features), shares_right(answers, specs)

    def _lines_followed(self, images: Images) -> dict[str, float]:
        found = [
            line_agreement(image, lines, _region(g))
            for image, lines, g in zip(images, self.lines, self.given, strict=True)
        ]
        return {name: round(float(np.mean([each[name] for each in found])), 4) for name in found[0]}


PARTS: dict[str, Callable[[Proof], dict[str, float]]] = {
    "true": Proof.true,
    "english": lambda p: p.words(p.from_english),
    "chinese": lambda p: p.words(p.model.from_words([plain(spec, "zh") for spec in p.specs])),
    "doubled": lambda p: p.words(p.model.doubled(p.from_english)),
    "drawing": lambda p: p.drawing(p.model),
    "filled": Proof.filled,
    "few 4": lambda p: p.words(p.few(4).from_words(p.english)),
    "few 2": lambda p: p.words(p.few(2).from_words(p.english)),
    "few 1": lambda p: p.words(p.few(1).from_words(p.english)),
    "few 4 drawing": lambda p: p.drawing(p.few(4)),
}


def _hole(given: Given) -> Image.Image:
    hole = Image.new("L", given.true.picture.size, 0)
    ImageDraw.Draw(hole).rectangle(given.box(ROUND_HOLE), fill=255)
    return hole


def _region(given: Given) -> np.ndarray:
    left, top, right, bottom = given.box(ROUND_LINES)
    region = np.zeros((given.true.picture.height, given.true.picture.width), bool)
    region[top:bottom, left:right] = True
    return region


def note(path: Path, world: str, name: str, figures: dict[str, Any]) -> None:
    """Put the figures of one part into the file, in place of earlier ones."""
    noted = json.loads(path.read_text()) if path.exists() else {}
    noted.setdefault(world, {})[name] = figures
    path.write_text(json.dumps(noted, indent=1) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--config", choices=CONFIGS, default="cpu", help="whose judge is asked")
    parser.add_argument("--world", choices=WORLDS, default="everything", help="core: only the twelve kinds of the core")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--scenes", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=16)
    parser.add_argument("--figures", type=Path, help="a JSON file that keeps them")
    given = parser.parse_args()
    be_modest()
    domain = WORLDS[given.world]
    proof = Proof(CONFIGS[given.config], given.folder, scenes(given.scenes, domain), given.steps, domain)
    for name in given.parts:
        steps = int(name.split()[1]) if name.startswith("few") else given.steps
        figures: dict[str, Any] = {"scenes": given.scenes, "steps": steps} | proof.part(name)
        print(name, json.dumps(figures), flush=True)
        if given.figures:
            note(given.figures, given.world, name, figures)


if __name__ == "__main__":
    main()
