"""Lets a chat model write a scene: asks, hands on the text while it comes, and keeps the code."""

import time
from collections.abc import Callable
from urllib.parse import urlsplit

from studio.engines.chat_scene import asking, code, poster, settled, streaming
from studio.engines.remote import listing, servers
from studio.engines.remote.client import Client, Limits
from studio.engines.remote.servers import Target
from studio.engines.remote.threads import Tell
from studio.job import Job, OnStep, Output, Step

# Text is handed on this often (s): each piece is a question to the database, whether it is still wanted.
EVERY = 0.2
SOURCE = "source"

Run = Callable[[str, Job, OnStep, servers.Work], list[Output]]


class ChatSceneEngine:
    """See studio/engines/base.py. `run_on` chooses the server; `every` is EVERY."""

    def __init__(self, run_on: Run = servers.run, every: float = EVERY) -> None:
        self._run_on, self._every = run_on, every

    def run(self, job: Job, on_step: OnStep) -> list[Output]:
        """One output: the poster, with the code as its file `source`. Raises EngineError as asking, streaming, code and
        servers.run do."""
        on_step(Step("encoding"))
        body = asking.body(job)

        async def work(target: Target, tell: Tell) -> list[Output]:
            async with client_of(target) as client:
                teller = Teller(tell, self._every)
                async with client.stream("POST", "chat/completions", json=body) as answer:
                    teller.flush()
                    async for piece in streaming.pieces(answer):
                        teller.add(piece)
                teller.flush()
            scene = code.of(teller.text)
            facts = {"lines": scene.count("\n"), "chars": len(scene)}
            seed = int(job.params.get("seed") or 0)
            return [Output(poster.draw(scene), "image/png", seed, facts, files={SOURCE: scene.encode()})]

        return self._run_on(settled.KIND, job, on_step, work)

    def full(self) -> frozenset[str]:
        """See engines.base.Limited."""
        return servers.full(settled.KIND)

    async def look(self, target: Target) -> list[str]:
        """See engines.base.Remote."""
        async with client_of(target, Limits(read=10.0, whole=15.0)) as client:
            return await listing.models(client)


def client_of(target: Target, limits: Limits | None = None) -> Client:
    """A client for the endpoints under `/v1`, which the address of the server may name or leave out."""
    base = target.base_url.rstrip("/")
    if not urlsplit(base).path.strip("/"):
        base += "/v1"
    whole = limits or Limits(read=target.timeout, whole=target.timeout, answer=streaming.STREAM_MOST)
    return Client(base, settled.allowed(target), headers=settled.headers_of(target), limits=whole)


class Teller:
    """Hands on what is written, in pieces that are not too small. Runs on the engines' loop."""

    def __init__(self, tell: Tell, every: float) -> None:
        self._tell, self._every = tell, every
        self._began = time.monotonic()
        self._told_at = 0.0
        self._waiting: list[str] = []
        self._said: list[str] = []

    @property
    def text(self) -> str:
        """All that was written."""
        return "".join(self._said)

    def add(self, piece: str) -> None:
        """The next piece."""
        self._said.append(piece)
        self._waiting.append(piece)
        if time.monotonic() - self._told_at >= self._every:
            self.flush()

    def flush(self) -> None:
        """Hand on what waits, and say that it goes on."""
        self._told_at = time.monotonic()
        text, self._waiting = "".join(self._waiting), []
        self._tell(Step("writing", seconds=self._told_at - self._began, text=text))
