"""Does a job on one of the ComfyUI servers: which of them, is chosen elsewhere; how it is asked, is `prompting`'s."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from django.conf import settings

from studio.engines.comfyui import checking, colouring, template
from studio.engines.comfyui.colouring import Colouring
from studio.engines.comfyui.listening import Line
from studio.engines.comfyui.painting import Painting
from studio.engines.comfyui.prompting import Asking, Patience
from studio.engines.comfyui.template import BadTemplate
from studio.engines.photo import results
from studio.engines.photo.lab import Floats
from studio.engines.photo.reading import Photo
from studio.engines.photo.way import Way
from studio.engines.remote import servers
from studio.engines.remote.allow import Allowlist
from studio.engines.remote.client import Client, Limits
from studio.engines.remote.servers import Target
from studio.engines.remote.threads import Tell
from studio.job import Job, OnStep, Output, Step

KIND = "comfyui"

Run = Callable[[str, Job, OnStep, servers.Work], list[Output]]


class ComfyUIEngine:
    """See studio/engines/base.py. `run_on` chooses the server."""

    def __init__(self, run_on: Run = servers.run, patience: Patience = Patience(), limits: Limits = Limits()) -> None:  # noqa: B008  frozen
        self._run_on, self._patience, self._limits = run_on, patience, limits

    def run(self, job: Job, on_step: OnStep) -> list[Output]:
        """Raises what Painting.of, results.colorize, Asking.picture and servers.run raise."""
        if job.tool == colouring.TOOL:
            return results.colorize(job, on_step, lambda photo, wanted, way: self._colours(job, photo, wanted, way))
        on_step(Step("encoding", count=int(job.params.get("count", 1))))
        painting = Painting.of(job)

        async def work(target: Target, tell: Tell) -> list[Output]:
            async with self._client(target) as client, Line(target, allowed()) as line:
                asking = Asking(client, line, tell, target.timeout, self._patience, job.adapters)
                return await painting.whole(asking)

        return self._run_on(KIND, job, on_step, work)

    def _colours(self, job: Job, photo: Photo, wanted: dict[int, int], way: Way) -> dict[int, Floats]:
        asked = Colouring.of(job, photo, wanted, way)

        async def work(target: Target, tell: Tell) -> list[Output]:
            async with self._client(target) as client, Line(target, allowed()) as line:
                return await asked.whole(Asking(client, line, tell, target.timeout, self._patience))

        def heard(step: Step) -> None:
            if step.quiet:
                way.alive(step.stage)
            else:
                asked.heard(step)

        self._run_on(KIND, job, heard, work)
        return asked.colours

    def full(self) -> frozenset[str]:
        """See engines.base.Limited."""
        return servers.full(KIND)

    async def look(self, target: Target) -> list[str]:
        """See engines.base.Remote."""
        async with self._client(target, Limits(read=10.0, whole=15.0)) as client:
            return await checking.offers(client)

    async def check(self, target: Target, documents: dict[str, Any]) -> dict[str, list[dict[str, str]]]:
        """See engines.base.Checking. A workflow that is no template is not asked for."""
        found: dict[str, list[dict[str, str]]] = {}
        async with self._client(target, Limits(read=10.0, whole=15.0)) as client:
            classes = checking.Classes(client)
            for name, document in documents.items():
                with suppress(BadTemplate):
                    problems = await checking.problems(classes, template.read(name, document))
                    found[name] = [problem.plain() for problem in problems]
        return found

    def _client(self, target: Target, limits: Limits | None = None) -> Client:
        chosen = limits or replace(self._limits, whole=min(self._limits.whole, target.timeout))
        return Client(target.base_url, allowed(), headers=target.headers, limits=chosen)


def allowed() -> Allowlist:
    """Where servers may stand."""
    return Allowlist(settings.ENGINE_ALLOWED_HOSTS)
