"""What a page hears when the server itself fails at something it asked for."""

import asyncio
import json
from typing import Any
from unittest.mock import Mock

import pytest

from studio.gates import presence
from studio.news import events
from studio.protocol import Watch
from studio.sockets import openpages
from studio.sockets.consumers import StudioConsumer
from studio.sockets.questions import InTurn, Newest
from studio.words.errors import Refused


class Faulty(StudioConsumer):
    """A greeted page's consumer in which every command meets a bug."""

    def __init__(self) -> None:
        super().__init__()
        self.timer, self.leaving, self.greeted = Mock(), False, True
        self.told: list[tuple[str, ...]] = []
        self.syncs, self.turns = Newest(self.attempt), InTurn(self.attempt)

    def may_say(self, command: object) -> bool:
        return True

    async def carry_out(self, command: object, blob: bytes | None) -> None:
        raise RuntimeError("a bug")

    async def say_bye(self, code: str, close: str) -> None:
        self.told.append(("bye", code, close))

    async def reject(self, code: str, params: object = None, **about: object) -> None:
        self.told.append(("rejected", code))


def after(message: dict[str, object]) -> list[tuple[str, ...]]:
    async def ask() -> list[tuple[str, ...]]:
        page = Faulty()
        await page.receive(json.dumps(message))
        if page.syncs.answering:
            await asyncio.wait_for(page.syncs.answering, 60)
        await asyncio.wait_for(page.turns.done(), 60)
        return page.told

    return asyncio.run(ask())


@pytest.mark.parametrize(
    "question", [{"type": "hello", "version": 1, "last_seq": None}, {"type": "sync", "last_seq": 3}]
)
def test_a_page_that_cannot_be_told_its_state_is_sent_back_to_ask_again(question: dict[str, object]) -> None:
    assert after(question) == [("bye", "internal", "fault")]


def test_any_other_command_that_fails_leaves_the_page_connected() -> None:
    assert after({"type": "leave", "board": "b"}) == [("rejected", "internal")]


def test_what_was_missed_is_told_beside_a_command_that_waits_and_the_newest_question_last() -> None:
    class Waits(Faulty):
        async def carry_out(self, command: Any, blob: bytes | None) -> None:
            await asyncio.wait_for((told if command.type == "leave" else asked).wait(), 60)
            self.told.append((command.type, str(getattr(command, "last_seq", ""))))
            if len(self.told) == 2:
                told.set()

    async def story() -> list[tuple[str, ...]]:
        page = Waits()
        # Channels gives a page its next message only when the last `receive` has returned.
        await asyncio.wait_for(page.receive(json.dumps({"type": "leave", "board": "b"})), 60)
        for seq in (3, 4, 5):
            await page.receive(json.dumps({"type": "sync", "last_seq": seq}))
            await asyncio.sleep(0)  # the first is being answered when the others come
        asked.set()
        await asyncio.wait_for(page.turns.done(), 60)
        return page.told

    told, asked = asyncio.Event(), asyncio.Event()
    assert asyncio.run(story()) == [("sync", "3"), ("sync", "5"), ("leave", "")]


async def test_commands_are_carried_out_in_their_order_and_only_so_many_wait() -> None:
    async def slowly(n: int) -> None:
        await asyncio.sleep(0)
        done.append(n)

    done: list[int] = []
    turns = InTurn(slowly, most=3)
    for n in range(4):
        await turns.ask(n)
    assert len(done) < 4, "nobody was kept waiting yet"
    await asyncio.wait_for(turns.ask(4), 60)
    assert len(done) >= 3, "it was kept until there was room"
    await asyncio.wait_for(turns.done(), 60)
    assert done == [0, 1, 2, 3, 4]


async def test_no_key_lets_a_program_watch_what_staff_see() -> None:
    program = StudioConsumer()
    program.greeted, program.key = True, Mock(scopes=["generate", "read"])
    with pytest.raises(Refused, match="forbidden"):
        await program.carry_out(Watch(type="watch", what="operations"), None)


@pytest.mark.django_db(transaction=True)  # channels closes stale connections
async def test_a_page_that_the_server_gave_up_waiting_for_is_forgotten_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """It went in the middle of a command, and daphne cancelled what was left of it."""
    at_work = asyncio.Event()

    class Busy(StudioConsumer):
        async def connect(self) -> None:
            self.user, self.key, self.address, self.language = Mock(pk=7), None, "", "en"
            self.place = presence.Socket(7, "", "name")
            self.scope["session"] = Mock(session_key="x")
            self.timer = asyncio.create_task(asyncio.sleep(60))
            self.syncs, self.turns = Newest(self.attempt), InTurn(self.attempt)
            openpages.opened[7] = [self]
            at_work.set()
            await asyncio.sleep(60)

        async def command(self, function: object, *args: object) -> None:
            return None

    async def heard(page: object, user_id: int, session_key: str) -> None:
        ended.append(user_id)

    ended: list[int] = []
    monkeypatch.setattr(events, "unsubscribe", heard)
    incoming: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    await incoming.put({"type": "websocket.connect"})
    page = asyncio.create_task(Busy()({"type": "websocket"}, incoming.get, Mock()))
    working = asyncio.create_task(at_work.wait())
    await asyncio.wait({working, page}, timeout=60, return_when=asyncio.FIRST_COMPLETED)
    assert not page.done(), page.result()
    page.cancel()
    with pytest.raises(asyncio.CancelledError):
        await page
    assert 7 not in openpages.opened
    assert ended == [7]
