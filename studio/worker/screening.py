"""The safety checker, asked about every picture that is to be kept, whichever engine made it.

The local engine asks the checker of a model on its device. Here, in the worker, it is asked about what the others made
(on another server, without a network). What is found becomes a fact; settings SAFETY says what follows.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from gallery import recipes
from studio.engines.base import EngineError
from studio.job import Job, Output
from studio.models.catalogue import place

log = logging.getLogger(__name__)

PART = "safety_checker"
# What pictures begin with, as PNG, JPEG and WebP: an input may be something else.
SIGNATURES = (b"\x89PNG", b"\xff\xd8\xff", b"RIFF")


class Checker(Protocol):
    def unsafe_bytes(self, data: bytes) -> bool:
        """Whether the encoded picture is unsafe."""
        ...


def screen(job: Job, outputs: Sequence[Output]) -> list[Output]:
    """`outputs`, each with what the checker says of it and of what it began with, where there is a checker.

    It is the model's own (part "safety_checker"), else that of settings SAFETY_CHECKER. Raises
    EngineError("picture_refused") where settings say so, EngineError("safety_unavailable") for a checker that cannot be
    loaded here: what nobody looked at is not kept.
    """
    source = job.model.parts.get(PART) or settings.SAFETY_CHECKER
    if source and settings.SAFETY != "off":
        outputs = _asked(str(source), job, outputs)
    if settings.SAFETY == "refuse" and any(recipes.unsafe(output.facts) for output in outputs):
        raise EngineError("picture_refused")
    return list(outputs)


def _asked(source: str, job: Job, outputs: Sequence[Output]) -> Sequence[Output]:
    if all("safety" in output.facts for output in outputs):
        return outputs
    checker = _load(place(source))
    begun = any(checker.unsafe_bytes(data) for data in job.inputs.values() if data.startswith(SIGNATURES))
    found = [begun or checker.unsafe_bytes(output.data) for output in outputs]
    return [
        replace(output, facts={"safety": {"unsafe": unsafe}} | dict(output.facts))
        for output, unsafe in zip(outputs, found, strict=True)
    ]


def _load(source: str) -> Checker:
    try:
        return _loaded(source)
    except Exception as error:
        # Whatever a library says of missing or broken weights, and ImportError where there is no torch.
        log.exception("the safety checker %s cannot be loaded", source)
        raise EngineError("safety_unavailable") from error


@cache
def _loaded(source: str) -> Checker:
    checker: Checker = import_string(settings.SAFETY_LOADER)(source)
    return checker
