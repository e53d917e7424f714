"""What a client's socket makes of the news: whose they are, what was missed, who reads too slowly. Without a server."""

import asyncio
import json
import uuid
from typing import Any

import pytest
from django.db import connections

from accounts.models import User
from studio.models import ComfyPrompt, Generation, State
from studio.news import events
from studio.protocol import PreviewFrame
from studio.sockets.comfysocket import ComfyConsumer
from studio.values.frames import encode_frame
from tests.policy.belongings import work_of
from tests.studio.comfy.conftest import end
from tests.studio.comfy.graphs import TEXT, changed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("allowed")]
FAKE = changed(changed(TEXT, "1", ckpt_name="fake"), "4", width=64, batch_size=1)
ON_SOCKET = {key: node for key, node in FAKE.items() if key != "7"} | {
    "7": {"class_type": "SaveImageWebsocket", "inputs": {"images": ["6", 0]}}
}


@pytest.fixture
def allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The socket's questions are asked in the test's own transaction."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


class Socket(ComfyConsumer):
    """A socket that has been let in; what it sends is kept."""

    def __init__(self, user: User, sid: str = "me") -> None:
        super().__init__()
        self.database = connections["default"]
        self.scope = {"query_string": f"clientId={sid}".encode(), "user": user, "headers": [], "api_key": None}
        self.sent: list[Any] = []
        self.closed: int | None = None
        self.deaf = False
        asyncio.run(self.connect())
        self.closed = None

    async def close(self, code: int | None = None, reason: str | None = None) -> None:
        self.closed = code

    async def base_send(self, message: dict[str, Any]) -> None:
        if self.deaf:
            await asyncio.sleep(60)
        self.sent.append(json.loads(message["text"]) if "text" in message else message["bytes"])

    async def _ask(self, function: Any, *args: Any) -> Any:
        return function(self.user, *args)

    def hears(self, *messages: dict[str, Any]) -> list[Any]:
        """What is sent in short, until all is quiet."""
        self.sent.clear()
        asyncio.run(self._hears(messages))
        return [short(each) for each in self.sent if not _is_state(each)]

    async def _hears(self, messages: Any) -> None:
        connections["default"] = self.database  # the test's own transaction, which no other task would see
        self.leaving, self.news = False, asyncio.Event()
        telling = asyncio.create_task(self._run())
        await asyncio.sleep(0)
        for message in messages:
            await self.hear(message)
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.02)
        telling.cancel()


def _is_state(each: Any) -> bool:
    return isinstance(each, dict) and each["type"] == "progress_state"


def short(each: Any) -> Any:
    if isinstance(each, bytes):
        return each[:8].hex()
    return each["data"]["node"] if each["type"] == "executing" else each["type"]


def event(kind: str, made: Generation | uuid.UUID, seq: int | None = None, **about: Any) -> dict[str, Any]:
    told = {"type": kind, "generation": str(getattr(made, "pk", made)), **about}
    return {"kind": "event", "event": told | ({"seq": seq} if seq else {})}


def preview(made: Generation) -> dict[str, Any]:
    header = PreviewFrame(generation=made.pk, index=0, step=1, total=2)
    return {"kind": "preview", "picture": f"{made.pk}:0", "frame": encode_frame(header, b"jpeg")}


@pytest.fixture
def prompt_of(program_of: Any) -> Any:
    """`prompt_of(person)`: a prompt of theirs that waits, as (id, generation)."""

    def queued(owner: User, graph: Any = FAKE, client_id: str = "me") -> tuple[str, Generation]:
        prompt_id = program_of(owner).queue(graph, client_id=client_id)["prompt_id"]
        return prompt_id, Generation.objects.get(command=f"comfy-{prompt_id}")

    return queued


LAST = ["execution_success", "status", None]


def test_the_end_is_told_once_even_if_its_news_are_lost(alice: User, prompt_of: Any) -> None:
    prompt_id, made = prompt_of(alice)
    socket = Socket(alice)
    seq = events.head(alice.pk)
    assert socket.hears(event("started", made, seq + 1)) == ["status", "status", "execution_start", "execution_cached"]
    work_of(alice, end(prompt_id).pk)
    asyncio.run(socket.heartbeat(seq + 9))
    told = socket.hears()
    assert told[1:] == ["1", "2", "3", "4", "5", "progress", "6", "7", "executed", *LAST]
    assert ComfyPrompt.objects.get().told
    assert socket.hears(event("finished", made, seq + 10), preview(made)) == ["status"]
    assert Socket(alice).hears() == ["status"], "who comes later is not told once more"


def test_a_gap_in_the_numbers_is_filled_from_the_database(alice: User, prompt_of: Any) -> None:
    socket = Socket(alice)
    assert socket.hears() == ["status"]
    prompt_id, _made = prompt_of(alice)
    end(prompt_id, State.FAILED, error_code="engine_failed")
    told = socket.hears(event("notice", uuid.uuid4(), events.head(alice.pk) + 5))
    assert told[-4:] == ["execution_cached", "execution_error", "status", None]


def test_prompts_of_other_clients_and_other_work_are_not_told(alice: User, bob: User, prompt_of: Any) -> None:
    _id, mine = prompt_of(alice, client_id="other")
    drawn = Generation.objects.create(
        owner=alice, command="c", tool="text_to_image", model_name="fake", params={"steps": 2}
    )
    _id, theirs = prompt_of(bob)
    socket, seq = Socket(alice), events.head(alice.pk)
    told = socket.hears(event("started", mine, seq + 1), preview(mine), preview(drawn), preview(theirs))
    assert told == ["status", "status"], "only how much waits"
    assert socket.hears(event("started", drawn, seq + 2), event("started", theirs, seq + 3)) == ["status"]


def test_a_prompt_of_no_client_is_told_to_all(alice: User, prompt_of: Any) -> None:
    _id, made = prompt_of(alice, client_id="")
    for sid in ("one", "two"):
        assert "execution_start" in Socket(alice, sid).hears(event("started", made, events.head(alice.pk) + 1))


def test_previews_are_told_as_the_client_can_read_them(alice: User, prompt_of: Any) -> None:
    _id, made = prompt_of(alice)
    socket = Socket(alice)
    assert socket.hears(preview(made))[-1] == "0000000100000001"
    socket.tells_previews = True
    assert socket.hears(preview(made))[-1].startswith("00000004")


def test_pictures_that_were_deleted_meanwhile_do_not_stop_the_end(alice: User, prompt_of: Any) -> None:
    prompt_id, _made = prompt_of(alice, ON_SOCKET)
    end(prompt_id)
    assert Socket(alice).hears()[-4:] == ["7", *LAST]


def test_what_ended_long_ago_is_told_nobody(alice: User, prompt_of: Any, settings: Any) -> None:
    prompt_id, _made = prompt_of(alice)
    end(prompt_id)
    settings.EVENTS_KEPT_FOR = -1
    assert Socket(alice).hears() == ["status"]


def test_a_prompt_that_is_lost_and_made_anew_is_told_anew(alice: User, prompt_of: Any) -> None:
    _id, made = prompt_of(alice)
    socket, seq = Socket(alice), events.head(alice.pk)
    step = event("progress", made, stage="denoising", step=1, total=2, index=0)
    socket.hears(event("started", made, seq + 1), step)
    told = socket.hears(event("requeued", made, seq + 2), event("started", made, seq + 3), step)
    assert told.count("1") == 1 and told.count("progress") == 1 and "execution_start" not in told


def test_who_reads_too_slowly_is_closed(alice: User, settings: Any) -> None:
    settings.STREAM_WRITE_WITHIN = 0.01
    socket = Socket(alice)
    socket.deaf = True
    socket.hears()
    assert socket.closed == 4408


def test_a_fault_of_ours_closes_it_and_the_client_comes_back(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    socket = Socket(alice)
    monkeypatch.setattr(Socket, "_catch_up", None)
    socket.hears()
    assert socket.closed == 1011


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"kind": "signed_out", "code": "signed_out"}, 4401),
        ({"kind": "signed_out", "code": "account_suspended"}, 4403),
        ({"kind": "limits_changed"}, None),
    ],
)
def test_who_may_not_stay_is_told_by_the_code(message: dict[str, Any], code: int | None, alice: User) -> None:
    socket = Socket(alice)
    socket.hears(message)
    assert socket.closed == code


@pytest.mark.parametrize(("said", "code"), [(["x" * 70_000], 4400), (["[1]"] * 10, 4400), (['{"a":1}'] * 70, 4429)])
def test_who_says_what_nobody_wants_is_closed(said: list[str], code: int, alice: User) -> None:
    socket = Socket(alice)
    for each in said:
        asyncio.run(socket.receive(each))
    assert socket.closed == code


def test_only_the_first_message_agrees_on_features(alice: User) -> None:
    flags = json.dumps({"type": "feature_flags", "data": {"supports_preview_metadata": True}})
    first, second = Socket(alice), Socket(alice)
    asyncio.run(first.receive(flags))
    assert first.tells_previews and first.sent[0]["data"]["supports_preview_metadata"] is True
    asyncio.run(second.receive('{"type": "hello"}'))
    asyncio.run(second.receive(flags))
    assert not second.tells_previews and not second.sent
