"""An independent judge: `python -m starter.judge --config cpu --minutes 20`.

A small network that learned from true pictures alone what is in them: object, its colour, sky, ground and style. It
shares nothing with the starter. Its own accuracy on pictures it never saw is part of every report that uses it.
"""

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
from starter.train.vae import as_input

# The judge looks at pictures of this size, whatever size they were made in.
SIZE = 64
WIDTHS = (32, 64, 96, 128)
FEATURES = 4 * WIDTHS[-1]
QUESTIONS: dict[str, tuple[str, ...]] = {
    "object": tuple(KINDS),
    "colour": tuple(COLOURS),
    "sky": SKIES,
    "ground": GROUNDS,
    "style": STYLES,
}
BATCH, RATE = 64, 2e-3
# Share of the pictures that are shown blurred: a generated picture is soft, which must not look like another style.
BLURRED = 0.5


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
    """In space there is no ground to be seen."""
    return question != "ground" or spec.sky != "space"


class Judge(nn.Module):
    """Pictures (n, 3, SIZE, SIZE) in -1..1 to features (n, FEATURES) and the logits of every question."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in zip((3, *WIDTHS), WIDTHS, strict=False):
            layers += [nn.Conv2d(before, after, 3, padding=1), nn.GroupNorm(8, after), nn.ReLU()]
            layers += [nn.MaxPool2d(2)] if after != WIDTHS[-1] else [nn.AdaptiveMaxPool2d(2)]
        self.look = nn.Sequential(*layers, nn.Flatten())
        self.answer = nn.ModuleDict({q: nn.Linear(FEATURES, len(words)) for q, words in QUESTIONS.items()})

    def forward(self, pictures: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        features = self.look(pictures)
        return features, {question: head(features) for question, head in self.answer.items()}


def reduced(pictures: Tensor) -> Tensor:
    """(n, 3, h, w) to (n, 3, SIZE, SIZE)."""
    return functional.interpolate(pictures, size=(SIZE, SIZE), mode="area")


class JudgeStage:
    """Everything one training step needs."""

    def __init__(self, config: Config, budget: Budget) -> None:
        torch.manual_seed(config.seed)
        self.device = config.device
        shards = Shards(config.data, config.held_back)
        self.count = shards.count
        small = [reduced(as_input(shards.rows("pictures", rows))) for rows in _chunks(len(shards.specs))]
        self.pictures = torch.cat(small).to(self.device)
        told = [truth(spec) for spec in shards.specs]
        self.truth = {
            q: torch.tensor([words.index(t[q]) for t in told], device=self.device) for q, words in QUESTIONS.items()
        }
        self.truth["ground"] = torch.where(
            torch.tensor([applies("ground", s) for s in shards.specs], device=self.device), self.truth["ground"], -100
        )
        self.model = Judge().to(self.device)
        self.trainer = Trainer(self.model, config.checkpoints / "judge", budget, rate=RATE, seed=config.seed, ema=0.99)

    def step_loss(self) -> tuple[Tensor, Figures]:
        rng, noise = self.trainer.rng, self.trainer.noise
        rows = torch.randint(self.count, (BATCH,), generator=noise, device=self.device)
        seen = self.pictures[rows]
        if rng.random() < 0.5:
            seen = seen.flip(-1)
        if rng.random() < BLURRED:
            seen = functional.avg_pool2d(functional.pad(seen, (1, 1, 1, 1), "replicate"), 3, 1)
        seen = seen.roll((rng.randint(-4, 4), rng.randint(-4, 4)), (2, 3))
        seen = seen + 0.05 * torch.randn(seen.shape, generator=noise, device=self.device)
        _, logits = self.model(seen)
        losses = {q: functional.cross_entropy(logits[q], self.truth[q][rows]) for q in QUESTIONS}
        return sum(losses.values(), torch.zeros((), device=self.device)) + losses["object"], {
            q: x.detach() for q, x in losses.items()
        }


def _chunks(count: int) -> list[list[int]]:
    return [list(range(k, min(count, k + 250))) for k in range(0, count, 250)]


def trained(config: Config) -> Judge:
    """The judge of `config`, ready to be asked. Raises FileNotFoundError before it was trained."""
    judge = Judge()
    load_average(judge, config.checkpoints / "judge")
    return judge.eval().requires_grad_(False)


@torch.no_grad()
def ask(judge: Judge, pictures: Tensor) -> tuple[Tensor, list[dict[str, str]]]:
    """The features of `pictures` (n, 3, h, w), and the judge's answers to QUESTIONS."""
    features, logits = judge(reduced(pictures))
    chosen = {q: logits[q].argmax(-1).tolist() for q in QUESTIONS}
    return features, [{q: QUESTIONS[q][chosen[q][k]] for q in QUESTIONS} for k in range(len(pictures))]


def main() -> None:
    given = command.read(command.parser(__doc__, 20.0))
    command.train(JudgeStage(given.config, given.budget))


if __name__ == "__main__":
    main()
