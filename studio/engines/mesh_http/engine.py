"""Does a job on a server that makes shapes of pictures: makes a task, follows it, fetches its file, or calls it off."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from django.conf import settings

from studio.engines.mesh_http import asking, dialects, packed, received
from studio.engines.mesh_http.asking import Ask
from studio.engines.mesh_http.dialects import DIALECTS, Dialect
from studio.engines.remote import servers
from studio.engines.remote.allow import Allowlist
from studio.engines.remote.client import Client, Limits
from studio.engines.remote.errors import RemoteError
from studio.engines.remote.servers import Target
from studio.engines.remote.threads import Tell
from studio.job import Job, OnStep, Output, Step

KIND = "mesh_http"
# A task's state is asked for this often (s). So many answers in a row may fail before it is given up: the task costs
# its owner money, and goes on there.
POLL = 2.0
FAILURES = 5
PASSING = frozenset({"engine_unreachable", "engine_timeout", "engine_busy", "engine_error"})
# Seconds for one of these short requests, and for saying that a task is no longer wanted.
ASK_SECONDS = 30.0
ABORT_SECONDS = 2.0
ANSWER_MOST = 2**20
# What a gateway says whose server is not there.
AWAY = (502, 503, 504)

Run = Callable[[str, Job, OnStep, servers.Work], list[Output]]


class MeshHTTPEngine:
    """See studio/engines/base.py. `run_on` chooses the server; `poll` is POLL."""

    def __init__(self, run_on: Run = servers.run, poll: float = POLL) -> None:
        self._run_on, self._poll = run_on, poll

    def run(self, job: Job, on_step: OnStep) -> list[Output]:
        """Raises what asking.of and servers.run raise."""
        count = int(job.params.get("count", 1))
        on_step(Step("encoding", count=count))
        ask = asking.of(job)
        made: dict[int, Output] = {}  # what one server made is not made again by the next

        async def work(target: Target, tell: Tell) -> list[Output]:
            async with client_of(target) as client:
                for index in range(count):
                    if index not in made:
                        talk = Talk(ask.following(index), target, client, tell, place=(index, count), poll=self._poll)
                        made[index] = await talk.whole(int(job.params["seed"]) + index)
            return [made[index] for index in range(count)]

        return self._run_on(KIND, job, on_step, work)

    def full(self) -> frozenset[str]:
        """See engines.base.Limited."""
        return servers.full(KIND)

    async def look(self, target: Target) -> list[str]:
        """See engines.base.Remote. Such servers have no list of models. One that says something about a task which it
        does not know is well, whatever it says: some call that a fault of their own."""
        dialect = dialect_of(target)
        async with client_of(target, Limits(read=10.0, whole=15.0)) as client:
            try:
                await client.request("GET", dialect.task.format(id="brushwire-look"), most=ANSWER_MOST)
            except RemoteError as error:
                if error.status < 400 or error.status in AWAY or error.code == "engine_unauthorised":
                    raise
        return []


def dialect_of(target: Target) -> Dialect:
    """How the server wants to be spoken to; the plain form where its row names another kind's."""
    return DIALECTS.get(target.dialect, DIALECTS["tasks"])


def client_of(target: Target, limits: Limits | None = None) -> Client:
    """A client for the server itself, which is told who we are."""
    whole = limits or Limits(read=min(ASK_SECONDS, target.timeout), whole=target.timeout, answer=ANSWER_MOST)
    return Client(target.base_url, allowed(), headers=dialect_of(target).headers(target), limits=whole)


def allowed() -> Allowlist:
    """Where servers, and the files that they name, may be."""
    return Allowlist(settings.ENGINE_ALLOWED_HOSTS)


class Talk:
    """One shape with one server: output `place[0]` of `place[1]`."""

    def __init__(
        self, ask: Ask, target: Target, client: Client, tell: Tell, *, place: tuple[int, int], poll: float
    ) -> None:
        self.ask, self.target, self.client, self._tell, self.place, self.poll = ask, target, client, tell, place, poll
        self.dialect = dialect_of(target)
        self.began = time.monotonic()
        self._told: tuple[Any, ...] = ()

    def tell(self, stage: Any, step: int = 0, total: int = 0) -> None:
        """A step, if it is news, with the time since the server was asked first."""
        if self._told != (stage, step, total):
            self._told = stage, step, total
            seconds = time.monotonic() - self.began
            self._tell(Step(stage, step, total, *self.place, seconds=seconds))

    async def whole(self, seed: int) -> Output:
        """The shape. Whatever ends it early, the server is told that its task is no longer wanted."""
        self.tell("remote")
        try:
            async with asyncio.timeout(self.target.timeout):
                async with self._task() as task:
                    address = await self._follow(task)
                self.tell("decoding")
                data = await self._fetch(address)
                return await asyncio.to_thread(received.output, data, seed, self.ask.metres)
        except TimeoutError:
            raise RemoteError("engine_timeout") from None

    @asynccontextmanager
    async def _task(self) -> AsyncIterator[str]:
        """The id of a new task, which is called off when the block does not end well."""
        body = self.dialect.body(self.ask)
        answer = await self.client.request("POST", self.dialect.create, most=ANSWER_MOST, json=body)
        task = dialects.text(await answer.read_json(), self.dialect.id, dialects.ID_MOST)
        if not task:
            raise RemoteError("engine_broken", status=answer.status)
        try:
            yield task
        except BaseException:
            await self._call_off(task)
            raise

    async def _follow(self, task: str) -> str:
        """Where the model file of a finished task is."""
        failures = 0
        while True:
            try:
                said = await self.client.get_json(self._path(task), most=ANSWER_MOST)
                failures = 0
            except RemoteError as error:
                failures += 1
                if error.code not in PASSING or failures > FAILURES:
                    # It has begun there: another server must not begin anew.
                    raise RemoteError(error.code, status=error.status, after=error.after) from None
                await asyncio.sleep(self.poll * failures)
                continue
            if address := self._heard(said):
                return address
            await asyncio.sleep(self.poll)

    def _heard(self, said: Any) -> str:
        """The address of the file, "" while there is none."""
        state = dialects.state_of(said, self.dialect)
        if state == "failed":
            raise RemoteError("engine_error")
        if state == "done":
            address = dialects.text(said, self.dialect.file, dialects.ADDRESS_MOST)
            if not address:
                raise RemoteError("engine_broken")
            return address
        if state is None:
            raise RemoteError("engine_broken")
        share = dialects.share_of(said, self.dialect)
        if state == "waiting":
            self.tell("waiting")
        elif share is None:
            self.tell("remote")
        else:
            self.tell("remote", min(round(share * 100), 99), 100)
        return ""

    async def _fetch(self, address: str) -> bytes:
        """The model file: from the server itself, or from another host that is allowed, which hears no secret."""
        most = packed.FILE_MOST
        try:
            if self.client.owns(address):
                return (await self.client.fetch(address, most=most)).body
            place = urlsplit(address)
            safe = urlsplit(self.target.base_url).scheme == "https"
            if not place.hostname or place.scheme not in (("https",) if safe else ("http", "https")):
                raise RemoteError("engine_not_allowed")
            base = urlunsplit((place.scheme, place.netloc, "/", "", ""))
            limits = Limits(read=min(ASK_SECONDS, self.target.timeout), whole=self.target.timeout, answer=most)
            async with Client(base, allowed(), limits=limits) as other:
                return (await other.fetch(address, most=most)).body
        except RemoteError as error:
            code = "engine_broken" if error.code == "engine_refused" else error.code  # a link that leads nowhere
            raise RemoteError(code, status=error.status, after=error.after) from None
        except ValueError:
            raise RemoteError("engine_not_allowed") from None

    async def _call_off(self, task: str) -> None:
        """Best said: whether the device stops is the server's own affair."""
        with suppress(RemoteError, TimeoutError):
            async with asyncio.timeout(ABORT_SECONDS):
                await self.client.request("DELETE", self._path(task), most=ANSWER_MOST)

    def _path(self, task: str) -> str:
        return self.dialect.task.format(id=quote(task, safe=""))
