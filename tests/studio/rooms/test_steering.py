"""Steering a room: freezing, clearing and what was cleared, small pictures, and how many people the wall sees."""

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from accounts import workshops
from accounts.models import StaffAction, User, Workshop
from studio.models import Board, BoardMember, BoardVersion
from studio.rooms import crowd
from tests.studio.commands.test_boards import drawn, line, webp
from tests.studio.rooms.page import Page

pytestmark = pytest.mark.django_db(transaction=True)


def steer(user: User, board: UUID, act: str) -> Any:
    client = Client()
    client.force_login(user)
    return client.post(f"/api/v1/boards/{board}/steer", json.dumps({"act": act}), "application/json")


async def test_a_teacher_clears_a_board_before_everybodys_eyes_and_brings_it_back(teacher: User, zoe: User) -> None:
    board = uuid4()
    hers = await Page.inside(board, zoe)
    await hers.draw("one")
    his = await Page.inside(board, teacher)
    assert (await asyncio.to_thread(steer, teacher, board, "clear")).json() == {"act": "clear"}
    await hers.until(lambda: not hers.sees("one"))
    await his.until(lambda: not his.sees("one"))
    version = await BoardVersion.objects.aget()
    assert "one" in version.document, "what it was can be gone back to"
    await hers.draw("two")
    await his.say({"type": "steer", "act": "bring_back"})
    await hers.until(lambda: hers.sees("one", "two"))
    await his.say({"type": "steer", "act": "bring_back"})
    assert (await his.wait("rejected"))["code"] == "not_possible", "nothing is cleared any more"
    acts = [row async for row in StaffAction.objects.order_by("number").values_list("action", "actor_id")]
    assert acts == [("board_clear", teacher.pk), ("board_bring_back", teacher.pk)]
    await hers.leave()
    await his.leave()


async def test_a_teacher_freezes_a_board_and_nothing_is_drawn_until_it_is_let_go(teacher: User, zoe: User) -> None:
    board = uuid4()
    hers = await Page.inside(board, zoe)
    await hers.draw("one")
    his = await Page.inside(board, teacher)
    await his.say({"type": "steer", "act": "freeze"})
    assert not (await hers.wait("rights"))["rights"]["draw"]
    await hers.say({"type": "thumbnail"}, webp())
    assert (await hers.wait("rejected", about="thumbnail"))["code"] == "board_frozen"
    assert (await asyncio.to_thread(steer, zoe, board, "unfreeze")).status_code == 403, "the teacher's, not hers"
    await asyncio.to_thread(steer, teacher, board, "unfreeze")
    assert (await hers.wait("rights"))["rights"]["draw"]
    await asyncio.to_thread(workshops.freeze_drawing, await Workshop.objects.aget(), True, teacher)
    assert not (await hers.wait("rights"))["rights"]["draw"], "the whole workshop rests"
    await hers.leave()
    await his.leave()


async def test_pages_that_draw_send_small_pictures_and_the_wall_counts_people(alice: User, bob: User) -> None:
    board = uuid4()
    hers = await Page.inside(board, alice)
    await hers.draw("one")
    await BoardMember.objects.acreate(board_id=board, user=bob, role="watch")
    his = await Page.inside(board, bob)
    await his.say({"type": "thumbnail"}, webp())
    assert (await his.wait("rejected", about="thumbnail"))["code"] == "forbidden", "who watches draws nothing"
    await his.say({"type": "steer", "act": "clear"})
    assert (await his.wait("rejected", about="steer"))["code"] == "forbidden"
    await hers.say({"type": "thumbnail"}, webp((900, 700)))
    await hers.say({"type": "thumbnail"}, webp())
    assert (await hers.wait("rejected", about="thumbnail"))["code"] == "rate_limited"
    assert (await Board.objects.aget(pk=board)).thumbnail
    await hers.say({"type": "thumbnail"}, b"no picture")
    await hers.wait("rejected", about="thumbnail")
    async with asyncio.timeout(60):
        while (here := (await asyncio.to_thread(crowd.look, [board]))[board]) != crowd.Crowd(2, True):
            if not here.drawing:  # it is forgotten after a few seconds
                await hers.draw(uuid4().hex[:8])
            await asyncio.sleep(0.05)
    await his.leave()
    async with asyncio.timeout(60):
        while (await asyncio.to_thread(crowd.look, [board]))[board].people != 1:
            await asyncio.sleep(0.05)
    await hers.leave()


def test_only_who_steers_clears_and_an_empty_board_stays_as_it_is(alice: User, bob: User) -> None:
    document = json.dumps(drawn(line()))
    board = Board.objects.create(owner=alice, document=document, size=len(document))
    for user, status in ((bob, 404), (alice, 200), (alice, 200)):
        assert steer(user, board.pk, "clear").status_code == status
    assert BoardVersion.objects.count() == 1, "the second time there was nothing to clear"
    assert steer(alice, board.pk, "bring_back").status_code == 200
    assert steer(alice, board.pk, "bring_back").status_code == 409
    BoardMember.objects.create(board=board, user=bob, role="draw")
    for act in ("clear", "bring_back", "freeze", "unfreeze"):
        assert steer(bob, board.pk, act).status_code == 403, act
    assert steer(alice, board.pk, "burn").status_code == 422
    assert steer(alice, uuid4(), "clear").status_code == 404
    assert Client().post(f"/api/v1/boards/{board.pk}/steer").status_code == 401
