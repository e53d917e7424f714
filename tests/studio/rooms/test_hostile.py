"""Hostile pages are refused, and the room goes on as if nothing had been; rooms of several processes."""

import asyncio
import json
import random
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import User
from studio.models import Board, BoardMember
from studio.protocol.rooms import MAX_INK, MAX_UPDATE
from studio.rooms import document
from studio.roomtalk import rooms
from studio.roomtalk.consumer import RoomConsumer
from tests.studio.rooms.page import Page, changed, drew, frame, shown

pytestmark = pytest.mark.django_db(transaction=True)

INK = {"type": "ink", "stroke": "s", "layer": "first", "kind": "stroke", "color": "#102030", "size": 4}


async def shared(alice: User, bob: User) -> tuple[Page, Page]:
    """A board with a stroke by alice, on which bob draws, too."""
    board = uuid4()
    hers = await Page.inside(board, alice)
    await hers.draw("one")
    await asyncio.to_thread(BoardMember.objects.create, board_id=board, user=bob, role="draw")
    his = await Page.inside(board, bob)
    return hers, his


async def goes_on(hers: Page, name: str) -> None:
    """The room is unharmed: alice's next stroke is kept, and hers is what is stored."""
    await hers.draw(name)
    board = await Board.objects.aget()
    assert (await board.updates.alast()).seq == board.seq
    assert hers.sees("one", name) and {mark["id"] for mark in shown(hers.doc)} == {"one", name}


async def test_changes_that_are_none_are_refused_and_nobody_notices(alice: User, bob: User) -> None:
    hers, his = await shared(alice, bob)
    forged = document.opened([hers.doc.get_update()], client=hers.doc.client_id)
    other = document.opened([hers.doc.get_update()])
    first, second = changed(other, drew("gap1", bob.pk)), changed(other, drew("gap2", bob.pk))
    bad = {
        "nonsense": (b"nonsense", "bad_update"),
        "another's client id": (changed(forged, drew("x", bob.pk)), "bad_update"),
        "another's name": (changed(document.opened([hers.doc.get_update()]), drew("x", alice.pk)), "bad_update"),
        "a gap": (second, "update_gap"),
        "too large": (bytes(MAX_UPDATE + 1), "too_large"),
    }
    for what, (update, code) in bad.items():
        n = await his.send(update)
        told = await his.wait("rejected")
        assert (told["code"], told["n"]) == (code, n), what
    await his.send(first)
    await his.wait("ack")
    await hers.until(lambda: hers.sees("gap1"))
    assert not [told for told in hers.heard if told["type"] == "bye"]
    await hers.draw("two")
    await his.leave()
    await hers.leave()


async def test_what_is_no_message_is_a_fault_and_many_faults_are_the_end(alice: User, bob: User, settings: Any) -> None:
    settings.PROTOCOL_FAULTS_PER_MINUTE = 6
    hers, his = await shared(alice, bob)
    for text in ("x", "[]", '{"type": "update"}', '{"type": "presence", "page": "x"}', '{"type": "joined"}'):
        await his.socket.send_to(text_data=text)
        assert (await his.wait("rejected"))["code"] in ("invalid_json", "bad_message", "bad_frame")
    await his.socket.send_to(bytes_data=frame({"type": "presence"}, b"x"))
    assert (await his.wait("rejected"))["code"] == "bad_frame"
    assert await his.end() == ("bad_message", 4400)
    assert (await hers.wait("left"))["page"] == his.name
    await goes_on(hers, "two")
    await hers.leave()


async def test_random_bytes_end_nothing_but_their_own_page(alice: User, bob: User, settings: Any) -> None:
    settings.PROTOCOL_FAULTS_PER_MINUTE, settings.ROOM_MESSAGES_BURST = 10_000, 10_000
    hers, his = await shared(alice, bob)
    chance = random.Random(3)
    for _ in range(120):
        data = chance.randbytes(chance.randrange(80))
        if chance.random() < 0.5:
            data = frame({"type": "update", "n": 1}, data)
        await his.socket.send_to(bytes_data=data)
        await his.wait("rejected", "ack")
    await goes_on(hers, "two")
    await his.draw("his")
    await his.leave()
    await hers.leave()


async def test_nobody_can_say_who_they_are_or_speak_for_another(alice: User, bob: User) -> None:
    hers, his = await shared(alice, bob)
    for forged in ({"page": hers.name}, {"by": hers.name}, {"user": alice.pk}, {"name": "alice"}):
        await his.say({"type": "presence", "cursor": [1, 2]} | forged)
        assert (await his.wait("rejected"))["code"] == "bad_message"
        await his.say(INK | forged, b"")
        assert (await his.wait("rejected"))["code"] == "bad_message"
    await his.say({"type": "presence", "cursor": [1, 2]})
    assert (await hers.wait("presence"))["page"] == his.name
    assert not [told for told in hers.heard if told["type"] in ("presence", "ink")]
    await his.leave()
    await hers.leave()


async def test_ink_is_bounded_and_a_flood_of_it_is_the_end(alice: User, bob: User, settings: Any) -> None:
    settings.ROOM_MESSAGES_PER_SECOND, settings.ROOM_MESSAGES_BURST = 0.01, 25
    hers, his = await shared(alice, bob)
    await his.say(INK, bytes(MAX_INK + 1))
    assert (await his.wait("rejected"))["code"] == "too_large"
    for n in range(11):
        await his.say(INK | {"stroke": f"s{n}"}, b"\x00\x00\x00")
    assert (await his.wait("rejected"))["code"] == "rate_limited"
    for _ in range(20):
        await his.say(INK | {"stroke": "s0"}, b"\x00\x00\x00")
    assert await his.end() == ("rate_limited", 4429)
    await hers.wait("left")
    assert len([told for told in hers.heard if told["type"] == "ink"]) <= 25
    await goes_on(hers, "two")
    await hers.leave()


async def test_bytes_without_end_are_a_flood(alice: User, bob: User, settings: Any) -> None:
    settings.ROOM_BYTES_PER_SECOND, settings.ROOM_BYTES_BURST = 1.0, 100_000
    hers, his = await shared(alice, bob)
    for _ in range(3):
        await his.send(bytes(60_000))
    assert await his.end() == ("rate_limited", 4429)
    await goes_on(hers, "two")
    await hers.leave()


async def test_nobody_waits_for_a_page_that_reads_slowly_and_it_hears_all_in_its_order(
    alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    board, read, reading = uuid4(), asyncio.Event(), RoomConsumer.send_all
    hers = await Page.inside(board, alice)
    await hers.draw("one")
    await asyncio.to_thread(BoardMember.objects.create, board_id=board, user=bob, role="draw")

    async def slowly(page: RoomConsumer, frame: bytes) -> None:
        await asyncio.wait_for(read.wait(), 60)
        await reading(page, frame)

    monkeypatch.setattr(RoomConsumer, "send_all", slowly)
    his = await Page.opened(board, bob)
    await his.say({"type": "hello", "version": 1, "client": 5}, b"\x00")
    await hers.wait("joined")
    for name in ("two", "three"):
        await hers.draw(name)
    read.set()
    await his.until(lambda: his.sees("one", "two", "three"))
    seqs = [told["seq"] for told in his.heard if told["type"] == "update"]
    assert seqs == sorted(seqs) and seqs[-1] == 3
    monkeypatch.setattr("studio.roomtalk.consumer.HELD_MOST", 3)
    read.clear()
    third = await Page.opened(board, bob)
    await third.say({"type": "hello", "version": 1, "client": 6}, b"\x00")
    await hers.wait("joined")
    for n in range(5):
        await hers.draw(f"n{n}")
    assert await third.end() == ("rate_limited", 4408)
    read.set()
    for page in (hers, his, third):
        await page.leave()


async def test_who_greets_wrongly_is_not_let_in(alice: User) -> None:
    board = uuid4()
    for hello in ({"version": 9, "client": 1}, {"version": 1}, {"version": 1, "client": -1}):
        page = await Page.opened(board, alice)
        await page.say({"type": "hello", **hello}, b"\x00")
        assert (await page.wait("rejected"))["code"] in ("unsupported_version", "bad_message")
        await page.say({"type": "presence", "cursor": None})
        assert (await page.wait("rejected"))["code"] == "hello_required"
        await page.leave()
    page = await Page.opened(board, alice)
    await page.say({"type": "hello", "version": 1, "client": 4}, b"\xff\xff\xff")
    assert (await page.wait("rejected"))["code"] == "bad_message"
    await page.leave()
    assert not rooms.here().opened


async def test_rooms_of_several_processes_are_one_room(alice: User, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two sets of rooms, which hear of each other through the real Redis only."""
    one, two = rooms.Rooms(), rooms.Rooms()
    monkeypatch.setattr(rooms, "enter", lambda page: (one if page.user == alice else two).enter(page))
    monkeypatch.setattr(rooms, "leave", lambda page: (one if page.user == alice else two).leave(page))
    board = uuid4()
    hers = await Page.inside(board, alice)
    await hers.draw("one")
    await asyncio.to_thread(BoardMember.objects.create, board_id=board, user=bob, role="draw")
    await hers.say({"type": "presence", "cursor": [7, 8]})
    his = await Page.inside(board, bob)
    assert one.opened[board] is not two.opened[board]
    if hers.name not in [person["page"] for person in his.welcomed["people"]]:  # told once it is known
        assert (await his.wait("joined"))["person"]["page"] == hers.name
    assert (await his.wait("presence"))["cursor"] == [7, 8]
    assert (await hers.wait("joined"))["person"]["name"] == "bob"
    await asyncio.gather(*(_draw_some(page) for page in (hers, his)))
    names = [f"{name}{n}" for name in ("alice", "bob") for n in range(8)]
    await asyncio.gather(*(page.until(lambda page=page: page.sees("one", *names)) for page in (hers, his)))
    await his.say(INK, b"\x00\x00\x00")
    assert (await hers.wait("ink"))["by"] == his.name
    # What was lost on the way is noticed at the next change, and read.
    one.opened[board]._inbox.clear()
    one.opened[board].hear = _deaf  # type: ignore[method-assign]
    await his.draw("unheard")
    del one.opened[board].hear
    await his.draw("heard")
    await hers.until(lambda: hers.sees("unheard", "heard"))
    await his.leave()
    assert (await hers.wait("left"))["page"] == his.name
    await hers.leave()
    row = await Board.objects.aget()
    assert len(json.loads(row.document)["layers"][0]["marks"]) == 19


async def _draw_some(page: Page) -> None:
    for n in range(8):
        await page.draw(f"{page.user.username}{n}")


async def _deaf(message: dict[str, Any]) -> None:
    return


async def test_a_deleted_board_closes_its_room_and_an_act_of_the_server_reaches_it(alice: User, bob: User) -> None:
    from studio.commands import boards

    hers, his = await shared(alice, bob)
    board = await Board.objects.aget()
    version = await asyncio.to_thread(_version, board)
    await hers.draw("two")
    await asyncio.to_thread(boards.restore, alice, board.pk, version)
    for page in (hers, his):
        await page.until(lambda page=page: not page.sees("two") and page.sees("one"))
    assert (await his.wait("restored"))["by"] == "alice"
    await hers.draw("three")
    await his.until(lambda: his.sees("three"))
    await asyncio.to_thread(boards.delete, alice, board.pk)
    for page in (hers, his):
        assert await page.end() == ("board_deleted", 4410)


def _version(board: Board) -> int:
    from studio.rooms import folding

    folding.fold(board.pk, version=True)
    return board.versions.get().pk
