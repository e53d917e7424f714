"""An independent judge: `python -m starter.judge --config cpu --minutes 20`.

A small network that learned from true pictures alone what is in them: object, its colour, sky, ground and style. It
shares nothing with the starter. Its own accuracy on pictures it never saw is part of every report that uses it.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from starter.scene import Spec
from starter.scene.objects import KINDS
from starter.scene.palette import COLOURS
from starter.scene.spec import GROUNDS, SKIES, STYLES
from starter.train import command
from starter.train.config import Config
from starter.train.data import Shards
from starter.train.trainer import Budget, Figures, Trainer, load_average

# The judge looks at pictures of this size, whatever size they were made in.
SIZE = 128
WIDTHS = (24, 48, 64, 128)
# Layers whose mean is looked at as well: how fine the texture is tells one style from another.
TEXTURES = (2, 6, 9)
POOLED, FEATURES = 5 * WIDTHS[-1] + sum(WIDTHS[:3]), 192
QUESTIONS: dict[str, tuple[str, ...]] = {
    "object": tuple(KINDS),
    "colour": tuple(COLOURS),
    "sky": SKIES,
    "ground": GROUNDS,
    "style": STYLES,
}
BATCH, RATE = 64, 2e-3
# Share of the pictures that are shown blurred: a generated picture is soft, which must not look like another style.
BLURRED, NOISE = 0.4, 0.06
# Share of the pictures that are turned (radians, at most) and made smaller or larger; all are moved (pixels) and
# mirrored. What fits only the scenes that were learned is no knowledge.
BENT, TURNED, RESIZED, MOVED = 0.5, 0.1, 0.18, 10
GLANCES = 6


def truth(spec: Spec) -> dict[str, str]:
    """The right answers."""
    return {
        "object": spec.thing.kind,
        "colour": spec.thing.colour,
        "sky": spec.sky,
        "ground": spec.ground,
        "style": spec.style,
    }


def applies(question: str, spec: Spec) -> bool:
    """In space there is no ground to be seen; of two things nobody can say which one is meant."""
    if question == "ground":
        return spec.sky != "space"
    return spec.other is None or question not in ("object", "colour")


class _Block(nn.Module):
    """Two convolutions whose result is added to their input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(*_convolution(width, width), nn.ReLU(), *_convolution(width, width))

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.layers(x))


def _convolution(before: int, after: int, size: int = 3, stride: int = 1) -> list[nn.Module]:
    return [nn.Conv2d(before, after, size, stride, size // 2, bias=False), nn.GroupNorm(8, after)]


class Judge(nn.Module):
    """Pictures (n, 3, SIZE, SIZE) in -1..1 to features (n, FEATURES) and the logits of every question."""

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d = WIDTHS
        self.look = nn.Sequential(
            *(*_convolution(3, a, 5, 2), nn.ReLU(), nn.MaxPool2d(2)),
            *(*_convolution(a, b), nn.ReLU()),
            *(*_convolution(b, c, stride=2), nn.ReLU(), _Block(c)),
            *(*_convolution(c, d, stride=2), nn.ReLU(), _Block(d)),
        )
        self.sum_up = nn.Sequential(nn.Linear(POOLED, FEATURES), nn.ReLU())
        self.answer = nn.ModuleDict({q: nn.Linear(FEATURES, len(words)) for q, words in QUESTIONS.items()})

    def forward(self, pictures: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        seen, textures = pictures, []
        for k, layer in enumerate(self.look):
            seen = layer(seen)
            if k in TEXTURES:
                textures.append(seen.mean((2, 3)))
        strongest = functional.adaptive_max_pool2d(seen, 2).flatten(1)
        features = self.sum_up(torch.cat([strongest, seen.mean((2, 3)), *textures], 1))
        return features, {question: head(features) for question, head in self.answer.items()}


def reduced(pictures: Tensor) -> Tensor:
    """(n, 3, h, w) to (n, 3, SIZE, SIZE)."""
    if pictures.shape[-1] < SIZE:
        return functional.interpolate(pictures, size=(SIZE, SIZE), mode="bilinear", align_corners=False)
    return functional.interpolate(pictures, size=(SIZE, SIZE), mode="area")


class JudgeStage:
    """Everything one training step needs."""

    def __init__(self, config: Config, budget: Budget) -> None:
        torch.manual_seed(config.seed)
        self.device = config.device
        shards = Shards(config.data, config.held_back)
        self.count = shards.count
        self.pictures = torch.from_numpy(shards.rows("pictures", list(range(self.count)))).to(self.device)
        told = [(spec, truth(spec)) for spec in shards.specs[: self.count]]
        self.truth = {
            q: torch.tensor([words.index(t[q]) if applies(q, spec) else -100 for spec, t in told], device=self.device)
            for q, words in QUESTIONS.items()
        }
        self.model = Judge().to(self.device)
        self.trainer = Trainer(self.model, config.checkpoints / "judge", budget, rate=RATE, seed=config.seed, ema=0.99)

    def step_loss(self) -> tuple[Tensor, Figures]:
        noise = self.trainer.noise
        rows = torch.randint(self.count, (BATCH,), generator=noise, device=self.device)
        pictures = reduced(self.pictures[rows].permute(0, 3, 1, 2).float() / 127.5 - 1)
        seen = _disturbed(pictures, {"generator": noise, "device": self.device})
        _, logits = self.model(seen)
        losses = {q: functional.cross_entropy(logits[q], self.truth[q][rows]) for q in QUESTIONS}
        return sum(losses.values(), torch.zeros((), device=self.device)) + losses["object"], {
            q: x.detach() for q, x in losses.items()
        }


def _disturbed(pictures: Tensor, source: dict[str, Any]) -> Tensor:
    """Each mirrored or not, moved, some bent, some blurred, with noise."""
    n, side = len(pictures), pictures.shape[-1]

    def spread(most: float) -> Tensor:
        return most * (2 * torch.rand(n, **source) - 1)

    bent = (torch.rand(n, **source) < BENT).float()
    angle, size = bent * spread(TURNED), 1 + bent * spread(RESIZED)
    mirror = (torch.rand(n, **source) < 0.5).float() * 2 - 1
    down, right = (spread(MOVED).round() * 2 / side for _ in range(2))
    rows = [
        mirror * size * angle.cos(),
        -size * angle.sin(),
        right,
        mirror * size * angle.sin(),
        size * angle.cos(),
        down,
    ]
    grid = functional.affine_grid(torch.stack(rows, 1).view(n, 2, 3), list(pictures.shape), align_corners=False)
    seen = functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)
    soft = functional.avg_pool2d(functional.pad(seen, (1, 1, 1, 1), "replicate"), 3, 1)
    seen = seen.lerp(soft, (torch.rand(n, **source) < BLURRED).float().view(-1, 1, 1, 1))
    return seen + NOISE * torch.rand(n, 1, 1, 1, **source) * torch.randn(seen.shape, **source)


def trained(config: Config) -> Judge:
    """The judge of `config`, ready to be asked. Raises FileNotFoundError before it was trained."""
    judge = Judge()
    load_average(judge, config.checkpoints / "judge")
    return judge.eval().requires_grad_(False)


@torch.no_grad()
def ask(judge: Judge, pictures: Tensor) -> tuple[Tensor, list[dict[str, str]]]:
    """The features of `pictures` (n, 3, h, w), and the judge's answers to QUESTIONS: it looks at every picture as it
    is and in a mirror, straight and from GLANCES pixels aside, and takes the mean."""
    seen = reduced(pictures)
    features, logits = judge(seen)
    for view in (seen.flip(-1), *(_aside(each, GLANCES) for each in (seen, seen.flip(-1)))):
        more = judge(view)[1]
        logits = {q: logits[q] + more[q] for q in QUESTIONS}
    chosen = {q: logits[q].argmax(-1).tolist() for q in QUESTIONS}
    return features, [{q: QUESTIONS[q][chosen[q][k]] for q in QUESTIONS} for k in range(len(pictures))]


def _aside(pictures: Tensor, far: int) -> Tensor:
    return functional.pad(pictures, (far, 0, far, 0), "replicate")[..., :-far, :-far]


def main() -> None:
    given = command.read(command.parser(__doc__, 20.0))
    command.train(JudgeStage(given.config, given.budget))


if __name__ == "__main__":
    main()
