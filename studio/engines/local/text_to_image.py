"""Text to image: words and noise, nothing else."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from diffusers import StableDiffusionPipeline

from studio.engines.local import denoising
from studio.engines.local.loading import LoadedModel
from studio.job import Job, OnStep, Output, Step

OpenModel = Callable[[Job, OnStep], AbstractContextManager[LoadedModel]]


def make(job: Job, open_model: OpenModel, on_step: OnStep) -> list[Output]:
    """The pictures of `job`, in order."""
    with open_model(job, on_step) as model:
        on_step(Step("encoding", count=int(job.params["count"])))
        size = {"width": int(job.params["width"]), "height": int(job.params["height"])}
        return denoising.pictures(model, job, StableDiffusionPipeline, size, on_step=on_step)
