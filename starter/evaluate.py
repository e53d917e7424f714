"""What a finished model can do, in figures and a contact sheet: `python -m starter.evaluate starter/weights`.

Random prompts with seeds that no training saw, made with the model's own scheduler and judged by `starter.judge`. The
judge's answers on true pictures of the same scenes stand beside every figure: no model can do better than that.
"""

import argparse
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import (
    ControlNetModel,
    LCMScheduler,
    StableDiffusionControlNetPipeline,
    StableDiffusionPipeline,
    UNet2DConditionModel,
)
from PIL import Image
from torch import Tensor

from starter import judge
from starter.build import CONTROL, FEW_STEP_SCHEDULER, FEW_STEP_UNET
from starter.scene import Rendering, Spec, render, sample_spec
from starter.scene.captions import plain
from starter.scene.hand import HANDS
from starter.scene.objects import CORE
from starter.scene.sheet import grid
from starter.scene.spec import EVERYTHING, Domain
from starter.train.batches import GAIN
from starter.train.config import CONFIGS, Config
from starter.train.data import HELD_OUT
from starter.train.trainer import be_modest

CHUNK = 8
GUIDANCE = 3.5
# Edges further apart than this share of the picture's side do not match.
TOLERANCE = 0.03
EDGE_POINTS = 600
# Mean change of a channel, 0..255, between neighbours above which there is an edge.
EDGE = 14.0
# The hand whose drawings are followed.
HAND = "object alone"


@dataclass(frozen=True, slots=True)
class Given:
    """What the model is asked for: a scene, its true picture, and the prompt's language."""

    spec: Spec
    true: Rendering


def scenes(count: int, domain: Domain = EVERYTHING) -> list[Given]:
    """Scenes never trained on: one object each, every kind of `domain` equally often."""
    chosen = []
    for k in range(count):
        seed = HELD_OUT + k
        spec = sample_spec(random.Random(seed), replace(domain, others=0.0))
        spec = replace(spec, thing=replace(spec.thing, kind=domain.kinds[k % len(domain.kinds)]))
        chosen.append(Given(spec, render(spec, seed)))
    return chosen


class Model:
    """A finished model folder, on the CPU in float32. `few`: its UNet for few steps, which needs no guidance."""

    def __init__(self, folder: Path, steps: int, *, few: bool = False) -> None:
        self.steps, self.guidance = steps, 1.0 if few else GUIDANCE
        control = ControlNetModel.from_pretrained(folder / CONTROL, dtype=torch.float32)
        self.pipeline: Any = StableDiffusionPipeline.from_pretrained(folder, dtype=torch.float32, safety_checker=None)
        if few:
            self.pipeline.unet = UNet2DConditionModel.from_pretrained(folder / FEW_STEP_UNET, dtype=torch.float32)
            self.pipeline.scheduler = LCMScheduler.from_pretrained(folder / FEW_STEP_SCHEDULER)
        self.sketching: Any = StableDiffusionControlNetPipeline(
            **self.pipeline.components, controlnet=control, requires_safety_checker=False
        )
        self.size = int(self.pipeline.unet.config.sample_size) * 8
        silence(self.pipeline)
        silence(self.sketching)

    def from_words(self, prompts: list[str]) -> list[Image.Image]:
        return self._made(prompts, lambda part: (self.pipeline, {}))

    def from_lines(self, prompts: list[str], lines: list[Image.Image]) -> list[Image.Image]:
        """`lines`: white on black, of any size."""
        ready = [_as_control(image, self.size) for image in lines]
        return self._made(prompts, lambda part: (self.sketching, {"image": ready[part]}))

    def _made(self, prompts: list[str], way: Callable[[slice], tuple[Any, dict[str, Any]]]) -> list[Image.Image]:
        made: list[Image.Image] = []
        for k in range(0, len(prompts), CHUNK):
            part = slice(k, k + CHUNK)
            pipeline, inputs = way(part)
            seeds = [torch.Generator().manual_seed(k + row) for row in range(len(prompts[part]))]
            options = {"num_inference_steps": self.steps, "guidance_scale": self.guidance, "generator": seeds}
            made += pipeline(prompts[part], **inputs, **options).images
        return made


def silence(pipeline: Any) -> None:
    """No progress bars."""
    pipeline.set_progress_bar_config(disable=True)


def _as_control(lines: Image.Image, size: int) -> Image.Image:
    small = lines.convert("L").resize((size, size), Image.Resampling.BOX)
    return small.point(lambda value: min(255, round(value * GAIN))).convert("RGB")


def shares_right(answers: list[dict[str, str]], specs: list[Spec]) -> dict[str, float]:
    """For every question of the judge how often its answer is what was asked for, 0..1."""
    result = {}
    for question in judge.QUESTIONS:
        asked = [k for k, spec in enumerate(specs) if judge.applies(question, spec)]
        right = sum(answers[k][question] == judge.truth(specs[k])[question] for k in asked)
        result[question] = round(right / max(1, len(asked)), 3)
    return result


def as_tensor(images: list[Image.Image]) -> Tensor:
    """(n, 3, h, w) in -1..1."""
    values = np.stack([np.asarray(image.convert("RGB")) for image in images])
    return torch.from_numpy(values).permute(0, 3, 1, 2).float() / 127.5 - 1


def frechet(made: Tensor, true: Tensor) -> float:
    """The Fréchet distance of two sets of features (n, d), each taken as a Gaussian (Heusel et al. 2017)."""
    mean = (made.mean(0) - true.mean(0)).square().sum()
    a, b = torch.cov(made.T.double()), torch.cov(true.T.double())
    # The trace of sqrt(ab) from the eigenvalues of ab, which are real and not negative up to rounding.
    cross = torch.linalg.eigvals(a @ b).real.clamp(min=0).sqrt().sum()
    return round(float(mean + torch.trace(a) + torch.trace(b) - 2 * cross), 2)


def edge_agreement(made: Image.Image, lines: Image.Image) -> tuple[float, float]:
    """(chamfer distance from the given lines to the picture's edges, share of the lines that have an edge near).

    The distance is a share of the picture's side. The picture may have other edges: a drawing need not be whole.
    """
    size = made.width
    pixels = np.asarray(made.convert("RGB"), np.float32)
    change = np.abs(np.diff(pixels, axis=0))[:, :-1].mean(-1) + np.abs(np.diff(pixels, axis=1))[:-1].mean(-1)
    edges = np.argwhere(change > EDGE)
    given = np.argwhere(np.asarray(lines.convert("L").resize((size, size), Image.Resampling.BOX)) > 100)
    if not len(edges) or not len(given):
        return 1.0, 0.0
    given = given[:: max(1, len(given) // EDGE_POINTS)]
    apart = np.sqrt(((given[:, None] - edges[None]) ** 2).sum(-1).min(1)) / size
    return float(apart.mean()), float((apart < TOLERANCE).mean())


def report(config: Config, model: Model, given: list[Given], sheet: Path | None) -> dict[str, Any]:
    """Every figure for `given`; the pictures go to `sheet`: true, English, Chinese, drawing, from the drawing."""
    asked = judge.trained(config)
    specs = [g.spec for g in given]
    true = [g.true.picture.resize((model.size, model.size), Image.Resampling.BOX) for g in given]
    lines = [g.true.sketch(HANDS[HAND], k)[0] for k, g in enumerate(given)]
    made = {
        "true": true,
        "english": model.from_words([plain(spec, "en") for spec in specs]),
        "chinese": model.from_words([plain(spec, "zh") for spec in specs]),
        "drawing": model.from_lines([plain(spec, "en") for spec in specs], lines),
    }
    result: dict[str, Any] = {"scenes": len(given), "steps": model.steps, "guidance": model.guidance}
    features = {}
    for name, images in made.items():
        features[name], answers = judge.ask(asked, as_tensor(images))
        result[name] = shares_right(answers, specs)
        if name != "true":
            result[name]["frechet"] = frechet(features[name], features["true"])
    agreement = [edge_agreement(image, drawn) for image, drawn in zip(made["drawing"], lines, strict=True)]
    result["drawing"]["chamfer"] = round(float(np.mean([a for a, _ in agreement])), 4)
    result["drawing"]["lines found"] = round(float(np.mean([b for _, b in agreement])), 3)
    if sheet:
        _save_sheet(made, lines, sheet)
    return result


def _save_sheet(made: dict[str, list[Image.Image]], lines: list[Image.Image], path: Path) -> None:
    rows = [made["true"], made["english"], made["chinese"], lines, made["drawing"]]
    columns, blank = 12, Image.new("RGB", (1, 1), "white")
    images: list[Image.Image] = []
    for start in range(0, len(lines), columns):
        for row in rows:
            part = row[start : start + columns]
            images += part + [blank] * (columns - len(part))
    grid(images, columns, 128).save(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--config", choices=CONFIGS, default="cpu", help="whose judge is asked")
    parser.add_argument("--scenes", type=int, default=96)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--few", action="store_true", help="the UNet for few steps")
    parser.add_argument("--core", action="store_true", help="only the twelve kinds of the core")
    parser.add_argument("--sheet", type=Path)
    given = parser.parse_args()
    be_modest()
    domain = Domain(kinds=CORE) if given.core else EVERYTHING
    model = Model(given.folder, given.steps, few=given.few)
    print(json.dumps(report(CONFIGS[given.config], model, scenes(given.scenes, domain), given.sheet), indent=2))


if __name__ == "__main__":
    main()
