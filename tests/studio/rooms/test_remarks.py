"""Comments, signs and cheers over a room's socket: heard by all, answered to the one who asked, refused by right."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from accounts.models import User
from studio.models import BoardComment, BoardMember
from studio.rooms import access
from tests.studio.rooms.page import Page
from tests.studio.rooms.test_socket import begun, share

pytestmark = pytest.mark.django_db(transaction=True)


def said(**more: Any) -> dict[str, Any]:
    ids = {"id": uuid4().hex, "comment": str(uuid4()), "thread": str(uuid4())}
    return ids | {"type": "comment", "text": "More light", "x": 10, "y": -20.5} | more


async def wished(page: Page, message: dict[str, Any]) -> dict[str, Any]:
    """The answer to a wish."""
    await page.say(message)
    return await page.wait("done", "rejected", id=message["id"])


async def count(**like: Any) -> int:
    return await BoardComment.objects.filter(**like).acount()


async def test_everybody_hears_what_who_may_comment_says_and_a_watcher_is_refused(alice: User, bob: User) -> None:
    board = uuid4()
    hers = await begun(board, alice)
    await share(board, bob, "comment")
    his = await Page.inside(board, bob)
    first = said()
    assert (await wished(his, first))["type"] == "done"
    for page in (his, hers):
        told = await page.wait("comment")
        assert (told["comment"]["text"], told["comment"]["author"]["name"]) == ("More light", "bob")
        assert (told["place"]["x"], told["place"]["y"]) == (10, -20.5)
    assert (await wished(his, first | {"id": uuid4().hex}))["type"] == "done"  # once more: said once
    assert await count() == 1
    comment, wish = {"comment": first["comment"]}, {"id": "w1"}
    await wished(hers, wish | comment | {"type": "react", "sign": "like", "on": True})
    assert (await his.wait("reaction"))["reactions"] == {"like": [alice.pk]}
    await wished(his, wish | comment | {"type": "comment_edit", "text": "Less light"})
    assert (await hers.wait("comment"))["comment"]["edited"]
    await hers.say({"type": "cheer", "sign": "party", "x": 1, "y": 2})
    assert (await his.wait("cheer"))["by"]["name"] == "alice"
    await wished(hers, wish | {"type": "comment_resolve", "thread": first["thread"], "on": True})
    assert (await his.wait("thread"))["place"]["resolved_by"] == "alice"
    blank = await wished(his, said(text="  "))
    assert (blank["type"], blank["code"], blank["about"]) == ("rejected", "invalid", "comment")
    assert (await wished(his, said(x=None)))["code"] == "not_found"
    await _watches(board, bob, his)
    for message in (said(), wish | comment | {"type": "react", "sign": "love", "on": True}):
        assert (await wished(his, message))["code"] == "forbidden"
    assert (await wished(his, wish | comment | {"type": "comment_delete"}))["type"] == "done"  # one's own
    assert (await hers.wait("comment_gone"))["comment"] == first["comment"]
    assert await count(deleted_at=None) == 0
    await his.leave()
    await hers.leave()


async def _watches(board: UUID, bob: User, his: Page) -> None:
    """From now on bob only watches, and his page knows."""

    def lower() -> None:
        BoardMember.objects.filter(board_id=board, user=bob).update(role="watch")
        access.announce(board, "access")

    await asyncio.to_thread(lower)
    assert not (await his.wait("rights"))["rights"]["comment"]


async def test_what_is_no_message_of_ours_is_a_fault_and_says_nothing(alice: User) -> None:
    board = uuid4()
    hers = await begun(board, alice)
    for wrong in (
        said(text="x" * 1001),
        said(x=1e6),
        said(author="bob"),
        {"type": "react", "id": "a", "comment": str(uuid4()), "sign": "boo", "on": True},
    ):
        await hers.say(wrong)
        assert (await hers.wait("rejected"))["code"] == "bad_message"
    assert await count() == 0
    await hers.leave()
