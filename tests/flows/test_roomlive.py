"""One live picture for all on real parts: the same frames for everybody, and the newest of all wins."""

import asyncio
import json
import time
from typing import Any
from uuid import uuid4

import pytest
import redis as redis_package
from django.conf import settings

from gallery.models import Work
from studio.models import Board, BoardMember, Generation
from studio.rooms import access
from tests.stack.room import RoomPage
from tests.stack.session import session_cookie
from tests.stack.waiting import wait_until
from tests.studio.commands.test_boards import drawn, line


@pytest.fixture
def board(stack: Any, alice: Any, bob: Any, carol: Any) -> Board:
    """Alice's, on which bob draws and carol watches; the worker takes boards."""
    client = redis_package.Redis.from_url(settings.STATE_REDIS_URL)
    wait_until(lambda: client.zcount("live:workers", time.time() - 3, "+inf") >= 1)
    document = json.dumps(drawn(line()))
    made = Board.objects.create(pk=uuid4(), owner=alice, document=document, size=len(document))
    BoardMember.objects.create(board=made, user=bob, role="draw")
    BoardMember.objects.create(board=made, user=carol, role="watch")
    return made


@pytest.fixture
def carol(db: None, django_user_model: Any) -> Any:
    return django_user_model.objects.create_user("carol", "carol@example.org", "x")


async def test_all_see_one_picture_and_the_last_stroke_wins(stack, board, alice, bob, carol) -> None:
    hers, his, watching = (RoomPage(stack.url, board.pk, session_cookie(who)) for who in (alice, bob, carol))
    async with hers, his, watching:
        for page in (hers, his, watching):
            await page.send({"type": "live"})
            assert (await page.wait("live"))["on"] is False
        await his.send({"type": "live", "on": True})
        for page in (hers, his, watching):
            assert (await page.wait("live", lambda e: e["on"]))["name"] == "bob"

        # Both ask at once, many times: one slot, numbered through, nothing stale, and the last one is made.
        for revision in range(1, 9):
            await hers.ask(revision, prompt=f"slow:0.02 hers {revision}")
            await his.ask(revision, prompt=f"slow:0.02 his {revision}")
        numbers = [(await page.wait("taken", lambda e: e["revision"] == 8))["number"] for page in (hers, his)]
        last = await his.asked(9, "refined", prompt="slow:0.02 the last")
        assert last > max(numbers) and numbers[0] != numbers[1]
        pictures = [await page.picture(last) for page in (hers, his, watching)]
        assert len({picture for _, picture in pictures}) == 1
        asked = pictures[0][0]["asked"]
        assert (asked["page"], asked["name"], asked["revision"]) == (his.name, "bob", 9)
        for page in (hers, his, watching):
            shown = [header["number"] for header, _ in page.previews]
            assert shown == sorted(shown) and shown[-1] == last

        # Who watches does not ask, who comes later sees the picture at once, and what fails is told to who asked.
        for wish in ({"type": "draw", "revision": 1, "tool": "text_to_image"}, {"type": "live", "on": False}):
            before = len(watching.events)
            await watching.send(wish)
            refused = await watching.wait("rejected", after=before)
            assert (refused["code"], refused["about"]) == ("forbidden", wish["type"])
        async with RoomPage(stack.url, board.pk, session_cookie(carol)) as later:
            await later.send({"type": "live"})
            assert await later.wait("live") == {"type": "live", "on": True, "name": "bob"}
            assert (await later.picture(last))[1] == pictures[0][1]
        await his.ask(10, prompt="fail:out_of_memory")
        assert (await his.wait("draw_failed"))["revision"] == 10
        assert not any(event["type"] == "draw_failed" for event in hers.events)

        # Kept by bob: the owner's work, of which all hear.
        await his.send(
            {"type": "pin", "id": "keep", "tool": "text_to_image", "model": "fake", "params": {"prompt": "x"}}
        )
        for page in (hers, his, watching):
            kept = await page.wait("pinned", lambda e: e["pin"]["state"] == "kept")
            assert (kept["pin"]["name"], len(kept["pin"]["works"])) == ("bob", 1)
        assert (await Work.objects.aget()).owner_id == alice.pk
        assert (await Generation.objects.aget()).board == board.pk

        # Frozen: nobody but those who steer.
        await asyncio.to_thread(_freeze, board)
        await his.wait("rights", lambda e: e["rights"]["frozen"])
        await his.ask(11, prompt="x")
        assert (await his.wait("rejected"))["code"] == "board_frozen"


def _freeze(board: Board) -> None:
    Board.objects.filter(pk=board.pk).update(frozen=True)
    access.announce(board.pk, "access")
