"""Prompts of any length and with weights through text encoders that read a fixed number of tokens. Keeps nothing."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch

from studio.engines.base import EngineError
from studio.engines.local.embeddings import Embedding
from studio.engines.prompts import Piece, parse

# A prompt may fill this many chunks. Each costs cross-attention in every step, for everybody who shares it.
MOST_CHUNKS = 8
# A chunk that is full ends at a comma, if there is one in this last part of it: 20 of 75 in AUTOMATIC1111's web UI.
BACKTRACK = 20 / 75


@dataclass(frozen=True, slots=True)
class _Unit:
    """Tokens that stay in one chunk: one of the tokenizer's, or an embedding's (vectors, width) under a stand-in."""

    id: int
    weight: float
    vectors: torch.Tensor | None = None

    @property
    def length(self) -> int:
        return 1 if self.vectors is None else len(self.vectors)


@dataclass(slots=True)
class _Chunk:
    """What the encoder reads at once: `length` tokens with their weights, and vectors that replace some of them."""

    ids: list[int]
    weights: list[float]
    vectors: dict[int, torch.Tensor] = field(default_factory=dict)


def fits(pipeline: Any, text: str) -> bool:
    """Whether every tokenizer of `pipeline` takes `text` whole."""
    return all(
        len(tokenizer(text, verbose=False).input_ids) <= tokenizer.model_max_length
        for tokenizer, _ in _encoders(pipeline)
    )


def encode(
    pipeline: Any, texts: Sequence[str], device: torch.device, embeddings: Sequence[Embedding] = ()
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """(texts, tokens, width) and, where the model takes it (SDXL), (texts, width) of each text's first chunk.

    Each chunk is read as a prompt of its own and the results joined, as AUTOMATIC1111's web UI does it; shorter texts
    get empty chunks. A weight w moves a token's encoding e away from that of the empty prompt at the same place, o:
    `o + w (e - o)`, as ComfyUI (comfy/sd1_clip.py) and compel do. A1111's own rule, `w e` with the mean of all
    restored, changes every other token too, and has no answer when that mean is 0. Raises
    EngineError("prompt_too_long").
    """
    parsed = [parse(text) for text in texts]
    encoders = _encoders(pipeline)
    split = [
        [_split(tokenizer, parts, {each.token: each.vectors[at] for each in embeddings}) for parts in parsed]
        for at, (tokenizer, _encoder) in enumerate(encoders)
    ]
    count = max(len(chunks) for texts_of_one in split for chunks in texts_of_one)
    if count > MOST_CHUNKS:
        raise EngineError("prompt_too_long", percent=100 - 100 * MOST_CHUNKS // count)
    rows: list[torch.Tensor] = []
    pooled: torch.Tensor | None = None
    for (tokenizer, encoder), chunked in zip(encoders, split, strict=True):
        empty = _filled([], tokenizer)
        filled = [chunk for chunks in chunked for chunk in [*chunks, *[empty] * (count - len(chunks))]]
        hidden, summary = _through(encoder, [*filled, empty], device, penultimate=len(encoders) > 1)
        weights = torch.tensor([chunk.weights for chunk in filled], device=device).to(hidden.dtype)[..., None]
        moved = torch.where(weights == 1, hidden[:-1], hidden[-1:] + weights * (hidden[:-1] - hidden[-1:]))
        rows.append(moved.reshape(len(texts), -1, hidden.shape[-1]))
        if summary is not None:
            pooled = summary[:-1].reshape(len(texts), count, -1)[:, 0]
    return torch.cat(rows, dim=-1), pooled


def _encoders(pipeline: Any) -> list[tuple[Any, Any]]:
    names = [("tokenizer", "text_encoder"), ("tokenizer_2", "text_encoder_2")]
    found = [(getattr(pipeline, first, None), getattr(pipeline, second, None)) for first, second in names]
    return [(tokenizer, encoder) for tokenizer, encoder in found if encoder is not None]


def _split(tokenizer: Any, parts: list[list[Piece]], vectors: Mapping[str, torch.Tensor]) -> list[_Chunk]:
    room = tokenizer.model_max_length - 2
    comma = tokenizer.convert_tokens_to_ids(",</w>")
    chunks: list[_Chunk] = []
    for pieces in parts:
        current: list[_Unit] = []
        for unit in (unit for piece in pieces for unit in _units(tokenizer, piece, vectors)):
            while sum(each.length for each in current) + unit.length > room:
                cut = _cut(current, comma, room)
                chunks.append(_filled(current[:cut], tokenizer))
                current = current[cut:]
            current.append(unit)
        chunks.append(_filled(current, tokenizer))
    return chunks


def _cut(units: list[_Unit], comma: int, room: int) -> int:
    """Where a full chunk ends: after its last comma, if that is near the end."""
    after = 0
    for at in range(len(units) - 1, 0, -1):
        after += units[at].length
        if after > room * BACKTRACK:
            break
        if units[at - 1].id == comma:
            return at
    return len(units)


def _units(tokenizer: Any, piece: Piece, vectors: Mapping[str, torch.Tensor]) -> Iterator[_Unit]:
    for text in re.split(_pattern(vectors), piece.text) if vectors else [piece.text]:
        if text in vectors:
            yield _Unit(_stand_in(tokenizer), piece.weight, vectors[text])
        else:
            ids = tokenizer(text, add_special_tokens=False, verbose=False).input_ids
            yield from (_Unit(token, piece.weight) for token in ids)


def names_any(texts: Sequence[str], embeddings: Sequence[Embedding]) -> bool:
    """Whether a token of `embeddings` stands in one of `texts`."""
    pattern = _pattern([each.token for each in embeddings])
    return bool(embeddings) and any(re.search(pattern, text) for text in texts)


def _pattern(tokens: Collection[str]) -> str:
    """Any of `tokens`, the longest first, where it is not part of another word."""
    names = sorted(map(re.escape, tokens), key=len, reverse=True)
    return rf"(?<!\w)({'|'.join(names)})(?!\w)"


def _stand_in(tokenizer: Any) -> int:
    """An id for places whose vector is replaced: the lowest, because some encoders look for the end as the highest."""
    return 0 if tokenizer.eos_token_id else 1


def _filled(units: Sequence[_Unit], tokenizer: Any) -> _Chunk:
    chunk = _Chunk([tokenizer.bos_token_id], [1.0])
    for unit in units:
        if unit.vectors is not None:
            chunk.vectors |= {len(chunk.ids) + at: vector for at, vector in enumerate(unit.vectors)}
        chunk.ids += [unit.id] * unit.length
        chunk.weights += [unit.weight] * unit.length
    missing = tokenizer.model_max_length - len(chunk.ids)
    chunk.ids += [tokenizer.eos_token_id] + [tokenizer.pad_token_id] * (missing - 1)
    chunk.weights += [1.0] * missing
    return chunk


def _through(
    encoder: Any, chunks: Sequence[_Chunk], device: torch.device, *, penultimate: bool
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """What the stock pipelines take of the encoder's answer: the last layer, or with two encoders the one before."""
    ids = torch.tensor([chunk.ids for chunk in chunks], device=device)
    with _replaced(encoder, chunks):
        answer = encoder(ids, output_hidden_states=penultimate)
    hidden: torch.Tensor = answer.hidden_states[-2] if penultimate else answer[0]
    return hidden, answer[0] if answer[0].ndim == 2 else None


@contextmanager
def _replaced(encoder: Any, chunks: Sequence[_Chunk]) -> Iterator[None]:
    """Inside, the encoder reads the chunks' vectors at their places instead of its own tokens'."""
    places = [(row, at, vector) for row, chunk in enumerate(chunks) for at, vector in chunk.vectors.items()]
    if not places:
        yield
        return

    def put(_module: Any, _ids: Any, found: torch.Tensor) -> torch.Tensor:
        for row, at, vector in places:
            found[row, at] = vector
        return found

    hook = encoder.get_input_embeddings().register_forward_hook(put)
    try:
        yield
    finally:
        hook.remove()
