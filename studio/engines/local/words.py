"""Prompts as the networks read them: encoded once, the encodings used last kept. Nothing about pictures."""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch

from studio.engines.local import chunks
from studio.engines.local.adapters import NOTHING, Additions
from studio.engines.local.embeddings import Embedding
from studio.engines.local.loading import LoadedModel
from studio.engines.local.mixing import mixed
from studio.engines.prompts import is_plain, parse
from studio.job import Job

# Encodings kept: so many, and bytes of them. One of SDXL in half precision takes 0.6 MB, at its longest 5 MB.
WORDS_KEPT, BYTES_KEPT = 128, 96_000_000


@dataclass(frozen=True, slots=True)
class Encoded:
    """A prompt as a UNet takes it: `rows` (1 or 2, tokens, width), with guidance the unwanted before the wanted.

    `pooled` (1 or 2, width) says the same in one vector each, for models that are given it beside the words (SDXL).
    """

    rows: torch.Tensor
    pooled: torch.Tensor | None = None

    @property
    def size(self) -> int:
        """Bytes."""
        return self.rows.nbytes + (0 if self.pooled is None else self.pooled.nbytes)


class Words:
    """Text encodings, the `size` used last as long as they are no more than so many bytes: people send the same prompt
    again and again."""

    def __init__(self, size: int = WORDS_KEPT, most: int = BYTES_KEPT) -> None:
        self.size, self.most = size, most
        self._bytes = 0
        self._kept: OrderedDict[Hashable, Encoded] = OrderedDict()

    def of(self, model: LoadedModel, pipeline: Any, job: Job, additions: Additions = NOTHING) -> Encoded:
        """The job's prompt, after its negative prompt when there is guidance."""
        prompt, unwanted = job.params.get("prompt") or "", job.params.get("negative_prompt") or ""
        with_guidance = guided(model, job)
        key = (model.key, additions.key, prompt, unwanted if with_guidance else None)
        if key not in self._kept:
            self._kept[key] = encode(model, pipeline, prompt, unwanted if with_guidance else None, additions)
            self._bytes += self._kept[key].size
            while len(self._kept) > self.size or (self._bytes > self.most and len(self._kept) > 1):
                self._bytes -= self._kept.popitem(last=False)[1].size
        self._kept.move_to_end(key)
        return self._kept[key]

    def clear(self) -> None:
        """Forget them all: the memory is needed."""
        self._kept.clear()
        self._bytes = 0


def encode(
    model: LoadedModel, pipeline: Any, prompt: str, unwanted: str | None, additions: Additions = NOTHING
) -> Encoded:
    """`prompt`, after `unwanted` unless that is None: by the stock pipeline where it can, in chunks where it cannot.

    Raises EngineError("prompt_too_long").
    """
    with ExitStack() as stack:
        for name in ("text_encoder", "text_encoder_2"):
            if name in model.parts:
                stack.enter_context(mixed(model.parts[name], name, [additions.picks]))
        return _encode(model, pipeline, [prompt] if unwanted is None else [unwanted, prompt], additions.embeddings)


def needs_chunks(pipeline: Any, texts: Sequence[str], embeddings: Sequence[Embedding] = ()) -> bool:
    """Whether one of `texts` is more than the stock pipeline reads: marked, too long, with a token of `embeddings`."""
    marked = not all(is_plain(parse(text)) for text in texts) or chunks.names_any(texts, embeddings)
    return marked or not all(chunks.fits(pipeline, bare(text)) for text in texts)


def bare(text: str) -> str:
    r"""A text without marks as the stock pipeline reads it: `\(` is a bracket."""
    return "".join(piece.text for piece in parse(text)[0])


def _encode(model: LoadedModel, pipeline: Any, texts: list[str], embeddings: Sequence[Embedding]) -> Encoded:
    if not needs_chunks(pipeline, texts, embeddings):
        return _stock(model, pipeline, [bare(text) for text in texts])
    rows, pooled = chunks.encode(pipeline, texts, model.device, embeddings)
    if texts[:-1] == [""] and pipeline.config.get("force_zeros_for_empty_prompt"):
        rows[0] = 0
        if pooled is not None:
            pooled[0] = 0
    return Encoded(rows, pooled)


def _stock(model: LoadedModel, pipeline: Any, texts: list[str]) -> Encoded:
    """The encodings of [prompt] or [unwanted, prompt] by the pipeline's own method."""
    given = pipeline.encode_prompt(
        prompt=texts[-1],
        device=model.device,
        num_images_per_prompt=1,
        do_classifier_free_guidance=len(texts) > 1,
        # Some models take nothing at all for an empty prompt (force_zeros_for_empty_prompt).
        negative_prompt=(texts[0] or None) if len(texts) > 1 else None,
    )
    return _stacked(given)


def _stacked(parts: tuple[torch.Tensor | None, ...]) -> Encoded:
    """What `encode_prompt` gives, wanted before unwanted, and after both the same again pooled where there is that."""
    pairs = [[part for part in (parts[at + 1], parts[at]) if part is not None] for at in range(0, len(parts), 2)]
    return Encoded(*(torch.cat(pair) for pair in pairs))


def guided(model: LoadedModel, job: Job) -> bool:
    """Whether the job's pictures are led away from the negative prompt by a second row."""
    return float(job.params["guidance_scale"]) > 1 and model.parts["unet"].config.time_cond_proj_dim is None
