"""What a page hears when the server itself fails at something it asked for."""

import asyncio
import json
from unittest.mock import Mock

import pytest

from studio.consumers import StudioConsumer


class Faulty(StudioConsumer):
    """A greeted page's consumer in which every command meets a bug."""

    def __init__(self) -> None:
        super().__init__()
        self.timer, self.leaving = Mock(), False
        self.told: list[tuple[str, ...]] = []

    def may_say(self, command: object) -> bool:
        return True

    async def carry_out(self, command: object, blob: bytes | None) -> None:
        raise RuntimeError("a bug")

    async def say_bye(self, code: str, close: str) -> None:
        self.told.append(("bye", code, close))

    async def reject(self, code: str, params: object = None, **about: object) -> None:
        self.told.append(("rejected", code))


def after(message: dict[str, object]) -> list[tuple[str, ...]]:
    page = Faulty()
    asyncio.run(page.receive(json.dumps(message)))
    return page.told


@pytest.mark.parametrize(
    "question", [{"type": "hello", "version": 1, "last_seq": None}, {"type": "sync", "last_seq": 3}]
)
def test_a_page_that_cannot_be_told_its_state_is_sent_back_to_ask_again(question: dict[str, object]) -> None:
    assert after(question) == [("bye", "internal", "fault")]


def test_any_other_command_that_fails_leaves_the_page_connected() -> None:
    assert after({"type": "leave", "board": "b"}) == [("rejected", "internal")]
