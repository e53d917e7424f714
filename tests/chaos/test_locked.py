"""SQLite held by somebody who writes for long: reading goes on, writing waits, and then it is told, never half done."""

import asyncio
import sqlite3
import time
import urllib.error

from asgiref.sync import sync_to_async
from django.db import connection

from gallery.models import Collection
from studio.models import Generation
from tests.chaos.crowd import Started, people, slack
from tests.chaos.frozen import get
from tests.chaos.fuzz.server_log import complaints
from tests.chaos.revocation import post
from tests.stack.page import Page

WAIT = 1.5  # seconds; 20 in production


async def test_a_locked_database_is_waited_for_and_then_told(started: Started) -> None:
    stack = started("web", BRUSHWIRE_SQLITE_WAIT=str(WAIT))
    ((_, cookie),) = await sync_to_async(people)(1)
    get(stack.url + "/gallery/", cookie)
    writer = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None, check_same_thread=False)
    async with Page(stack.url, cookie) as page:
        await page.hello()
        writer.execute("BEGIN IMMEDIATE")
        assert await asyncio.to_thread(get, stack.url + "/gallery/", cookie) < slack()
        # Held for shorter than a request waits: it is only late.
        making = asyncio.create_task(asyncio.to_thread(post, stack.url, "/collections/new/", cookie, title="late"))
        await asyncio.sleep(0.3)
        assert not making.done()
        writer.execute("COMMIT")
        await making
        # Held for longer.
        writer.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        refusal = await asyncio.to_thread(_refused, stack.url, cookie)
        assert time.monotonic() - begun >= WAIT
        assert (refusal.code, refusal.headers["Retry-After"]) == (503, "5")
        params = {"prompt": "x", "steps": 2, "width": 64, "height": 64}
        await page.send({"type": "submit", "id": "one", "tool": "text_to_image", "model": "fake", "params": params})
        rejected = await page.wait("rejected")
        assert (rejected["code"], rejected["id"]) == ("db_busy", "one")
        writer.execute("COMMIT")
        await page.submit("one", prompt="x", steps=2)
    writer.close()
    assert [title async for title in Collection.objects.values_list("title", flat=True)] == ["late"]
    assert await Generation.objects.acount() == 1
    assert complaints(stack.log) == []


def _refused(url: str, cookie: str) -> urllib.error.HTTPError:
    try:
        post(url, "/collections/new/", cookie, title="never")
    except urllib.error.HTTPError as error:
        return error
    raise AssertionError("it was done")
