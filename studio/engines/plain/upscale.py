"""A picture made larger by Lanczos: nothing is invented, edges stay as sharp as they are."""

from studio.engines.photo import enlarging, files
from studio.job import Job, OnStep, Output, Step


def upscale(job: Job, on_step: OnStep) -> list[Output]:
    """Raises EngineError: those of photo/files.py, and image_too_large for a result of too many pixels."""
    on_step(Step("reading"))
    picture, times = files.read(job.inputs["image"]), int(job.params["scale"])
    enlarging.check(picture.size, times)
    made = enlarging.enlarged(picture, times, lambda step, total: on_step(Step("enlarging", step, total)))
    on_step(Step("saving"))
    facts = {"method": enlarging.METHOD, "upscaled": True}
    return [Output(files.written(made, job.media_type), job.media_type, int(job.params["seed"]), facts)]
