"""A photo coloured by nothing but the strokes of colour that a person painted on it."""

from studio.engines.base import EngineError
from studio.engines.photo import colouring, hints, reading
from studio.engines.photo.stages import Stage
from studio.job import Job, OnStep, Output, Step


def colorize(job: Job, on_step: OnStep) -> list[Output]:
    """Raises EngineError: hints_required where nothing is painted, and those of photo/reading.py."""
    given = job.inputs.get("hints")
    marks = hints.read(given) if given else None
    if marks is None:
        raise EngineError("hints_required")

    def heard(stage: Stage, _done: float, overall: float) -> None:
        on_step(Step(stage, share=overall))

    on_step(Step("reading", share=0.0))
    photo = reading.read(job.inputs["image"])
    made = colouring.colorize(photo, None, 0, marks, heard, media_type=job.media_type)
    facts = {**made.facts, "coloured_before": photo.coloured}
    return [Output(made.data, made.media_type, int(job.params["seed"]), facts)]
