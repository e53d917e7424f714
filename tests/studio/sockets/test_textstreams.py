"""The text of a generation as a stream: cut anywhere and resumed it is the same, and it ends with how it ended."""

import asyncio
import random
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.models.functions import Now

from accounts.models import User
from studio.models import Generation, State
from studio.news import events, texts
from studio.process import quick
from studio.sockets import textstreams
from tests.stack.stream import Reader
from tests.studio.sockets.test_streams import Program

pytestmark = pytest.mark.django_db(transaction=True)
TEXT = "".join(f"const größe{n} = '方块 🎈'; // line {n}\n" for n in range(300))


class Text:
    """Puts the text together as a reader does; `feed` takes bytes, which may end anywhere."""

    def __init__(self) -> None:
        self.attempt, self.whole, self.place, self.ended = 0, b"", "", None

    def feed(self, body: bytes) -> None:
        reader = Reader()
        reader.feed(body)
        for place, kind, data in reader.events:
            self.place = place or self.place
            if kind == "begin":
                self.attempt, self.whole = data["attempt"], b""
            elif kind == "text":
                assert (data["attempt"], data["at"]) == (self.attempt, len(self.whole))
                self.whole += data["text"].encode()
            elif kind == "end":
                self.ended = data["generation"]


class Reading(Program):
    """Reads the text of `generation` from `place` on; what it gets is cut off after `most` bytes."""

    def __init__(self, user: Any, generation: Any, place: str = "", most: int = 2**30, query: str = "") -> None:
        super().__init__(user, query=query, **({"last_event_id": place} if place else {}))
        self.scope["path"] = f"/api/v1/generations/{generation}/text"
        self.most = most

    async def __aenter__(self) -> "Reading":
        self.task = asyncio.create_task(textstreams.text_stream(self.scope, self.incoming.get, self._send))
        return self

    async def read(self, text: Text, enough: Any = lambda text: False) -> bytes:
        """Until it is over, cut off, or `enough`; what came goes into `text`."""
        async with self:
            seen = Text()

            def told(_: Program) -> bool:
                seen.__init__()  # type: ignore[misc]
                seen.attempt, seen.whole = text.attempt, text.whole
                seen.feed(self.body[: self.most])
                return bool(self.over or len(self.body) >= self.most or enough(seen))

            await self.until(told)
        text.feed(self.body[: self.most])
        return self.body


@pytest.fixture
def running(alice: User) -> Generation:
    return Generation.objects.create(
        owner=alice, command="one", tool="code_scene", model_name="chat", state=State.RUNNING, attempt=1,
        token=uuid4(), lease_until=Now(), params={"count": 1, "prompt": "x"},
    )  # fmt: skip


def finish(generation: Generation, state: State = State.FINISHED, **more: Any) -> None:
    Generation.objects.filter(pk=generation.pk).update(state=state, finished_at=Now(), **more)


def writer(generation: Generation, attempt: int = 1) -> texts.Writer:
    return texts.Writer(generation.owner_id, generation.pk, attempt)


async def test_cut_at_random_bytes_and_resumed_the_text_is_the_same(alice: User, running: Generation) -> None:
    chance = random.Random(20260)
    pen = writer(running)
    for at in range(0, len(TEXT), 700):
        pen.add(TEXT[at : at + 700])
    await asyncio.to_thread(finish, running)
    for _ in range(6):
        text, cuts = Text(), 0
        while text.ended is None:
            # So that it gets on: more than the greeting, and one piece, are there at some time.
            most = chance.randrange(1, 60_000)
            await Reading(alice, running.pk, text.place, most).read(text)
            cuts += 1
            assert cuts < 200
        assert text.whole.decode() == TEXT and text.ended["state"] == "finished"


async def test_every_place_in_it_gives_the_rest_or_the_whole_from_the_beginning(
    alice: User, running: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "CHUNK", 7)  # pieces that end inside characters
    whole = "aé方🎈" * 4
    writer(running).add(whole)
    await asyncio.to_thread(finish, running)
    data = whole.encode()
    starts = {len(whole[:n].encode()) for n in range(len(whole) + 1)}
    for at in range(len(data) + 2):
        text = Text()
        text.attempt, text.whole = 1, data[:at]
        await Reading(alice, running.pk, f"1-{at}").read(text)
        assert text.whole == data
        assert at in starts or text.place  # elsewhere it began anew
    for odd in ("2-3", "x", "1-", "-1", "1-999999999", "1", "9" * 50):
        text = Text()
        await Reading(alice, running.pk, query=f"last_event_id={odd}").read(text)
        assert text.whole == data, odd


async def test_it_is_told_while_it_is_written_with_its_stages_and_its_end(alice: User, running: Generation) -> None:
    pen = writer(running)
    text = Text()
    async with Reading(alice, running.pk) as reading:
        await reading.until(lambda p: "begin" in p.reader.kinds())
        pen.add("export ")
        await reading.until(lambda p: "text" in p.reader.kinds())
        events.publish(alice.pk, {"type": "stage", "generation": str(running.pk), "stage": "saving"})
        events.publish(alice.pk, {"type": "stage", "generation": str(uuid4()), "stage": "loading"})
        pen.add("default 1")
        await reading.until(lambda p: p.reader.kinds().count("text") == 2)
        await asyncio.to_thread(finish, running, State.FAILED, error_code="engine_broken")
        events.publish(alice.pk, {"type": "failed", "generation": str(running.pk), "seq": 5})
        await reading.until(lambda p: p.over)
    text.feed(reading.body)
    assert text.whole == b"export default 1" and text.ended["error"]["code"] == "engine_broken"
    assert "cannot be used" in text.ended["error"]["message"]
    stages = [data["stage"] for _, kind, data in reading.reader.events if kind == "stage"]
    assert stages == ["saving"] and reading.reader.kinds()[0] in ("generation", "begin")


async def test_another_attempt_begins_the_text_anew_and_lost_news_cost_a_moment(
    alice: User, running: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(textstreams, "LOOK_AGAIN", 0.05)
    writer(running).add("of the first")
    text = Text()
    async with Reading(alice, running.pk) as reading:
        await reading.until(lambda p: "text" in p.reader.kinds())
        monkeypatch.setattr(events, "publish", lambda *lost: None)
        await asyncio.to_thread(Generation.objects.filter(pk=running.pk).update, attempt=2)
        writer(running, 2).add("of the second")
        await reading.until(lambda p: p.reader.kinds().count("text") == 2)
        await asyncio.to_thread(finish, running)
        await reading.until(lambda p: p.over)
    text.feed(reading.body)
    assert (text.attempt, text.whole) == (2, b"of the second")


async def test_what_redis_lost_is_written_and_read_anew(alice: User, running: Generation) -> None:
    pen = writer(running)
    pen.add("one ")
    text = Text()
    async with Reading(alice, running.pk) as reading:
        await reading.until(lambda p: "text" in p.reader.kinds())
        quick.state().delete(texts._key(running.pk, 1))
        pen.add("two")
        pen.add(" three")
        await asyncio.to_thread(finish, running)
        events.publish(alice.pk, {"type": "finished", "generation": str(running.pk), "seq": 5})
        await reading.until(lambda p: p.over)
    text.feed(reading.body)
    assert text.whole == b"one two three"


async def test_bob_and_nobody_learn_nothing_and_only_get_is_answered(
    alice: User, bob: User, mod: User, running: Generation
) -> None:
    for person, status in ((bob, 404), (mod, 404), (AnonymousUser(), 401)):
        async with Reading(person, running.pk) as reading:
            await reading.until(lambda p: p.over)
        assert reading.status == status
    reading = Reading(alice, running.pk)
    reading.scope["method"] = "POST"
    async with reading:
        await reading.until(lambda p: p.over)
    assert reading.status == 405


async def test_a_generation_whose_text_is_gone_ends_at_once(alice: User, running: Generation) -> None:
    await asyncio.to_thread(finish, running)
    text = Text()
    await Reading(alice, running.pk).read(text)
    assert text.whole == b"" and text.ended["state"] == "finished"
