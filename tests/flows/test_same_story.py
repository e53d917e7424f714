"""One generation, seen in six ways at once: the page's socket, the socket of keys, the event stream, by asking, as
ComfyUI and as a webhook. All tell the same story in the same order."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from accounts import keys
from accounts.models import User
from studio.commands import webhooks
from studio.models import Webhook
from tests.flows.test_comfy_client import WORDS, Comfy, over
from tests.stack import PATIENCE
from tests.stack.page import Page
from tests.stack.processes import Stack
from tests.stack.receiver import Receiver, listening
from tests.stack.stream import Reader
from tests.studio.comfy.graphs import changed

STORY = ["queued", "started", "finished"]
STATES = {"queued": "queued", "started": "running", "finished": "finished"}
GRAPH = changed(changed(WORDS, "2", text="slow:0.1"), "5", steps=8)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as receiver:
        yield receiver


class Watching:
    """Everybody who watches; each keeps what it heard."""

    def __init__(self, url: str, secret: str) -> None:
        self.url, self.headers = url, {"Authorization": f"Bearer {secret}"}
        self.reader, self.asked = Reader(), list[dict[str, Any]]()

    async def listen(self, ready: asyncio.Event) -> None:
        """The event stream, until the end."""
        address = f"{self.url}/api/v1/events"
        async with (
            httpx.AsyncClient(timeout=PATIENCE) as client,
            client.stream("GET", address, headers=self.headers) as s,
        ):
            async for data in s.aiter_raw():
                self.reader.feed(data)
                ready.set()
                if "finished" in self.reader.kinds():
                    return

    async def ask(self) -> None:
        """The list of generations again and again, until the newest has ended."""
        async with httpx.AsyncClient(timeout=PATIENCE, headers=self.headers) as client:
            while not self.asked or self.asked[-1]["state"] != "finished":
                items = (await client.get(f"{self.url}/api/v1/generations?limit=1")).json()["items"]
                self.asked += items
                await asyncio.sleep(0.02)


async def test_however_it_is_watched_it_is_the_same_story(
    remote: Stack, page_of: Any, alice: User, receiver: Receiver
) -> None:
    webhooks.create(alice, receiver.url, list(Webhook.Occasion.values))
    _, secret = keys.make(alice, keys.Wish("all", ["read", "generate", "comfy"]))
    watching, comfy, ready = Watching(remote.url, secret), Comfy(f"{remote.url}/comfy", secret), asyncio.Event()
    program = Page(remote.url, Origin=None, Authorization=f"Bearer {secret}")
    program.url = program.url.replace("/ws/studio/", "/ws/api/")
    async with asyncio.timeout(2 * PATIENCE), page_of(alice) as page, program, asyncio.TaskGroup() as together:
        await page.hello()
        await program.hello()
        together.create_task(watching.listen(ready))
        await ready.wait()
        made = together.create_task(asyncio.to_thread(make, comfy))
        together.create_task(watching.ask())
        await page.wait("finished")
        await program.wait("finished")
        await made
        await asyncio.to_thread(receiver.wait, 3)

    told = [event for event in page.events if event["type"] in STORY]
    assert [event["type"] for event in told] == STORY and [event["seq"] for event in told] == [1, 2, 3]
    generation = told[0]["generation"]["id"]
    assert story_of(program.events) == story_of(page.events)
    streamed = [(int(number), data) for number, kind, data in watching.reader.events if kind in STORY]
    assert [data for _, data in streamed] == told and [number for number, _ in streamed] == [1, 2, 3]
    states = list(dict.fromkeys(each["state"] for each in watching.asked))
    assert states == [state for state in STATES.values() if state in states] and states[-1] == "finished"
    assert {each["id"] for each in watching.asked} == {generation} == {m["generation"] for m in receiver.messages}
    assert [message["type"] for message in receiver.messages] == STORY
    assert [message["state"] for message in receiver.messages] == [STATES[kind] for kind in STORY]
    assert [message["seq"] for message in receiver.messages] == [1, 2, 3]
    # The works, by every way that tells of them.
    works = [work["id"] for work in told[2]["works"]]
    assert works == [work["id"] for work in watching.asked[-1]["works"]]
    assert works == [work["id"] for work in receiver.messages[2]["event"]["works"]]
    assert receiver.messages[2]["event"]["works"][0]["image"].endswith(told[2]["works"][0]["image"])
    # The steps never go back, and ComfyUI's client saw as many.
    for steps in (steps_of(page.events), steps_of([data for _, _, data in watching.reader.events])):
        assert steps == sorted(steps) and {total for _, total in steps} == {8}
    heard = [m for m in comfy.messages if m["type"] == "progress"]
    assert [m["data"]["value"] for m in heard] == sorted(m["data"]["value"] for m in heard)
    assert {m["data"]["max"] for m in heard} == {8}
    names = [m["type"] for m in comfy.messages]
    assert names.index("execution_start") < names.index("progress") < names.index("executed")
    assert (names[-1], comfy.messages[-1]["data"]["node"]) == ("executing", None)


def make(comfy: Comfy) -> None:
    """Ask for it as ComfyUI's example does."""
    with comfy.ws() as ws:
        comfy.read(ws, over(comfy.queue_prompt(GRAPH)))


def story_of(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in events if event["type"] in STORY]


def steps_of(events: list[dict[str, Any]]) -> list[tuple[int, int]]:
    return [(event["step"], event["total"]) for event in events if event["type"] == "progress"]
