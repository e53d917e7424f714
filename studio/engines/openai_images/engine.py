"""Does a job on an OpenAI-compatible server: asks, follows, reads. One picture after the other where it has seeds."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from PIL import Image

from studio.engines.board import received
from studio.engines.openai_images import asking, dialects, reading, streaming
from studio.engines.openai_images.asking import Ask
from studio.engines.openai_images.dialects import Request
from studio.engines.remote import listing, servers
from studio.engines.remote.allow import Allowlist
from studio.engines.remote.client import Client, Limits
from studio.engines.remote.errors import RemoteError
from studio.engines.remote.servers import Target
from studio.engines.remote.threads import Tell
from studio.job import Job, OnStep, Output, Step

KIND = "openai_images"
# Xinference's progress is asked for this often (s); after so many answers without one, so many times more seldom: the
# request may wait its turn there.
POLL = 0.4
POLLS_IN_VAIN = 5
MORE_SELDOM = 5
ABORT_SECONDS = 2.0
POLL_SECONDS = 5.0

Run = Callable[[str, Job, OnStep, servers.Work], list[Output]]


class OpenAIImagesEngine:
    """See studio/engines/base.py. `run_on` chooses the server; `poll` is POLL."""

    def __init__(self, run_on: Run = servers.run, poll: float = POLL) -> None:
        self._run_on, self._poll = run_on, poll

    def run(self, job: Job, on_step: OnStep) -> list[Output]:
        """Raises what asking.of and servers.run raise."""
        on_step(Step("encoding", count=int(job.params.get("count", 1))))
        ask = asking.of(job)
        made: dict[int, Output] = {}  # what one server made is not made again by the next

        async def work(target: Target, tell: Tell) -> list[Output]:
            async with client_of(target) as client:
                await Talk(ask, target, client, tell, made=made, poll=self._poll).whole()
            return [made[index] for index in range(ask.count)]

        return self._run_on(KIND, job, on_step, work)

    def full(self) -> frozenset[str]:
        """See engines.base.Limited."""
        return servers.full(KIND)

    async def look(self, target: Target) -> list[str]:
        """See engines.base.Remote."""
        async with client_of(target, Limits(read=10.0, whole=15.0)) as client:
            return await listing.models(client)


def client_of(target: Target, limits: Limits | None = None) -> Client:
    """A client for the endpoints under `/v1`, which the address of the server may name or leave out."""
    base = target.base_url.rstrip("/")
    if not urlsplit(base).path.endswith("/v1"):
        base += "/v1"
    allow = Allowlist(settings.ENGINE_ALLOWED_HOSTS)
    whole = limits or Limits(read=target.timeout, whole=target.timeout, answer=reading.most_of(settings.MAX_OUTPUTS))
    return Client(base, allow, headers=target.headers, limits=whole)


class Talk:
    """One job with one server."""

    def __init__(
        self, ask: Ask, target: Target, client: Client, tell: Tell, *, made: dict[int, Output], poll: float
    ) -> None:
        self.ask, self.target, self.client, self._tell, self.made, self.poll = ask, target, client, tell, made, poll
        self.began = time.monotonic()

    async def whole(self) -> None:
        """Make what is not made yet."""
        missing = [index for index in range(self.ask.count) if index not in self.made]
        if self.target.dialect == "xinference":
            for index in missing:
                await self.with_progress(index)
        elif self.target.streams:
            for index in missing:
                await self.streamed(index)
        else:
            self.tell("remote", missing[0])
            request = dialects.openai(self.ask, images=len(missing), stream=False)
            found = await self.answered(request)
            for index, (picture, facts) in zip(missing, found, strict=True):
                await self.keep(index, picture, facts)

    def tell(self, stage: Any, index: int, step: int = 0, total: int = 0, picture: Image.Image | None = None) -> None:
        """A step, with the time since the server was asked first."""
        shown = received.small(picture) if picture else None
        seconds = time.monotonic() - self.began
        self._tell(Step(stage, step, total, index, self.ask.count, shown, seconds))

    async def answered(self, request: Request) -> list[tuple[Image.Image, dict[str, Any]]]:
        """The pictures that the answer to `request` has, which is read as a whole."""
        most = reading.most_of(request.images)
        answer = await self.client.request("POST", request.path, most=most, **request.sent)
        return await reading.pictures_of(self.client, await answer.read_json(), request.images)

    async def keep(self, index: int, picture: Image.Image, facts: dict[str, Any]) -> None:
        """Picture `index` is there."""
        self.tell("decoding", index, 1, 1, picture)
        self.made[index] = await asyncio.to_thread(reading.output, self.ask, index, picture, facts)

    # OpenAI's stream --------------------------------------------------------------------------------------------------

    async def streamed(self, index: int) -> None:
        """One picture whose unfinished states are sent."""
        self.tell("remote", index)
        request = dialects.openai(self.ask, images=1, stream=True)
        if not request.stream:
            ((picture, facts),) = await self.answered(request)
            return await self.keep(index, picture, facts)
        most = reading.most_of(1 + dialects.PARTIAL_IMAGES)
        async with self.client.stream("POST", request.path, **request.sent) as answer:
            if "text/event-stream" not in answer.headers.get("content-type", ""):
                raise RemoteError("engine_broken", status=answer.status)
            async for what, said in streaming.events(answer, most):
                picture = await reading.decoded(str(said.get("b64_json", "")))
                if what == "completed":
                    return await self.keep(index, picture, {})
                at = said.get("partial_image_index")
                step = min(at, dialects.PARTIAL_IMAGES - 1) + 1 if isinstance(at, int) and at >= 0 else 1
                self.tell("remote", index, step, dialects.PARTIAL_IMAGES + 1, picture)
        raise RemoteError("engine_broken")  # it ended without the picture

    # Xinference's progress --------------------------------------------------------------------------------------------

    async def with_progress(self, index: int) -> None:
        """One picture, while its progress is asked for; the server is told when nobody wants it any more."""
        total = self.ask.real_steps
        self.tell("denoising", index, 0, total)
        following = asyncio.create_task(self._follow(index, total))
        try:
            ((picture, facts),) = await self.answered(dialects.xinference(self.ask, index))
        except asyncio.CancelledError:
            await self._abort(index)
            raise
        finally:
            following.cancel()
            await asyncio.wait([following])
        self.tell("denoising", index, total, total, picture)
        self.tell("decoding", index)
        facts |= {"steps": total}
        self.made[index] = await asyncio.to_thread(reading.output, self.ask, index, picture, facts)

    async def _follow(self, index: int, total: int) -> None:
        """Steps that the server says it has done; the last one is told with the picture. While it knows nothing of the
        request, the page is told that nothing is known."""
        path = f"requests/{quote(self.ask.request_of(index), safe='')}/progress"
        done = in_vain = 0
        while True:
            await asyncio.sleep(self.poll * (MORE_SELDOM if in_vain >= POLLS_IN_VAIN else 1))
            share = await self._share(path)
            if share is None:
                in_vain += 1
                if in_vain == POLLS_IN_VAIN and not done:
                    self.tell("remote", index)
                continue
            in_vain = 0
            step = min(round(share * total), total - 1)
            if step > done:
                done = step
                self.tell("denoising", index, done, total)

    async def _share(self, path: str) -> float | None:
        """How much is done, 0 to 1; None where the server says nothing that makes sense."""
        with suppress(RemoteError, TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                share = (await self.client.get_json(path)).get("progress")
            if isinstance(share, int | float) and not isinstance(share, bool) and 0 <= share <= 1:
                return float(share)
        return None

    async def _abort(self, index: int) -> None:
        """Xinference ends the request; whether the device stops is its own affair."""
        model, request = (quote(name, safe="") for name in (self.ask.model, self.ask.request_of(index)))
        with suppress(RemoteError, TimeoutError):
            async with asyncio.timeout(ABORT_SECONDS):
                await self.client.request("POST", f"models/{model}/requests/{request}/abort", most=2**16, json={})
