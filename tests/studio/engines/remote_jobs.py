"""What the tests of engines on other servers share: one server without rows, and jobs for it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

from studio.engines.remote import threads
from studio.engines.remote.servers import Target, Work
from studio.job import Job, ModelRef, OnStep, Output
from tests.studio.engines.conftest import job_for

LOCAL = ["127.0.0.1"]


def only(target: Target) -> Callable[[str, Job, OnStep, Work], list[Output]]:
    """As servers.run, with this one server and no database."""

    def run(kind: str, job: Job, on_step: OnStep, work: Work) -> list[Output]:
        return threads.drive(lambda tell: work(target, tell), on_step, beat=lambda: None)

    return run


def ask_remote(tool: str = "text_to_image", **params: Any) -> Job:
    """A job for a model on a server."""
    job = job_for(ModelRef("z", "z_image", "z-image-turbo"), 64)(tool, **params)
    return replace(job, id=uuid4().hex)  # servers know requests by it
