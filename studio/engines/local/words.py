"""Prompts as the networks read them: encoded once, the encodings used last kept. Nothing about pictures."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

import torch

from studio.engines.local.loading import LoadedModel
from studio.job import Job

WORDS_KEPT = 128


class Words:
    """Text encodings, the `size` used last: people send the same prompt again and again."""

    def __init__(self, size: int = WORDS_KEPT) -> None:
        self.size = size
        self._kept: OrderedDict[Hashable, torch.Tensor] = OrderedDict()

    def of(self, model: LoadedModel, pipeline: Any, job: Job) -> torch.Tensor:
        """(1 or 2, tokens, width): the prompt, after the negative prompt when there is guidance."""
        prompt, unwanted = job.params.get("prompt") or "", job.params.get("negative_prompt") or ""
        with_guidance = guided(model, job)
        key = (model.key, prompt, unwanted if with_guidance else None)
        if key not in self._kept:
            wanted, other = pipeline.encode_prompt(prompt, model.device, 1, with_guidance, unwanted)
            self._kept[key] = torch.cat([other, wanted]) if with_guidance else wanted
            if len(self._kept) > self.size:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


def guided(model: LoadedModel, job: Job) -> bool:
    """Whether the job's pictures are led away from the negative prompt by a second row."""
    return float(job.params["guidance_scale"]) > 1 and model.parts["unet"].config.time_cond_proj_dim is None
