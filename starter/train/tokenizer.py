"""The tokenizer: English pieces learned from the captions, and every Chinese character that they use as one token.

Built as merges of a plain CLIPTokenizer, so that any diffusers loads it. Growing one only adds tokens and merges at the
end: what the old one knew it still cuts the same way.
"""

import json
import random
from pathlib import Path
from typing import Any

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import CLIPTokenizer

from starter.scene import sample_spec
from starter.scene.captions import caption
from starter.train.config import TOKENS, Config

START, END, WORD_END = "<|startoftext|>", "<|endoftext|>", "</w>"
SAMPLE = 20_000
Merge = tuple[str, str]


def build(config: Config, base: Path | None = None, sample: int = SAMPLE) -> CLIPTokenizer:
    """The tokenizer of `config`'s captions; with `base` (a tokenizer's folder), that one grown."""
    rng = random.Random(config.seed)
    texts = [caption(sample_spec(rng), rng) for _ in range(sample)]
    vocabulary, merges = _read(base) if base else (_alphabet(), [])
    known = set(merges)
    characters = sorted({c for text in texts for c in text if not c.isascii()})
    wanted = _whole_characters(characters) + _pieces([t for t in texts if t.isascii()], config.text.vocabulary)
    added = [m for m in dict.fromkeys(wanted) if m not in known]
    merges = merges + added
    for left, right in added:
        vocabulary.setdefault(left + right, len(vocabulary))
    for word in (START, END):
        vocabulary.setdefault(word, len(vocabulary))
    # transformers' annotation knows merges only as strings, its tokenizer only as pairs.
    made: type[Any] = CLIPTokenizer
    return made(vocab=vocabulary, merges=merges, model_max_length=TOKENS)


def _read(folder: Path) -> tuple[dict[str, int], list[Merge]]:
    stored = json.loads((folder / "tokenizer.json").read_text())["model"]
    return dict(stored["vocab"]), [(left, right) for left, right in stored["merges"]]


def _alphabet() -> dict[str, int]:
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    return {word: k for k, word in enumerate(letters + [letter + WORD_END for letter in letters])}


def _whole_characters(characters: list[str]) -> list[Merge]:
    """The merges that make one token of the three bytes of each character, inside and at the end of a word."""
    bytewise = pre_tokenizers.ByteLevel(add_prefix_space=False)
    merges: list[Merge] = []
    for character in characters:
        letters = bytewise.pre_tokenize_str(character)[0][0]
        if len(letters) == 3:
            a, b, c = list(letters)
            merges += [(a, b), (a + b, c), (a + b, c + WORD_END)]
    return merges


def _pieces(texts: list[str], size: int) -> list[Merge]:
    """Byte-pair merges of the English captions, in the way CLIP cuts words."""
    learner = Tokenizer(models.BPE(end_of_word_suffix=WORD_END))
    learner.normalizer = normalizers.Lowercase()
    words = Regex(r"[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+")
    learner.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(words, behavior="removed", invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        end_of_word_suffix=WORD_END,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    learner.train_from_iterator(texts, trainer)
    return [(left, right) for left, right in json.loads(learner.to_str())["model"]["merges"]]
