"""The worker's half of restoring a photo by a network: damage is repaired here, then the engine takes out the grain."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PIL import Image

from studio.engines.base import EngineError
from studio.engines.local import messages
from studio.engines.local.families import ESRGAN
from studio.engines.local.messages import Follow, Request
from studio.engines.photo import files, restoring
from studio.engines.photo.restoring import Stage
from studio.job import Job, OnStep, Output, Preview, Step

TOOL = "restore"
FILLED = "biharmonic filling"
# Hands a request to the engine process, and has the other listen to what comes back until it ends.
Ask = Callable[[Request, Follow[list[Output]]], list[Output]]


def restore(job: Job, on_step: OnStep, ask: Ask) -> list[Output]:
    """Raises EngineError: unknown_tool for a model that paints, those of photo/files.py and photo/restoring.py, and
    those of the engine; lets pass what `on_step` raises."""
    if job.model.family != ESRGAN.name:
        raise EngineError("unknown_tool")

    def heard(stage: Stage, _share: float, shown: Image.Image | None) -> None:
        if stage in ("finding", "filling"):
            preview = Preview(shown.width, shown.height, shown.tobytes()) if shown is not None else None
            on_step(Step(stage, preview=preview))

    on_step(Step("reading"))
    wish = replace(restoring.wish_of(job), clean=0.0)
    repaired = restoring.restore(files.read(job.inputs["image"]), wish, heard)
    rest = replace(job, inputs={"image": files.written(repaired.picture, "image/png")})
    outputs = ask(messages.request(rest), partial(messages.follow, on_step=on_step, job=rest))
    return [
        replace(each, facts={**each.facts, **repaired.facts, "method": f"{FILLED}, {each.facts['method']}"})
        for each in outputs
    ]
