"""The text encoder learns to read: `python -m starter.train.text --config cpu --minutes 6`.

It is trained to tell the spec from the caption, in both languages, and to ignore words without a meaning; the UNet
later sees its states, and it stays as it is. With `--from` it starts from a finished model, grows its vocabulary, and
keeps the states of what that model could read, so that a UNet trained on them goes on working.
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import CLIPTokenizer

from starter.scene import Spec, sample_spec
from starter.scene.captions import caption, noisy
from starter.scene.objects import KINDS
from starter.scene.palette import COLOURS
from starter.scene.spec import GROUNDS, PLACES, RELATIONS, SIZES, SKIES, STYLES
from starter.train import command, networks, tokenizer
from starter.train.config import TOKENS, Config
from starter.train.trainer import Budget, Figures, Trainer

_YES_NO = ("no", "yes")
FIELDS: dict[str, tuple[str, ...]] = {
    "thing": tuple(KINDS),
    "colour": tuple(COLOURS),
    "other": ("", *KINDS),
    "other colour": ("", *COLOURS),
    "relation": ("", *RELATIONS),
    "sky": SKIES,
    "ground": GROUNDS,
    "style": STYLES,
    "place": PLACES,
    "size": SIZES,
    "moon": _YES_NO,
    "sun": _YES_NO,
    "clouds": _YES_NO,
}
WEIGHTS = {"thing": 2.0, "colour": 1.5, "style": 1.5}
NOISY_SHARE = 0.25
# How much the states of the model it came from count.
ANCHOR = 15.0


def answers(spec: Spec) -> dict[str, str]:
    """What a reader should know after a caption of `spec`."""
    return {
        "thing": spec.thing.kind,
        "colour": spec.thing.colour,
        "other": spec.other.kind if spec.other else "",
        "other colour": spec.other.colour if spec.other else "",
        "relation": spec.relation,
        "sky": spec.sky,
        "ground": spec.ground,
        "style": spec.style,
        "place": spec.place,
        "size": spec.size,
        "moon": _YES_NO[spec.moon],
        "sun": _YES_NO[spec.sun],
        "clouds": _YES_NO[spec.clouds],
    }


class Reader(nn.Module):
    """The encoder with two heads, which are thrown away: one on the end token's state, one on the mean of all."""

    def __init__(self, encoder: Any, hidden: int) -> None:
        super().__init__()
        self.encoder = encoder
        total = sum(len(words) for words in FIELDS.values())
        self.at_end, self.overall = nn.Linear(hidden, total), nn.Linear(hidden, total)

    def forward(self, ids: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Token numbers (n, TOKENS) to states (n, TOKENS, hidden) and both heads' logits (n, total)."""
        states = self.encoder(ids).last_hidden_state
        end = (ids == self.encoder.config.eos_token_id).int().argmax(-1)
        return states, [self.at_end(states[torch.arange(len(ids)), end]), self.overall(states.mean(1))]


def tokens(reader: CLIPTokenizer, texts: list[str]) -> Tensor:
    """(len(texts), TOKENS) token numbers."""
    ids: Tensor = reader(texts, padding="max_length", max_length=TOKENS, truncation=True, return_tensors="pt").input_ids
    return ids


def graded(logits: Tensor, specs: list[Spec]) -> tuple[Tensor, Figures]:
    """The loss over all FIELDS, and the share that was read right of the important ones."""
    loss, start = logits.new_zeros(()), 0
    right: Figures = {}
    told = [answers(spec) for spec in specs]
    for name, words in FIELDS.items():
        part = logits[:, start : start + len(words)]
        start += len(words)
        truth = torch.tensor([words.index(t[name]) for t in told], device=logits.device)
        loss = loss + WEIGHTS.get(name, 1.0) * functional.cross_entropy(part, truth)
        if name in {"thing", "colour", "sky", "style", "other"}:
            right[name] = (part.argmax(-1) == truth).float().mean()
    return loss, right


class TextStage:
    """Everything one training step needs. `origin`: the folder of a finished model to start from."""

    def __init__(self, config: Config, budget: Budget, origin: Path | None = None) -> None:
        torch.manual_seed(config.seed)
        self.config = config
        folder = config.checkpoints / "text"
        self.tokenizer = _tokenizer(config, origin)
        self.model = Reader(networks.text_encoder(config, self.tokenizer), config.text.hidden).to(config.device)
        self.origin: tuple[CLIPTokenizer, Any] | None = None
        if origin:
            old = networks.load_part(origin, "text_encoder").to(config.device).eval().requires_grad_(False)
            self.origin = CLIPTokenizer.from_pretrained(origin / "tokenizer"), old
            _inherit(self.model.encoder, old)
        self.trainer = Trainer(self.model, folder, budget, rate=config.text.rate, seed=config.seed, ema=0.99)

    def step_loss(self) -> tuple[Tensor, Figures]:
        rng = self.trainer.rng
        specs = [sample_spec(rng) for _ in range(self.config.text.batch)]
        texts = [caption(spec, rng) for spec in specs]
        texts = [noisy(text, rng) if rng.random() < NOISY_SHARE else text for text in texts]
        ids = tokens(self.tokenizer, texts).to(self.config.device)
        states, heads = self.model(ids)
        loss, right = graded(heads[0], specs)
        loss = loss + graded(heads[1], specs)[0]
        if self.origin:
            strayed = self._strayed(ids, states, texts)
            loss, right = loss + ANCHOR * strayed, right | {"strayed": strayed.detach()}
        return loss, right | {"loss": loss.detach()}

    def _strayed(self, ids: Tensor, states: Tensor, texts: list[str]) -> Tensor:
        """Mean squared distance from the old model's states, where all of a text was known to it."""
        assert self.origin
        reader, encoder = self.origin
        before = tokens(reader, texts).to(ids.device)
        same = (before == ids).all(-1)
        if not same.any():
            return states.new_zeros(())
        with torch.no_grad():
            target = encoder(before[same]).last_hidden_state
        return functional.mse_loss(states[same], target)


def _tokenizer(config: Config, origin: Path | None) -> CLIPTokenizer:
    folder = config.checkpoints / "tokenizer"
    if not folder.exists():
        tokenizer.build(config, origin / "tokenizer" if origin else None).save_pretrained(folder)
    return CLIPTokenizer.from_pretrained(folder)


def _inherit(encoder: Any, old: Any) -> None:
    """Copy the old encoder; rows of the vocabulary that it did not have stay as they are."""
    with torch.no_grad():
        mine = encoder.state_dict()
        for name, value in old.state_dict().items():
            mine[name][tuple(slice(0, n) for n in value.shape)] = value


def main() -> None:
    given = command.read(command.parser(__doc__, 6.0, origin=True))
    command.train(TextStage(given.config, given.budget, given.origin))


if __name__ == "__main__":
    main()
