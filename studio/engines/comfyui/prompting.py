"""One graph on a ComfyUI server: asked for, followed, fetched. What the socket does not tell is looked up.

The server's queue and history are in its memory: after a restart it knows nothing of us, and is asked once more.
"""

import asyncio
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from studio.engines.base import EngineError
from studio.engines.board import received
from studio.engines.comfyui import answers, refusals, wire
from studio.engines.comfyui.following import Follower, Told
from studio.engines.comfyui.listening import Line
from studio.engines.comfyui.template import Graph, Template
from studio.engines.remote.client import Client
from studio.engines.remote.errors import RemoteError, of_status
from studio.engines.remote.threads import Tell
from studio.job import PREVIEWS_PER_SECOND, AdapterRef, Step

# A step waits so long (s) for its preview, which comes as a message of its own.
HOLD = 0.1
# So long (s) is listened before something else may be due.
LISTEN = 0.25
# So long (s) a picture may be on its way that came before the end.
LATE = 1.0
# How long telling a server that nobody waits any more may take (s), and how often it is asked whether it has stopped.
FAREWELL, STOPPING = 3.0, 0.1
# Bytes of a queue: it holds the graphs of all who wait.
QUEUE_MOST = 32 * 2**20


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: how often the history is asked, how soon after the socket broke, and how long a server may be away."""

    look: float = 5.0
    soon: float = 0.3
    away: float = 90.0


class Forgotten(Exception):
    """The server knows nothing of a prompt that it was given."""


@dataclass
class Asking:
    """Asks one server for pictures of one job; `seconds` is how long it has worked for us so far."""

    client: Client
    line: Line
    tell: Tell
    timeout: float
    patience: Patience = field(default_factory=Patience)
    adapters: tuple[AdapterRef, ...] = ()
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self._shown_at = 0.0

    async def picture(self, template: Template, graph: Graph, *, index: int, count: int) -> bytes:
        """The file that the template's result node gives for `graph`.

        Raises RemoteError, and EngineError: those of refusals.py, `engine_interrupted`, `engine_lost` when the server
        has lost it twice, `no_picture`.
        """
        for _attempt in range(2):
            follower = Follower(template, graph, str(uuid.uuid4()), index, count, encoded=True)
            try:
                async with asyncio.timeout(self.timeout):
                    return await self._once(follower)
            except Forgotten:
                continue
            except TimeoutError:
                raise RemoteError("engine_timeout") from None
            finally:
                await self._leave(follower)
        raise EngineError("engine_lost")

    async def _once(self, follower: Follower) -> bytes:
        lost = self.line.lost
        await self._submit(follower)
        watching = Watching(self, follower)
        await watching.until_ended()
        if follower.broke is not None:
            raise refusals.of_error(follower.broke, follower.template, follower.graph)
        if follower.interrupted:
            raise EngineError("engine_interrupted")
        if follower.template.by_socket:
            if follower.picture is None:
                missed = watching.looked_up or self.line.lost > lost  # it may have been sent to nobody
                raise Forgotten if missed else EngineError("no_picture")
            return follower.picture
        return await self._fetch(_file_of(follower.output))

    async def _submit(self, follower: Follower) -> None:
        """Hand the graph over. Without an answer nobody knows whether it was taken: then the queue will tell."""
        told = {"prompt": follower.graph, "client_id": self.line.client_id, "prompt_id": follower.prompt}
        try:
            answer = await self.client.request("POST", "prompt", json=told, any_status=True, most=4 * 2**20)
        except RemoteError as error:
            if error.sent and not error.status:
                return
            raise
        if answer.status not in (200, 400):
            raise of_status(max(300, answer.status))
        said = await answers.value(answer)
        wrong = said.get("node_errors")
        if answer.status == 400 or (isinstance(wrong, dict) and follower.template.result in wrong):
            raise refusals.of_submit(said, follower.template, follower.graph, self.adapters)
        ident = said.get("prompt_id")
        if not isinstance(ident, str) or not 0 < len(ident) <= 100:
            raise RemoteError("engine_broken", status=answer.status)
        follower.prompt = ident  # older servers give one of their own

    async def _fetch(self, file: dict[str, str]) -> bytes:
        answer = await self.client.request("GET", "view", params=file, most=received.PICTURE_MOST, any_status=True)
        if answer.status == 404:
            raise RemoteError("engine_broken", status=404)
        if answer.status >= 300:
            raise of_status(answer.status)
        return answer.body

    async def _leave(self, follower: Follower) -> None:
        """Nothing of it shall go on there, nor what a person wrote stay in the history, however it ended."""
        prompt = follower.prompt
        with suppress(RemoteError, TimeoutError):
            async with asyncio.timeout(FAREWELL):
                if follower.ended or await self._withdrawn(prompt):
                    # It comes into the history when it has stopped, a moment after its last event.
                    while prompt not in await answers.ask(self.client, f"history/{prompt}", QUEUE_MOST):
                        await asyncio.sleep(STOPPING)
                await self.client.request("POST", "history", json={"delete": [prompt]}, most=2**16)

    async def _withdrawn(self, prompt: str) -> bool:
        """Nobody wants it any more; whether it ran. Older servers interrupt whatever runs, so only one that does is
        interrupted."""
        await self.client.request("POST", "queue", json={"delete": [prompt]}, most=2**16)
        runs = prompt in _prompts(await answers.ask(self.client, "queue", QUEUE_MOST), "queue_running")
        if runs:
            await self.client.request("POST", "interrupt", json={"prompt_id": prompt}, most=2**16)
        return runs

    async def say(self, told: Told, seconds: float) -> None:
        """Tell a step, its preview decoded if it is time for one; the last always is."""
        step = replace(told.step, seconds=seconds)
        now = time.monotonic()
        last = step.total and step.step == step.total
        if told.preview is not None and (last or now - self._shown_at >= 1 / PREVIEWS_PER_SECOND):
            self._shown_at = now
            step = replace(step, preview=await asyncio.to_thread(received.preview, told.preview))
        self.tell(step)


class Watching:
    """Follows one prompt until the server has said, by its socket or when asked (`looked_up`), that it has ended."""

    def __init__(self, asking: Asking, follower: Follower) -> None:
        self.looked_up = False
        self._asking, self._follower = asking, follower
        self._patience = asking.patience
        self._lost = asking.line.lost
        self._look_at = time.monotonic() + self._patience.look
        self._away_since: float | None = None
        self._missing = 0
        self._began_at: float | None = None
        self._before = asking.seconds

    async def until_ended(self) -> None:
        """Raises Forgotten, RemoteError."""
        line, follower = self._asking.line, self._follower
        waits = False
        while not follower.ended:
            message = await line.next(HOLD if follower.holding or not follower.began else LISTEN)
            if message is None:
                await self._say(list(follower.flush()))
                if not follower.began and not waits:
                    waits = True
                    self._asking.tell(Step("waiting", index=follower.index, count=follower.count))
            else:
                for event in wire.read(message):
                    await self._say(list(follower.hear(event)))
            self._count()
            await self._look_if_due()
        if follower.template.by_socket and self.looked_up:
            await self._hear_out()
        await self._say(list(follower.flush()))
        over = follower.broke or follower.interrupted or follower.output is not None
        if not over and not follower.template.by_socket:
            await self._look_for_output()

    async def _hear_out(self) -> None:
        """What was sent before the history was written may still be on its way."""
        follower = self._follower
        while follower.picture is None and (message := await self._asking.line.next(LATE)) is not None:
            for event in wire.read(message):
                await self._say(list(follower.hear(event)))

    async def _say(self, told: list[Told]) -> None:
        for each in told:
            await self._asking.say(each, self._asking.seconds)

    def _count(self) -> None:
        """The time that the server has worked on it."""
        if self._follower.began:
            now = time.monotonic()
            self._began_at = self._began_at or now
            self._asking.seconds = self._before + now - self._began_at

    async def _look_if_due(self) -> None:
        now = time.monotonic()
        if self._asking.line.lost > self._lost:
            self._lost = self._asking.line.lost
            self._look_at = min(self._look_at, now + self._patience.soon)
        if now < self._look_at or self._follower.ended:
            return
        try:
            found = await self._look()
        except RemoteError as error:
            if not error.ill or error.code == "engine_unauthorised":
                raise
            self._away_since = self._away_since or now
            if time.monotonic() - self._away_since > self._patience.away:
                raise
            self._look_at = time.monotonic() + self._patience.soon
            return
        self._away_since = None
        self._missing = 0 if found else self._missing + 1
        if self._missing == 2:  # once may be the moment between queue and history
            raise Forgotten
        self._look_at = time.monotonic() + (self._patience.look if found else self._patience.soon)

    async def _look(self) -> bool:
        """Whether the server still knows of it; what its history says of it, if it has ended."""
        follower, client = self._follower, self._asking.client
        story = (await answers.ask(client, f"history/{follower.prompt}", QUEUE_MOST)).get(follower.prompt)
        if isinstance(story, dict):
            _take_in(story, follower)
            self.looked_up = True
            return True
        queue = await answers.ask(client, "queue", QUEUE_MOST)
        return follower.prompt in _prompts(queue, "queue_running") | _prompts(queue, "queue_pending")

    async def _look_for_output(self) -> None:
        """The events were not enough: the history is written before the end is told."""
        follower = self._follower
        history = await answers.ask(self._asking.client, f"history/{follower.prompt}", QUEUE_MOST)
        story = history.get(follower.prompt)
        if not isinstance(story, dict):
            raise Forgotten
        _take_in(story, follower)


def _take_in(story: dict[str, Any], follower: Follower) -> None:
    """What a history says of a prompt that has ended."""
    follower.ended = True
    outputs, status = story.get("outputs"), story.get("status")
    output = outputs.get(follower.template.result) if isinstance(outputs, dict) else None
    if isinstance(output, dict):
        follower.output = output
    if not isinstance(status, dict) or status.get("status_str") != "error":
        return
    messages = status.get("messages")
    told = {each[0]: each[1] for each in messages if _is_message(each)} if isinstance(messages, list) else {}
    if "execution_interrupted" in told:
        follower.interrupted = True
    else:
        error = told.get("execution_error", {})
        kind, message = str(error.get("exception_type", "")), str(error.get("exception_message", ""))
        follower.broke = wire.Broke(follower.prompt, str(error.get("node_id", "")), kind, message)


def _is_message(each: Any) -> bool:
    return isinstance(each, list) and len(each) == 2 and isinstance(each[0], str) and isinstance(each[1], dict)


def _prompts(queue: dict[str, Any], which: str) -> set[str]:
    """The ids in one list of a queue."""
    rows = queue.get(which)
    if not isinstance(rows, list):
        raise RemoteError("engine_broken")
    return {row[1] for row in rows if isinstance(row, list) and len(row) > 1 and isinstance(row[1], str)}


def _file_of(output: dict[str, Any] | None) -> dict[str, str]:
    """Where the first picture of a node's output lies, as `/view` wants it. Raises EngineError("no_picture")."""
    images = output.get("images") if output else None
    first = images[0] if isinstance(images, list) and images else None
    if not isinstance(first, dict) or not isinstance(first.get("filename"), str):
        raise EngineError("no_picture")
    names = {name: first.get(name, "") for name in ("filename", "subfolder", "type")}
    return {name: str(value)[:500] for name, value in names.items()}
