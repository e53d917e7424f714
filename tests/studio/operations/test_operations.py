"""The snapshot of how the studio does: what it tells, at what cost, its alarms; and who watches it live."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from studio import operations, reconciler
from studio.models import Generation, Model, PausedQueue, Pulse, Server, State
from studio.news import pulse
from studio.operations import alarms, lines
from studio.queue import lifecycle
from studio.sockets import watching
from studio.words.errors import Refused
from studio.worker import duty
from tests.studio.operators import ask, operator, worker

pytestmark = [pytest.mark.django_db, pytest.mark.database]
# What a snapshot may ask of the database, however much there is.
QUERIES = 11


@pytest.fixture(autouse=True)
def fresh(models: None, redis_server: object) -> None:
    cache.clear()


@pytest.fixture
def olga(db: None) -> User:
    return operator()


# What it tells -------------------------------------------------------------------------------------------------------


def test_it_tells_workers_queues_people_models_and_what_is_being_made(alice: User, bob: User) -> None:
    facts = {"device": "cuda:0 NVIDIA H200", "device_memory": 5 << 30, "device_total": 140 << 30, "rows": 3}
    worker(in_memory=["fake"], state="busy", **facts)
    worker(queue="gpu-large", **facts)
    Model.objects.filter(name="tiny").update(queue="cpu-slow")
    ask(alice), ask(alice), ask(bob)
    claimed = lifecycle.claim("gpu")
    told = operations.make()
    (one,) = told["workers"]
    assert (one["name"], one["queues"], one["rows"], one["most"]) == ("big:7", ["gpu", "gpu-large"], 3, 8)
    assert one["device"].endswith("H200") and one["device_memory"] == 5 << 30
    queues = {queue["name"]: queue for queue in told["queues"]}
    assert list(queues) == ["gpu", "gpu-large", "cpu", "cpu-slow", "remote"]
    assert queues["gpu"]["waiting"] == {"interactive": 2, "bulk": 0} and queues["gpu"]["running"] == 1
    assert queues["gpu"]["work"] > 0 and queues["gpu"]["workers"] == 1 and queues["gpu"]["wanted"] >= 1
    assert queues["cpu-slow"]["wanted"] == 0
    assert told["models"] == [{"name": "fake", "waiting": 2, "running": 1}]
    assert {row["name"] for row in told["people"]} == {"alice", "bob"}
    assert [row["id"] for row in told["running"]] == [str(claimed.pk)] and len(told["waiting"]) == 2
    assert "secret" not in str(told)


def test_times_are_those_of_the_last_hour(alice: User) -> None:
    for seconds in (1, 2, 3, 4, 60):
        row, ended = ask(alice), timezone.now()
        began = ended - timedelta(seconds=seconds)
        about = {"created_at": began - timedelta(seconds=1), "started_at": began, "finished_at": ended}
        Generation.objects.filter(pk=row.pk).update(state=State.FINISHED, device_seconds=0.5, **about)
    failed = ask(alice)
    Generation.objects.filter(pk=failed.pk).update(state=State.FAILED, finished_at=timezone.now(), error_code="x")
    (pace,) = operations.make()["paces"]
    assert (pace["model"], pace["finished"], pace["failed"], pace["middle"], pace["slow"]) == ("fake", 5, 1, 3.0, 60.0)
    assert pace["waited"] == 1.0 and pace["device"] == 2.5
    ended = operations.make()["ended"]
    assert len(ended) == 6 and {row["error"] for row in ended} == {"", "x"}


def test_a_snapshot_costs_the_same_however_much_there_is(alice: User, bob: User) -> None:
    operations.make()
    for n in range(6):
        worker(f"w{n}:1", pid=n)
        ask(alice if n % 2 else bob)
        lifecycle.claim("gpu")
    Server.objects.create(name="far", kind="comfyui", base_url="http://far:1")
    cache.clear()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        operations.make()
    assert len(asked) <= QUERIES, [query["sql"][:80] for query in asked]


def test_many_who_look_at_once_cost_one_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    real = operations.make
    monkeypatch.setattr(operations, "make", lambda: made.append(1) or real())
    first = operations.snapshot()
    assert operations.snapshot() == first and made == [1]
    monkeypatch.setattr(operations, "FRESH", 0.0)
    cache.add(operations.LOCK, 1, 5)
    assert operations.snapshot() == first and made == [1], "somebody makes one just now"
    cache.delete(operations.LOCK)
    operations.snapshot()
    assert made == [1, 1]


def test_each_alarm_is_raised_by_what_it_says_and_by_nothing_else(alice: User, settings: Any) -> None:
    def codes() -> set[str]:
        cache.clear()
        return {alarm["code"] for alarm in operations.make()["alarms"]}

    assert codes() == {"no_reconciler"}
    pulse.beat("reconciler")
    assert codes() == set()
    row = ask(alice)
    assert codes() == {"no_worker"}
    name = worker()
    assert codes() == set()
    Generation.objects.filter(pk=row.pk).update(created_at=Now() - timedelta(seconds=settings.ALARM_WAIT + 60))
    assert codes() == {"waits_long"}
    PausedQueue.objects.create(name="gpu")
    assert codes() == {"queue_paused"}
    PausedQueue.objects.all().delete()
    Generation.objects.all().delete()
    settings.QUEUE_MAX = 1
    ask(alice)
    assert codes() == {"queue_full"}
    Generation.objects.all().delete()
    Pulse.objects.filter(name__endswith=name).update(device="cuda:0", device_memory=99, device_total=100)
    assert codes() == {"device_full"}
    silent = timezone.now() - timedelta(seconds=40)
    Pulse.objects.filter(name__endswith=name).update(seen_at=silent, running=[{"generation": "x"}])
    assert codes() == {"worker_silent"}
    Pulse.objects.filter(name__endswith=name).delete()
    Server.objects.create(name="far", kind="comfyui", base_url="http://f:1", open_until=timezone.now() + timedelta(60))
    assert codes() == {"server_away"}
    Server.objects.all().delete()
    for _ in range(alarms.ENOUGH):
        failed = ask(alice)
        Generation.objects.filter(pk=failed.pk).update(state=State.FAILED, finished_at=timezone.now())
    assert codes() == {"model_fails"}


def test_the_beginning_and_the_end_of_an_alarm_are_known() -> None:
    one = {"code": "no_worker", "about": "gpu", "level": "grave"}
    assert alarms.keep([one]) == ({"no_worker gpu"}, set()) and alarms.kept() == ["no_worker gpu"]
    assert alarms.keep([one]) == (set(), set())
    assert alarms.keep([]) == (set(), {"no_worker gpu"})


def test_the_reconciler_keeps_alarms_and_writes_down_what_began_and_what_is_over(
    alice: User, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    pulse.beat("reconciler")
    row = ask(alice)
    caplog.set_level("INFO")
    reconciler.look_for_alarms()
    assert client.get("/readyz").json()["alarms"] == ["no_worker gpu"]
    Generation.objects.filter(pk=row.pk).delete()
    cache.delete(operations.KEY)
    reconciler.look_for_alarms()
    assert client.get("/readyz").json()["alarms"] == []
    told = [line.message for line in caplog.records if "alarm" in line.message]
    assert told == ["alarm: no_worker gpu", "alarm over: no_worker gpu"]


def test_the_hint_says_how_many_workers_would_do() -> None:
    assert lines.hint(0.0, 2, busy=False) == {"backlog": 0.0, "wanted": 0}
    assert lines.hint(1.0, 0, busy=True) == {"backlog": 1.0, "wanted": 1}
    assert lines.hint(95.0, 2, busy=True) == {"backlog": 47.5, "wanted": 4}


# Live ----------------------------------------------------------------------------------------------------------------


class Page:
    """An open page that notes what it is told."""

    language = "en"
    key = None

    def __init__(self, user: User) -> None:
        self.user = user
        self.told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def say(self, payload: dict[str, Any], shared: dict[str, Any] | None = None) -> None:
        await self.told.put(payload)


@pytest.mark.django_db(transaction=True)
async def test_who_watches_is_told_until_the_right_to_it_ends(olga: User, alice: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(watching, "EVERY", 0.05)
    page = Page(olga)
    with pytest.raises(Refused, match="forbidden"):
        await watching.watch(Page(alice), on=True)
    await watching.watch(page, on=True)
    for _ in range(3):
        told = await asyncio.wait_for(page.told.get(), 30)
        assert told["type"] == "operations" and told["snapshot"]["queues"]
    await watching.watch(page, on=False)
    telling = watching._telling
    assert telling is not None
    await asyncio.wait_for(telling, 30)
    assert not watching._watching
    await watching.watch(page, on=True)
    monkeypatch.setattr(watching, "WATCH_LASTS", -1)
    await watching.watch(page, on=True)
    await asyncio.wait_for(watching._telling, 30)  # type: ignore[arg-type]
    assert not watching._watching, "it was not asked for again"


def test_a_worker_in_hand_is_told_by_its_own_row(alice: User) -> None:
    row = ask(alice)
    claimed = lifecycle.claim("gpu")
    with duty.having(claimed):
        pulse.beat("worker:gpu", running=duty.in_hand())
    (one,) = operations.make()["workers"]
    assert one["running"] == [str(row.pk)]
