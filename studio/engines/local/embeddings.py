"""Textual inversion files: vectors that stand for a token in prompts. Where they go into is chunks.py's."""

from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import torch
from safetensors.torch import load_file

from studio.engines.local.loading import LoadedModel

# How SDXL's files call the vectors of its two text encoders, in the pipelines' order.
PAIR = ("clip_l", "clip_g")


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """What `token` means: (vectors, width) for each text encoder. Compared by identity; `mark` tells it from all others
    even after it is gone."""

    token: str
    vectors: tuple[torch.Tensor, ...]
    mark: int = field(default_factory=count(1).__next__)

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(each.nbytes for each in self.vectors)


def read(file: Path, model: LoadedModel, token: str) -> Embedding:
    """The vectors in `file` (safetensors) for each text encoder of `model`, on its device and in its numbers.

    Takes what diffusers (the token as name), A1111 (`emb_params`) and SDXL's trainers (`clip_l`, `clip_g`) write.
    Raises ValueError when it does not suit the model.
    """
    found = load_file(file)
    encoders = [model.parts[name] for name in ("text_encoder", "text_encoder_2") if name in model.parts]
    given = [found[name] for name in PAIR] if set(found) == set(PAIR) else list(found.values())
    if len(given) != len(encoders):
        raise ValueError(f"It has {len(given)} sets of vectors, the model {len(encoders)} text encoders.")
    vectors = tuple(each.reshape(-1, each.shape[-1]).to(model.device, model.dtype) for each in given)
    room = model.parts["tokenizer"].model_max_length - 2
    for each, encoder in zip(vectors, encoders, strict=True):
        width = encoder.get_input_embeddings().weight.shape[1]
        if each.shape[1] != width or not 0 < len(each) <= room or len(each) != len(vectors[0]):
            raise ValueError(f"Its vectors are {tuple(each.shape)}; the text encoder's are {width} wide.")
        if not bool(torch.isfinite(each).all()):
            raise ValueError("It holds numbers that are none.")
    return Embedding(token, vectors)
