"""A room over its socket: who comes in, what they hear of each other, and what is kept."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from accounts import workshops
from accounts.models import User, Workshop
from studio.models import Board, BoardClient, BoardMember, BoardState, BoardUpdate
from studio.rooms import access
from tests.studio.rooms.page import WITHIN, Page, changed, drew

pytestmark = pytest.mark.django_db(transaction=True)


async def share(board: UUID, user: User, role: str) -> None:
    def lay() -> None:
        BoardMember.objects.update_or_create(board_id=board, user=user, defaults={"role": role})
        access.announce(board, "access")

    await asyncio.to_thread(lay)


async def begun(board: UUID, owner: User) -> Page:
    """A board with one stroke, open at its owner's."""
    page = await Page.inside(board, owner)
    await page.draw("one")
    return page


async def test_the_first_stroke_makes_the_board_and_it_is_there_for_the_next_page(alice: User) -> None:
    board = uuid4()
    page = await Page.inside(board, alice)
    assert not page.welcomed["board"]["there"]
    assert not await Board.objects.aexists()
    await page.draw("one")
    await page.draw("two")
    row = await Board.objects.aget(pk=board)
    assert row.owner_id == alice.pk and row.seq == 2
    assert (await BoardClient.objects.aget(board=row, client=page.doc.client_id)).user_id == alice.pk
    later = await Page.inside(board, alice)
    assert later.sees("one", "two") and later.welcomed["board"]["there"]
    await page.leave()
    await later.leave()
    row = await Board.objects.aget(pk=board)
    assert {mark["id"] for mark in json.loads(row.document)["layers"][0]["marks"]} == {"one", "two"}
    assert not await BoardUpdate.objects.aexists() and await BoardState.objects.acount() == 1


async def test_people_see_each_other_and_what_each_of_them_does(alice: User, bob: User) -> None:
    board = uuid4()
    hers = await begun(board, alice)
    await share(board, bob, "draw")
    his = await Page.inside(board, bob)
    assert [person["name"] for person in his.welcomed["people"]] == ["alice"] and his.sees("one")
    came = (await hers.wait("joined"))["person"]
    assert (came["name"], came["role"], came["page"]) == ("bob", "draw", his.name)
    await his.draw("his")
    told = await hers.wait("update")
    assert told["by"] == his.name and hers.sees("his")
    await hers.say({"type": "presence", "cursor": [3, 4.5], "tool": "brush"})
    told = await his.wait("presence")
    assert told == {"type": "presence", "page": hers.name, "cursor": [3, 4.5], "tool": "brush"}
    ink = {"type": "ink", "stroke": "s", "layer": "first", "kind": "stroke", "color": "#102030", "size": 4}
    await his.say(ink, b"\x02\x04\x06")
    told = await hers.wait("ink")
    assert (told["by"], told["bytes"], told["end"]) == (his.name, b"\x02\x04\x06", None)
    await his.leave()
    assert (await hers.wait("left"))["page"] == his.name
    await hers.leave()


async def test_who_was_away_sends_what_it_drew_and_hears_what_it_missed(alice: User, bob: User) -> None:
    board = uuid4()
    hers = await begun(board, alice)
    await share(board, bob, "draw")
    his = await Page.inside(board, bob)
    await his.leave()
    changed(his.doc, drew("offline", bob.pk))
    await hers.draw("meanwhile")
    back = await Page.inside(board, bob, his.doc)
    await back.wait("ack")
    assert back.sees("one", "meanwhile", "offline")
    await hers.until(lambda: hers.sees("offline"))
    assert sorted(hers.doc.get_state()) == sorted(back.doc.get_state())
    await hers.leave()
    await back.leave()


@pytest.mark.parametrize("role", ["watch", "comment"])
async def test_who_may_not_draw_changes_nothing(alice: User, bob: User, role: str) -> None:
    board = uuid4()
    hers = await begun(board, alice)
    await share(board, bob, role)
    his = await Page.inside(board, bob)
    await his.send(changed(his.doc, drew("no", bob.pk)))
    told = await his.wait("rejected")
    assert (told["code"], told["about"], told["n"]) == ("forbidden", "update", 1)
    await his.say(
        {"type": "ink", "stroke": "s", "layer": "first", "kind": "stroke", "color": "#102030", "size": 4}, b""
    )
    assert (await his.wait("rejected"))["about"] == "ink"
    await his.say({"type": "presence", "cursor": None})
    await hers.wait("presence")
    assert not [told for told in hers.heard if told["type"] in ("ink", "update")]
    assert (await Board.objects.aget()).seq == 1
    await hers.leave()
    await his.leave()


async def test_bob_and_nobody_find_no_room(alice: User, bob: User) -> None:
    board = uuid4()
    hers = await begun(board, alice)
    his = await Page.opened(board, bob)
    await his.say({"type": "hello", "version": 1, "client": 5}, b"\x00")
    assert await his.end() == ("not_found", 4404)
    nobody = Page(board, alice, "")
    await nobody.socket.connect(timeout=WITHIN)
    assert await nobody.end() == ("auth_required", 4401)
    elsewhere = Page(board, alice, "", origin="https://evil.example")
    assert not (await elsewhere.socket.connect(timeout=WITHIN))[0]
    await hers.leave()


async def test_a_removed_member_is_out_at_once_and_a_new_role_counts_at_once(alice: User, bob: User) -> None:
    board = uuid4()
    hers = await begun(board, alice)
    await share(board, bob, "draw")
    his = await Page.inside(board, bob)
    await share(board, bob, "watch")
    told = await his.wait("rights")
    assert not told["rights"]["draw"] and told["rights"]["watch"]
    assert (await hers.wait("joined", person=his.welcomed["you"] | {"role": "watch"}))["person"]["page"] == his.name

    def remove() -> None:
        BoardMember.objects.all().delete()
        access.announce(board, "access")

    await asyncio.to_thread(remove)
    assert await his.end() == ("not_found", 4404)
    await hers.leave()


async def test_a_stranger_who_waits_at_an_unmade_board_is_out_once_somebody_makes_it(alice: User, bob: User) -> None:
    board = uuid4()
    his = await Page.inside(board, bob)
    hers = await begun(board, alice)
    assert await his.end() == ("not_found", 4404)
    assert (await Board.objects.aget()).owner_id == alice.pk
    await hers.leave()


async def test_a_room_is_full_at_some_point(alice: User, settings: Any) -> None:
    settings.ROOM_PEOPLE = 1
    board = uuid4()
    first = await begun(board, alice)
    second = await Page.opened(board, alice)
    await second.say({"type": "hello", "version": 1, "client": 5}, b"\x00")
    assert await second.end() == ("room_full", 4413)
    await first.draw("still")
    await first.leave()


async def test_a_workshop_that_rests_begins_no_boards_either(alice: User, bob: User) -> None:
    def join() -> Workshop:
        wish = Workshop(name="Class", seats=5, ends_at=timezone.now() + timedelta(days=1))
        made = workshops.make(wish, bob, images_per_day=9)
        User.objects.filter(pk=alice.pk).update(workshop=made)
        return made

    workshop = await asyncio.to_thread(join)
    page = await Page.inside(uuid4(), alice)
    assert page.welcomed["rights"]["draw"]
    await asyncio.to_thread(lambda: Workshop.objects.filter(pk=workshop.pk).update(drawing_frozen=True))
    await page.send(changed(page.doc, drew("one", alice.pk)))
    assert (await page.wait("rejected"))["code"] == "board_frozen"
    assert not await Board.objects.aexists()
    late = await Page.inside(uuid4(), alice)
    assert late.welcomed["rights"]["frozen"] and not late.welcomed["rights"]["draw"]
    await page.leave()
    await late.leave()
