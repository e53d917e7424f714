"""`GET /api/v1/events`: what the socket tells, as Server-Sent Events. Bytes out only; no ORM and no decisions here.

An ASGI application of its own beside Django's: a stream that is open for hours there would hold a thread and its
connection to the database. What cannot be lost is read from the log again wherever something is missing, so a slow
reader costs a bounded backlog and no more. docs/api.md tells programs how to read it.
"""

import asyncio
import logging
import random
from base64 import b64encode
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.utils import translation

from studio.commands import generations
from studio.news import arrivals
from studio.process import outage, requestid
from studio.protocol import Bye, Heartbeat
from studio.sockets import openpages
from studio.sockets.handshake import language_of
from studio.sockets.pacing import Backlog
from studio.sockets.telling import in_words
from studio.values.frames import encode_text, parts
from studio.words.errors import ERRORS, Refused, text

log = logging.getLogger(__name__)

PATH = "/api/v1/events"
# About how much is written at once (bytes).
CHUNK = 32 * 1024
# After which time a browser comes back (milliseconds): not all of them at the same moment.
RETRY = (1000, 5000)
HEADERS = {
    b"content-type": b"text/event-stream; charset=utf-8",
    b"cache-control": b"no-store, no-transform",
    b"x-accel-buffering": b"no",  # nginx hands on what comes when it comes
    b"x-content-type-options": b"nosniff",
    b"vary": b"Authorization, Cookie",
}


class Stream:
    """One open stream. It is told of news like a page (studio/sockets/openpages.py); `run` writes them."""

    def __init__(self, scope: dict[str, Any], send: Any) -> None:
        self.user, self.key = scope["user"], scope.get("api_key")
        self.session_key = self.key.socket_name if self.key else scope["session"].session_key or ""
        self.language = language_of(scope)
        self.place = openpages.place_of(self.user.pk, scope)
        wanted = parse_qs(scope["query_string"].decode("latin1"))
        named = dict(scope["headers"]).get(b"last-event-id", b"").decode("latin1")
        # What the reader had last, in its words.
        self.asked = named or wanted.get("last_event_id", [""])[0]
        self.previews = wanted.get("previews", ["1"])[0] not in ("0", "false")
        self.greeted = False
        self._send = send
        self._backlog = Backlog(settings.EVENTS_KEPT)
        self._news = asyncio.Event()
        self._buffer = bytearray()
        # The number of the newest event that was written, and whether some did not fit into the backlog.
        self._written = number(self.asked)
        self._behind = False
        self._bye: Bye | None = None
        self._telling: asyncio.Task[None] | None = None

    async def run(self, receive: Any) -> None:
        """Write until the reader goes, or must go. Raises Refused when it may not even begin."""
        await openpages.enter(self)
        try:
            await self._send({"type": "http.response.start", "status": 200, "headers": list(HEADERS.items())})
            self._telling = asyncio.create_task(self._tell())
            if self._bye:  # it had to go before it began
                self._telling.cancel()
            gone = asyncio.create_task(_gone(receive))
            try:
                await asyncio.wait({self._telling, gone}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (self._telling, gone):
                    task.cancel()
            await self._finish()
        finally:
            await openpages.leave(self)

    async def _finish(self) -> None:
        """The last word."""
        try:
            await self._telling  # type: ignore[misc]
        except asyncio.CancelledError:
            pass  # the reader went, or its right to read
        except TimeoutError:
            log.warning("an event stream is read too slowly and was ended")
        except Exception as error:  # noqa: BLE001  the reader comes back, and is told by the log what it missed
            self._end(outage.code_of(error, "an event stream"))
        last = event_bytes(self._bye.model_dump(mode="json")) if self._bye else b""
        await self._send({"type": "http.response.body", "body": last, "more_body": False})

    # News -------------------------------------------------------------------------------------------------------

    async def hear(self, message: dict[str, Any]) -> None:
        """News for this reader, from studio/news/events.py."""
        kind = message["kind"]
        if kind == "signed_out":
            self._end("key_revoked" if self.key and message["code"] == "signed_out" else message["code"])
        elif kind == "give_way" and self.place.name in message["names"]:
            self._end("too_many_sockets")
        elif kind == "event":
            self._hear_event(message["event"])
        elif kind == "preview" and self.greeted and self.previews:
            self._backlog.put_newest(f"preview {message['picture']}", message["frame"])
            self._news.set()

    def _hear_event(self, event: dict[str, Any]) -> None:
        if "seq" in event:
            self._behind |= not self._backlog.put(event)
        elif not self.greeted:
            return
        elif "generation" in event:
            self._backlog.put_newest(f"{event['type']} {event['generation']}", event)
        else:
            self._backlog.put(event)  # a notice, which the bell shows as well
        self._news.set()

    async def heartbeat(self, newest: int) -> None:
        """Written as a comment, which shows both ends that the other is there."""
        self._backlog.put_newest("heartbeat", Heartbeat(seq=newest))
        self._news.set()

    async def say_bye(self, code: str, close: str) -> None:
        """See studio/sockets/openpages.py. Where a page would come back by itself, this one does."""
        if close == "restart" and self._telling:
            self._telling.cancel()
        else:
            self._end(code)

    def _end(self, code: str) -> None:
        with translation.override(self.language):
            self._bye = self._bye or Bye(code=code, message=text(code))
        if self._telling:
            self._telling.cancel()

    # Writing ----------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._buffer += f"retry: {random.randint(*RETRY)}\n\n".encode()  # noqa: S311

    async def _tell(self) -> None:
        self._begin()
        await self._catch_up(self._written)
        self.greeted = True
        while True:
            await self._flush()
            await self._news.wait()
            self._news.clear()
            for item in self._backlog.take():
                await self._write(item)
            if self._behind:
                await self._catch_up(self._written)

    async def _write(self, item: dict[str, Any] | bytes | Heartbeat) -> None:
        """One piece of news. Where its number says that others are missing they come first, from the log."""
        if isinstance(item, bytes):
            return await self._put(_preview(item))
        seq = item.seq if isinstance(item, Heartbeat) else item.get("seq")
        if seq is not None and self._written is not None:
            if seq > self._written + (not isinstance(item, Heartbeat)):
                return await self._catch_up(self._written)
            if seq <= self._written and not isinstance(item, Heartbeat):
                return None
        if isinstance(item, Heartbeat):
            return await self._put(b": heartbeat %d\n\n" % item.seq)
        self._written = self._written if seq is None else seq
        await self._put(event_bytes(in_words(item, self.language)))
        if item["type"] == "finished":
            arrivals.note(item["generation"])
        return None

    async def _catch_up(self, after: int | None) -> None:
        """Everything after that number, or how everything is."""
        self._behind = False
        missed = None if after is None else await self._ask(generations.catch_up, after)
        if missed is None:
            snapshot, frames = await self._ask(generations.snapshot)
            await self._put(event_bytes(in_words(snapshot.model_dump(mode="json"), self.language)))
            for frame in frames if self.previews else ():
                await self._put(_preview(frame))
            self._written = snapshot.seq
            return
        for payload in missed:
            await self._put(event_bytes(in_words(payload, self.language)))
            self._written = payload["seq"]

    async def _ask(self, function: Any, *args: Any) -> Any:
        return await openpages.in_pool(self.language, function, self.user, *args)

    async def _put(self, data: bytes) -> None:
        self._buffer += data
        if len(self._buffer) >= CHUNK:
            await self._flush()

    async def _flush(self) -> None:
        """Hand over what is written, and wait until there is room for more."""
        data, self._buffer = bytes(self._buffer), bytearray()
        if data:
            async with asyncio.timeout(settings.STREAM_WRITE_WITHIN):
                await self._send({"type": "http.response.body", "body": data, "more_body": True})


async def event_stream(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The application. `scope["user"]` is who asks, `scope["api_key"]` the key, if it is a program."""
    if scope["method"] != "GET":
        return await refuse(scope, send, Refused("method_not_allowed"), {b"allow": b"GET"})
    if not scope["user"].is_authenticated:
        return await refuse(scope, send, scope.get("refused") or Refused("auth_required"))
    try:
        await Stream(scope, send).run(receive)
    except Refused as refused:
        away = Refused("db_busy", retry_after=outage.COME_AGAIN)  # Redis: nobody could be told anything
        await refuse(scope, send, away if refused.code == "internal" else refused)
    return None


async def refuse(scope: dict[str, Any], send: Any, refused: Refused, headers: dict[bytes, bytes] | None = None) -> None:
    """An answer in the shape of the API's errors (studio/api/routes.py)."""
    with translation.override(language_of(scope)):
        told: dict[str, Any] = {"code": refused.code, "message": text(refused.code, refused.params)}
    request_id = requestid.chosen(dict(scope["headers"]).get(b"x-request-id", b"").decode("latin1"))
    told |= {"fields": {}, "params": refused.params, "request_id": request_id}
    body = encode_text(told).encode()
    answered = {b"content-type": b"application/json", b"cache-control": b"no-store", b"vary": HEADERS[b"vary"]}
    if "retry_after" in refused.params:
        answered[b"retry-after"] = str(refused.params["retry_after"]).encode()
    answered[b"x-request-id"] = request_id.encode()
    answered |= {b"content-length": str(len(body)).encode()} | (headers or {})
    status = ERRORS[refused.code].status
    await send({"type": "http.response.start", "status": status, "headers": list(answered.items())})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def number(text: str) -> int | None:
    """The number of an event, as a reader names it; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def event_bytes(payload: dict[str, Any], place: str = "") -> bytes:
    """One event as it is written; `place` is its id, where that is not its number."""
    seq = payload.get("seq")
    named = place or ("" if seq is None else str(seq))
    id_line = f"id: {named}\n" if named else ""
    return f"{id_line}event: {payload['type']}\ndata: {encode_text(payload)}\n\n".encode()


def _preview(frame: bytes) -> bytes:
    """A preview: its header with the small picture as base64, since a stream of text carries no bytes."""
    header, image = parts(frame)
    return event_bytes(header | {"data": b64encode(image).decode()})


async def _gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
