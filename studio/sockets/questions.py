"""What one page wants, in its order: commands one after the other, and questions beside them, for a command may wait
long for a busy database. Channels hands a page its next message only when the last one is done with."""

import asyncio
from collections import deque
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


class InTurn(Generic[Question]):
    """Carries out one after the other what is asked for, without keeping the page from hearing the next; when `most`
    wait, it does keep it: a page's memory is bounded."""

    def __init__(self, carry_out: Callable[[Question], Coroutine[Any, Any, None]], most: int = 32) -> None:
        self._carry_out, self._most = carry_out, most
        self._waiting: deque[Question] = deque()
        self._running: asyncio.Task[None] | None = None

    async def ask(self, question: Question) -> None:
        if len(self._waiting) >= self._most:
            await self.done()
        self._waiting.append(question)
        if self._running is None:
            self._running = asyncio.create_task(self._run())

    async def done(self) -> None:
        """Return when nothing waits any more."""
        if self._running:
            await asyncio.wait([self._running])

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._carry_out(self._waiting.popleft())
        finally:
            self._running = None
