"""Prompts as the networks read them: encoded once, the encodings used last kept. Nothing about pictures."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import torch

from studio.engines.local.loading import LoadedModel
from studio.job import Job

WORDS_KEPT = 128


@dataclass(frozen=True, slots=True)
class Encoded:
    """A prompt as a UNet takes it: `rows` (1 or 2, tokens, width), with guidance the unwanted before the wanted.

    `pooled` (1 or 2, width) says the same in one vector each, for models that are given it beside the words (SDXL).
    """

    rows: torch.Tensor
    pooled: torch.Tensor | None = None


class Words:
    """Text encodings, the `size` used last: people send the same prompt again and again."""

    def __init__(self, size: int = WORDS_KEPT) -> None:
        self.size = size
        self._kept: OrderedDict[Hashable, Encoded] = OrderedDict()

    def of(self, model: LoadedModel, pipeline: Any, job: Job) -> Encoded:
        """The job's prompt, after its negative prompt when there is guidance."""
        prompt, unwanted = job.params.get("prompt") or "", job.params.get("negative_prompt") or ""
        with_guidance = guided(model, job)
        key = (model.key, prompt, unwanted if with_guidance else None)
        if key not in self._kept:
            self._kept[key] = _stacked(
                pipeline.encode_prompt(
                    prompt=prompt,
                    device=model.device,
                    num_images_per_prompt=1,
                    do_classifier_free_guidance=with_guidance,
                    # Some models take nothing at all for an empty prompt (force_zeros_for_empty_prompt).
                    negative_prompt=unwanted or None,
                )
            )
            if len(self._kept) > self.size:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


def _stacked(parts: tuple[torch.Tensor | None, ...]) -> Encoded:
    """What `encode_prompt` gives, wanted before unwanted, and after both the same again pooled where there is that."""
    pairs = [[part for part in (parts[at + 1], parts[at]) if part is not None] for at in range(0, len(parts), 2)]
    return Encoded(*(torch.cat(pair) for pair in pairs))


def guided(model: LoadedModel, job: Job) -> bool:
    """Whether the job's pictures are led away from the negative prompt by a second row."""
    return float(job.params["guidance_scale"]) > 1 and model.parts["unet"].config.time_cond_proj_dim is None
