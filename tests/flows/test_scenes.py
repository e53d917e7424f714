"""A scene through the whole studio: written while somebody reads who is cut off again and again, changed, stopped."""

import random
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from gallery.files import WORKS
from gallery.models import Lineage, Work
from studio.models import Model, Server
from tests.servers.chat import ANSWER, SCENE, ChatServer, status
from tests.servers.hosting import Host, hosted
from tests.stack import PATIENCE
from tests.stack.processes import Stack
from tests.stack.session import session_cookie
from tests.studio.sockets.test_textstreams import Text


@pytest.fixture
def chat() -> Iterator[tuple[ChatServer, Host]]:
    server = ChatServer()
    with hosted(server) as host:
        yield server, host


async def read(url: str, cookie: str, text: Text, most: int) -> None:
    """Read on from where `text` stands, until the end or until so many bytes came."""
    headers = {"Cookie": cookie} | ({"Last-Event-ID": text.place} if text.place else {})
    body = b""
    async with (
        httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client,
        client.stream("GET", url, headers=headers) as answer,
    ):
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/event-stream")
        async for piece in answer.aiter_raw():
            body += piece
            if len(body) >= most or b"event: end" in body:
                break
    text.feed(body[:most])


async def test_a_scene_is_written_read_in_pieces_changed_and_stopped(
    remote: Stack, chat: tuple[ChatServer, Host], page_of: Any, alice: Any, bob: Any
) -> None:
    server, host = chat
    await Server.objects.acreate(name="chat", kind="chat_scene", base_url=host.url, at_once=2)
    about = {"engine": "chat_scene", "family": "chat", "source": "writer", "tools": ["code_scene"]}
    await Model.objects.acreate(name="chat", title="Writer", **about)
    cookie, chance = session_cookie(alice), random.Random(7)
    server.says, server.size, server.pause = ANSWER + "\n// é方🎈" * 300, 40, 0.005
    server.hold_at = 2000  # it is still being written when it is read first
    async with page_of(alice) as page:
        await page.hello()
        generation = await page.submit("one", "code_scene", model="chat", prompt="a red cube")
        address = f"{remote.url}/api/v1/generations/{generation}/text"
        text, cuts = Text(), 0
        while text.ended is None:
            cuts += 1
            if cuts > 3:
                server.hold_at = None
            few = chance.randrange(200, 400 if cuts <= 3 else 6000)
            await read(address, cookie, text, few if cuts < 12 else 2**30)
            assert cuts < 100
        assert text.whole.decode() == server.says and cuts > 2
        assert text.ended["works"][0]["id"] == (await page.ended(generation))["works"][0]["id"]
        work = await Work.objects.prefetch_related("files").aget(generation=UUID(generation))
        source = work.file("source")
        assert source and WORKS.store.read(source.sha256).decode() == SCENE and work.recipe["engine"] == "chat_scene"
        assert any(event["type"] == "text" for event in page.events)
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.get(address, headers={"Cookie": session_cookie(bob)})).status_code == 404
            assert (await client.get(address)).status_code == 401

        # A change sends the code along, and is a child.
        server.says, server.pause = ANSWER, 0.0
        other = await page.submit("two", "code_scene", model="chat", prompt="blue", work=str(work.pk))
        await page.ended(other)
        assert SCENE in server.asked["messages"][2]["content"]
        assert await Lineage.objects.filter(parent=work, kind="edit", child__generation=UUID(other)).aexists()

        # What fails says why; what is stopped stops the server's answer too.
        server.script = [status(401)]
        failed = await page.ended(await page.submit("three", "code_scene", model="chat", prompt="x"), "failed")
        assert failed["error"]["code"] == "engine_unauthorised"
        server.says, server.pause = ANSWER * 50, 0.05
        slow = await page.submit("four", "code_scene", model="chat", prompt="slow")
        await page.wait("text", lambda e: e["generation"] == slow)
        await page.send({"type": "cancel", "generation": slow})
        await page.ended(slow, "cancelled")
