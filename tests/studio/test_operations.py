"""The operations page: what it tells, to whom, at what cost; and what operators do, each with its reason, recorded."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Notice, StaffAction, User
from studio import duty, lifecycle, operations, pulse, watching
from studio.commands import generations
from studio.commands import operations as commands
from studio.errors import Refused
from studio.models import Generation, Model, PausedQueue, Pulse, Server, State
from studio.operations import alarms, lines
from studio.protocol import Submit

pytestmark = pytest.mark.django_db
PARAMS = {"prompt": "a secret house", "steps": 4, "count": 1, "width": 64, "height": 64}
# What a snapshot may ask of the database, however much there is.
QUERIES = 11


@pytest.fixture(autouse=True)
def fresh(models: None, redis_server: object) -> None:
    cache.clear()


@pytest.fixture
def olga(db: None) -> User:
    """An operator."""
    person = User.objects.create_user("olga", "olga@example.org", "correct horse battery")
    person.groups.add(Group.objects.get(name="operator"))
    return User.objects.get(pk=person.pk)


def ask(user: User) -> Generation:
    about = {"tool": "text_to_image", "model": "fake", "params": PARAMS}
    return generations.submit(user, Submit(type="submit", id=uuid4().hex, **about))


def worker(name: str = "big:7", queue: str = "gpu", **facts: Any) -> str:
    row = {"kind": f"worker:{queue}", "seen_at": timezone.now(), "host": "big", "pid": 7, "most_rows": 8} | facts
    Pulse.objects.create(name=f"worker:{queue}@{name}", **row)
    return name


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


def test_the_hint_says_how_many_workers_would_do() -> None:
    assert lines.hint(0.0, 2, busy=False) == {"backlog": 0.0, "wanted": 0}
    assert lines.hint(1.0, 0, busy=True) == {"backlog": 1.0, "wanted": 1}
    assert lines.hint(95.0, 2, busy=True) == {"backlog": 47.5, "wanted": 4}


# Who may, and what is done -------------------------------------------------------------------------------------------


def act(client: Client, name: str, target: str, why: str = "because") -> tuple[int, str]:
    answer = client.post(f"/operations/{name}/", {"target": target, "why": why})
    return answer.status_code, answer.json().get("code", "") if answer.status_code != 302 else ""


def record() -> list[tuple[str, str, str, str]]:
    rows = StaffAction.objects.order_by("number")
    return list(rows.values_list("actor", "action", "target_id", "why"))


def test_only_operators_come_in(client: Client, alice: User, mod: User, olga: User) -> None:
    assert client.get("/operations/").status_code == 302
    for person in (alice, mod):
        client.force_login(person)
        assert client.get("/operations/").status_code == 403
        assert client.post("/operations/pause/", {"target": "gpu", "why": "x"}).status_code == 403
        with pytest.raises(Refused, match="forbidden"):
            commands.look(person)
    assert not PausedQueue.objects.exists() and not StaffAction.objects.exists()
    client.force_login(olga)
    page = client.get("/operations/")
    assert page.status_code == 200 and 'id="snapshot"' in page.content.decode()
    assert ">Operations</a>" in client.get("/gallery/").content.decode()
    olga.groups.clear()
    with pytest.raises(Refused, match="forbidden"):
        commands.look(olga)
    assert client.get("/operations/").status_code == 403


def test_with_a_second_factor_required_an_operator_without_one_stays_outside(
    client: Client, olga: User, settings: Any
) -> None:
    settings.STAFF_SECOND_FACTOR = True
    client.force_login(olga)
    assert client.get("/operations/").status_code == 403


def test_a_worker_is_drained_and_taken_up_again(client: Client, olga: User) -> None:
    name = worker()
    worker(queue="gpu-large")
    client.force_login(olga)
    assert act(client, "drain", name) == (200, "")
    assert Pulse.objects.filter(drain_at=None).count() == 0, "with all its queues"
    assert operations.make()["workers"][0]["state"] == "asked"
    assert act(client, "drain", name) == (409, "not_possible")
    assert act(client, "go_on", name, "it is well") == (200, "")
    assert act(client, "forget", name) == (409, "not_possible"), "it lives"
    Pulse.objects.update(seen_at=timezone.now() - timedelta(minutes=1))
    assert act(client, "forget", name) == (200, "") and not Pulse.objects.exists()
    assert act(client, "drain", name) == (404, "not_found")
    told = [("olga", f"worker_{done}", name, why) for done, why in
            (("drain", "because"), ("go_on", "it is well"), ("forget", "because"))]  # fmt: skip
    assert record() == told


def test_a_queue_is_paused_and_goes_on(client: Client, olga: User, alice: User) -> None:
    row = ask(alice)
    client.force_login(olga)
    assert act(client, "pause", "gpu", "  new   driver ") == (200, "")
    assert lifecycle.claim("gpu") is None
    (queue,) = [queue for queue in operations.make()["queues"] if queue["name"] == "gpu"]
    assert queue["paused"] and queue["paused_why"] == "new driver"
    assert act(client, "pause", "gpu") == (409, "not_possible")
    assert act(client, "resume", "gpu") == (200, "") and lifecycle.claim("gpu").pk == row.pk
    assert act(client, "resume", "gpu") == (409, "not_possible")
    assert act(client, "pause", "no such thing") == (404, "not_found")
    assert [row[1] for row in record()] == ["queue_pause", "queue_resume"]


def test_a_generation_is_cancelled_and_its_owner_told_why(client: Client, olga: User, alice: User) -> None:
    row = ask(alice)
    client.force_login(olga)
    assert act(client, "cancel", str(row.pk), "it blocks the others") == (200, "")
    row.refresh_from_db()
    assert row.state == State.CANCELLED and row.refunded == row.cost
    assert Notice.objects.get(user=alice).params == {"why": "it blocks the others"}
    assert act(client, "cancel", str(row.pk)) == (409, "already_finished")
    assert Notice.objects.count() == 1
    for wrong in ("x", str(uuid4()), ""):
        assert act(client, "cancel", wrong) == (404, "not_found")
    assert record() == [("olga", "generation_cancel", str(row.pk), "it blocks the others")]


def test_a_generation_is_put_back_where_its_model_belongs_now(client: Client, olga: User, alice: User) -> None:
    row = ask(alice)
    claimed = lifecycle.claim("gpu")
    Model.objects.filter(name="fake").update(queue="gpu-large")
    client.force_login(olga)
    assert act(client, "requeue", str(row.pk)) == (200, "")
    row.refresh_from_db()
    assert (row.state, row.queue) == (State.QUEUED, "gpu-large")
    assert not lifecycle.renew(claimed)
    (done,) = StaffAction.objects.all()
    assert done.before == {"state": "running", "queue": "gpu"} and done.after["queue"] == "gpu-large"


def test_nothing_is_done_without_a_reason_or_by_another_name(client: Client, olga: User) -> None:
    client.force_login(olga)
    assert act(client, "pause", "gpu", "   ") == (422, "reason_required")
    assert act(client, "explode", "gpu") == (404, "unknown_act")
    assert client.get("/operations/pause/").status_code == 405
    assert Client(enforce_csrf_checks=True).post("/operations/pause/").status_code == 403
    assert not PausedQueue.objects.exists() and record() == []


def test_an_operator_sees_where_the_time_of_anybodys_generation_went(client: Client, olga: User, alice: User) -> None:
    row = ask(alice)
    client.force_login(olga)
    html = client.get(f"/operations/generations/{row.pk}/").content.decode()
    assert "Waiting" in html and "secret" not in html
    assert client.get(f"/operations/generations/{uuid4()}/").status_code == 404


# Live ----------------------------------------------------------------------------------------------------------------


class Page:
    """An open page that notes what it is told."""

    language = "en"

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
