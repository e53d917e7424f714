"""`GET /api/v1/generations/<id>/text`: what is written for one generation, while it is written, as Server-Sent Events.

The place of a reader is a byte of one attempt's text (`Last-Event-ID: <attempt>-<byte>`), so whoever was cut off goes
on exactly there; the text itself waits in Redis (studio/news/texts.py). On the way it tells how the generation stands.
Bytes out only; docs/scenes.md tells programs how to read it.
"""

import asyncio
import re
from typing import Any
from uuid import UUID

import redis

from studio.commands import generations
from studio.models import TERMINAL
from studio.news import texts
from studio.process import outage
from studio.protocol import GenerationView, Heartbeat
from studio.sockets import openpages
from studio.sockets.handshake import language_of
from studio.sockets.streams import Stream, event_bytes, refuse
from studio.sockets.telling import in_words
from studio.words.errors import Refused

PATH = re.compile(r"/api/v1/generations/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/text", re.ASCII)
PLACE = re.compile(r"(\d{1,5})-(\d{1,9})", re.ASCII)
# How often (s) the row is looked at though nothing was heard: news may be lost.
LOOK_AGAIN = 2.0
# After these it stands otherwise.
TURNS = frozenset({"started", "requeued", "finished", "failed", "cancelled", "expired"})
# What it tells besides the text, the newest of each.
TOLD = frozenset({"stage", "progress"})


class TextStream(Stream):
    """One reader of one generation's text."""

    def __init__(self, scope: dict[str, Any], send: Any, generation: UUID) -> None:
        super().__init__(scope, send)
        self.previews, self._written = False, None
        self._generation = generation
        self._attempt, self._at = place_of(self.asked)
        self._fresh = True
        self._turned = True

    def _hear_event(self, event: dict[str, Any]) -> None:
        if event.get("generation") != str(self._generation):
            return
        self._turned |= event["type"] in TURNS
        if event["type"] in TOLD:
            self._backlog.put_newest(event["type"], event)
        self._news.set()

    async def _tell(self) -> None:
        self._begin()
        self.greeted = True
        view: GenerationView | None = None
        while True:
            self._news.clear()
            if self._turned or view is None:
                self._turned = False
                view = await self._stands()
            for item in self._backlog.take():
                if isinstance(item, Heartbeat):
                    await self._write(item)
                else:
                    await self._put(event_bytes(in_words(item, self.language)))
            await self._write_text()
            await self._flush()
            if view.state in TERMINAL and not self._turned:
                await self._put(event_bytes(self._said(view) | {"type": "end"}))
                return await self._flush()
            try:
                async with asyncio.timeout(LOOK_AGAIN):
                    await self._news.wait()
            except TimeoutError:
                self._turned = True

    async def _stands(self) -> GenerationView:
        """How it stands, told where that is new; a new attempt begins the text anew."""
        view, attempt = await self._ask(_look, self._generation)
        if attempt != self._attempt:
            self._attempt, self._at = attempt, 0
            await self._anew()
        elif self._fresh and not self._at:
            await self._anew()
        if self._fresh and view.state not in TERMINAL:
            await self._put(event_bytes(self._said(view) | {"type": "generation"}))
        self._fresh = False
        return view

    def _said(self, view: GenerationView) -> dict[str, Any]:
        return {"generation": in_words({"generation": view.model_dump(mode="json")}, self.language)["generation"]}

    async def _anew(self) -> None:
        """Whoever reads forgets what came before."""
        await self._put(event_bytes({"type": "begin", "attempt": self._attempt}, f"{self._attempt}-0"))

    async def _write_text(self) -> None:
        """All that is there of the text and was not written yet."""
        while self._attempt:
            try:
                text = await openpages.in_pool(self.language, texts.read, self._generation, self._attempt, self._at)
            except redis.RedisError:
                return  # it goes on from the same place when Redis is back
            if text == "":
                return
            if text is None:  # no such place, or Redis has lost what stood before it
                if not self._at:
                    return
                self._at = 0
                await self._anew()
                continue
            before, self._at = self._at, self._at + len(text.encode())
            told = {"type": "text", "attempt": self._attempt, "at": before, "text": text}
            await self._put(event_bytes(told, f"{self._attempt}-{self._at}"))


async def text_stream(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The application, as studio/sockets/streams.py has one; its address matches PATH."""
    if scope["method"] != "GET":
        return await refuse(scope, send, Refused("method_not_allowed"), {b"allow": b"GET"})
    if not scope["user"].is_authenticated:
        return await refuse(scope, send, scope.get("refused") or Refused("auth_required"))
    found = PATH.fullmatch(scope["path"])
    assert found is not None
    generation = UUID(found[1])
    try:
        await openpages.in_pool(language_of(scope), generations.find, scope["user"], generation)
        await TextStream(scope, send, generation).run(receive)
    except Refused as refused:
        away = Refused("db_busy", retry_after=outage.COME_AGAIN)  # Redis: nobody could be told anything
        await refuse(scope, send, away if refused.code == "internal" else refused)
    return None


def place_of(named: str) -> tuple[int, int]:
    """Attempt and byte, as a reader names them; (0, 0) for anything else: from the beginning."""
    found = PLACE.fullmatch(named)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _look(user: Any, generation: UUID) -> tuple[GenerationView, int]:
    row = generations.find(user, generation)
    return generations.describe_one(user, generation), row.attempt
