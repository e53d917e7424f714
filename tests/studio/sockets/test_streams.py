"""The event stream: the socket's news as Server-Sent Events, resumed by number, ended when its reader must go."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from accounts.models import User
from accounts.sessions import SessionStore
from studio.news import events
from studio.protocol import Cancelled, PreviewFrame, Progress
from studio.sockets import openpages, streams
from studio.sockets.pacing import Backlog
from tests.stack.stream import Reader

pytestmark = pytest.mark.django_db(transaction=True)
SOME = UUID(int=7)
WAIT = 60


class Program:
    """Reads a stream in this process. `stalled` stands for a network that takes no more."""

    def __init__(self, user: Any, session: Any = None, query: str = "", **headers: str) -> None:
        self.scope = {
            "type": "http", "method": "GET", "path": streams.PATH, "query_string": query.encode(), "cookies": {},
            "headers": [(n.replace("_", "-").encode(), v.encode()) for n, v in headers.items()],
            "client": ("192.0.2.9", 1), "user": user, "session": session or SessionStore(),
        }  # fmt: skip
        self.reader, self.status, self.body, self.over = Reader(), 0, b"", False
        self.arrived, self.incoming = asyncio.Condition(), asyncio.Queue[dict[str, Any]]()
        self.room = asyncio.Event()
        self.room.set()

    async def __aenter__(self) -> "Program":
        self.task = asyncio.create_task(streams.event_stream(self.scope, self.incoming.get, self._send))
        return self

    async def __aexit__(self, *error: object) -> None:
        self.room.set()
        await self.incoming.put({"type": "http.disconnect"})
        await asyncio.wait_for(self.task, WAIT)

    async def until(self, told: Callable[["Program"], Any]) -> None:
        async with self.arrived:
            await asyncio.wait_for(self.arrived.wait_for(lambda: told(self)), WAIT)

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.body += message["body"]
            self.reader.feed(message["body"])
            self.over = not message["more_body"]
        async with self.arrived:
            self.arrived.notify_all()
        if message.get("more_body"):
            await self.room.wait()


def happen(user: User, times: int = 1) -> None:
    with transaction.atomic():
        for _ in range(times):
            events.record(user.pk, Cancelled(generation=SOME))


async def record(user: User, times: int = 1) -> None:
    await asyncio.to_thread(happen, user, times)


def ids(program: Program) -> list[str]:
    return [number for number, kind, _ in program.reader.events if kind == "cancelled"]


def shown(program: Program) -> list[int]:
    """The newest step of the progress and of the preview that arrived."""
    steps = {kind: data["step"] for _, kind, data in program.reader.events if kind in ("progress", "preview")}
    return [steps.get("progress", 0), steps.get("preview", 0)]


async def test_it_begins_with_how_everything_is_and_goes_on_with_what_happens(alice: User, bob: User) -> None:
    await record(alice, 2)
    async with Program(alice) as program:
        await program.until(lambda p: p.reader.events)
        assert program.status == 200 and program.reader.retry >= 1000
        assert program.reader.events[0] == ("2", "snapshot", {"type": "snapshot", "seq": 2, "generations": []})
        await record(bob)
        await record(alice)
        await program.until(ids)
    assert program.reader.events[1:] == [("3", "cancelled", {"type": "cancelled", "seq": 3, "generation": str(SOME)})]


@pytest.mark.parametrize("how", ["header", "query"])
async def test_it_goes_on_after_the_last_event_that_was_read(alice: User, how: str) -> None:
    await record(alice, 3)
    asked: dict[str, Any] = {"last_event_id": "1"} if how == "header" else {"query": "last_event_id=1"}
    async with Program(alice, **asked) as program:
        await program.until(lambda p: len(ids(p)) == 2)
    assert ids(program) == ["2", "3"] and "snapshot" not in program.reader.kinds()


@pytest.mark.parametrize("last", ["99", "x", "-1", "9" * 400])
async def test_a_number_that_is_no_longer_or_never_was_kept_gives_how_everything_is(alice: User, last: str) -> None:
    await record(alice)
    async with Program(alice, last_event_id=last) as program:
        await program.until(lambda p: p.reader.events)
    assert program.reader.kinds()[0] == "snapshot"


async def test_news_that_redis_lost_come_with_the_next_ones_or_at_the_next_heartbeat(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Program(alice) as program:
        await program.until(lambda p: p.reader.events)
        with monkeypatch.context() as lossy:
            lossy.setattr(events, "publish", lambda *lost: None)
            await record(alice, 2)
        await record(alice)
        await program.until(lambda p: len(ids(p)) == 3)
        with monkeypatch.context() as lossy:
            lossy.setattr(events, "publish", lambda *lost: None)
            await record(alice)
        (page,) = openpages.opened[alice.pk]
        await page.heartbeat(4)
        await program.until(lambda p: len(ids(p)) == 4)
        await page.heartbeat(4)
        await program.until(lambda p: p.reader.comments)
    assert ids(program) == ["1", "2", "3", "4"] and program.reader.comments == ["heartbeat 4"]


async def test_a_slow_reader_gets_all_that_counts_and_of_the_rest_the_newest(alice: User, settings: Any) -> None:
    settings.EVENTS_KEPT = 20  # more than that does not wait in memory, it is read from the log again
    async with Program(alice) as program:
        await program.until(lambda p: p.reader.events)
        program.room.clear()
        await record(alice)
        await program.until(ids)
        for step in range(1, 40):
            told = {"generation": SOME, "stage": "denoising", "step": step, "total": 40, "index": 0, "count": 1}
            events.progress(alice.pk, Progress(**told))
            about = {"generation": SOME, "index": 0, "step": step, "total": 40}
            events.preview(alice.pk, PreviewFrame(**about), b"jpeg %d" % step)
            await record(alice)
        (page,) = openpages.opened[alice.pk]
        await page.heartbeat(40)
        program.room.set()
        await program.until(lambda p: len(ids(p)) == 40 and shown(p) == [39, 39])
    assert ids(program) == [str(n) for n in range(1, 41)]
    assert program.reader.kinds().count("progress") < 39
    preview = next(data for _, kind, data in reversed(program.reader.events) if kind == "preview")
    assert preview["data"] == "anBlZyAzOQ=="


async def test_previews_stay_away_where_they_are_not_wanted(alice: User) -> None:
    async with Program(alice, query="previews=0") as program:
        await program.until(lambda p: p.reader.events)
        events.preview(alice.pk, PreviewFrame(generation=SOME, index=0, step=1, total=2), b"jpeg")
        await record(alice)
        await program.until(ids)
    assert program.reader.kinds() == ["snapshot", "cancelled"]


async def test_who_reads_nothing_for_too_long_is_let_go(alice: User, settings: Any) -> None:
    settings.STREAM_WRITE_WITHIN = 0.1
    program = Program(alice)
    program.room.clear()
    async with program:
        await program.until(lambda p: p.over)
    assert alice.pk not in openpages.opened


@pytest.mark.parametrize("stalled", [False, True])
async def test_it_ends_at_once_when_the_log_in_ends_also_while_nothing_is_read(alice: User, stalled: bool) -> None:
    session = SessionStore()
    await asyncio.to_thread(session.save)
    async with Program(alice, session) as program:
        await program.until(lambda p: p.reader.events)
        if stalled:
            program.room.clear()
            await record(alice)
            await program.until(ids)
        events.sign_out(session.session_key)
        await program.until(lambda p: p.over)
    _, kind, data = program.reader.events[-1]
    assert (kind, data["code"]) == ("bye", "signed_out")
    assert alice.pk not in openpages.opened


async def test_suspension_tells_why(alice: User) -> None:
    async with Program(alice) as program:
        await program.until(lambda p: p.reader.events)
        events.sign_out_person(alice.pk, "account_suspended")
        await program.until(lambda p: p.over)
    assert program.reader.events[-1][2]["code"] == "account_suspended"


async def test_streams_count_among_the_open_pages_and_the_oldest_gives_way(alice: User, settings: Any) -> None:
    settings.MAX_SOCKETS_PER_USER = 1
    async with Program(alice) as old:
        await old.until(lambda p: p.reader.events)
        async with Program(alice) as new:
            await new.until(lambda p: p.reader.events)
            await old.until(lambda p: p.over)
    assert old.reader.events[-1][2]["code"] == "too_many_sockets" and new.reader.kinds() == ["snapshot"]


async def test_opened_too_often_it_is_refused_with_the_time_to_wait(alice: User, settings: Any) -> None:
    settings.RATE_FACTOR, settings.RATES = 1.0, settings.RATES | {"connect": (1.0, 0.01)}
    async with Program(alice) as program:
        await program.until(lambda p: p.reader.events)
    async with Program(alice) as program:
        await program.until(lambda p: p.over)
    assert program.status == 429 and b'"retry_after":' in program.body


async def test_while_redis_is_away_programs_are_asked_to_come_again(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*ignored: object) -> None:
        raise ConnectionError("away")

    monkeypatch.setattr(events, "subscribe", away)
    async with Program(alice) as program:
        await program.until(lambda p: p.over)
    assert program.status == 503 and b'"retry_after":' in program.body and alice.pk not in openpages.opened


async def test_nobody_is_refused_and_only_get_is_answered() -> None:
    from django.contrib.auth.models import AnonymousUser

    async with Program(AnonymousUser()) as program:
        await program.until(lambda p: p.over)
    assert program.status == 401 and b'"code":"auth_required"' in program.body
    program = Program(AnonymousUser())
    program.scope["method"] = "POST"
    async with program:
        await program.until(lambda p: p.over)
    assert program.status == 405


def test_of_what_may_be_lost_the_newest_waits_where_it_belongs() -> None:
    backlog = Backlog(2)
    backlog.put_newest("a", "a1")
    assert backlog.put("first")
    backlog.put_newest("a", "a2")
    assert backlog.put("second")
    assert not backlog.put("third")
    assert backlog.take() == ["first", "a2", "second"] and backlog.take() == []
    assert backlog.put("fourth")
