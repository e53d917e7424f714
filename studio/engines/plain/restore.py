"""A photo without its scratches, dust and grain, by classical means."""

from PIL import Image

from studio.engines.photo import files, restoring
from studio.engines.photo.restoring import Stage
from studio.job import Job, OnStep, Output, Preview, Step

METHOD = "biharmonic filling, non-local means"


def restore(job: Job, on_step: OnStep) -> list[Output]:
    """Raises EngineError: those of photo/files.py and photo/restoring.py."""

    def heard(stage: Stage, share: float, shown: Image.Image | None) -> None:
        preview = Preview(shown.width, shown.height, shown.tobytes()) if shown is not None else None
        on_step(Step(stage, share=share, preview=preview))

    on_step(Step("reading", share=0.0))
    photo = files.read(job.inputs["image"])
    made = restoring.restore(photo, restoring.wish_of(job), heard)
    facts = {"method": METHOD, **made.facts}
    return [Output(files.written(made.picture, job.media_type), job.media_type, int(job.params["seed"]), facts)]
