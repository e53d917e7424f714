"""Questions of one page that are answered beside its commands, which may wait long for a busy database."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

Question = TypeVar("Question")


class Newest(Generic[Question]):
    """Answers one question at a time; of those that come meanwhile the newest."""

    def __init__(self, answer: Callable[[Question], Coroutine[Any, Any, None]]) -> None:
        self._answer = answer
        self._next: Question | None = None
        self.answering: asyncio.Task[None] | None = None

    def ask(self, question: Question) -> None:
        self._next = question
        if self.answering is None:
            self.answering = asyncio.create_task(self._run())

    def end(self) -> None:
        """Nobody is there any more."""
        self._next = None
        if self.answering:
            self.answering.cancel()

    async def _run(self) -> None:
        try:
            while (question := self._next) is not None:
                self._next = None
                await self._answer(question)
        finally:
            self.answering = None
