"""A worker's row: what it says of itself, how it is drained and taken up again, and when it makes room."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from accounts.models import StaffAction, User
from studio.engines import catalogue
from studio.job import Load
from studio.models import Generation, Pulse, Worker
from studio.news import pulse
from studio.worker import duty, runner, workers

pytestmark = pytest.mark.django_db
MB = 1024 * 1024
LIST = "/admin/studio/worker/"


class Hands:
    """Notes what it is told; `frames` live frames are being made."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.frames = 0

    slots = 8

    def warm(self, models: list[str]) -> None:
        self.told += [f"warm {name}" for name in models]

    def put_down(self) -> None:
        self.told.append("put down")

    def take_up(self) -> None:
        self.told.append("take up")

    def busy(self) -> bool:
        return bool(self.frames)

    def leave(self) -> None:
        self.told.append("leave")


class Engine:
    """A supervised engine of a process that never was."""

    pid = 4_000_000

    def __init__(self) -> None:
        self.told: list[str] = []

    def run(self, job: Any, on_step: Any) -> list[Any]:
        return []

    def warm_up(self) -> None:
        self.told.append("warm up")

    def close(self) -> None:
        self.told.append("close")

    def end_hung(self, job_id: str) -> None:
        self.told.append("end")


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    duty.resting.clear()
    yield
    duty.resting.clear()


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def worker(hands: Hands) -> workers.Worker:
    return workers.Worker(["gpu"], hands)


@pytest.fixture
def made() -> Generation:
    return Generation(
        id=uuid4(), token=uuid4(), tool="text_to_image", model_name="starter", params={"prompt": "secret"}
    )


@pytest.fixture
def root() -> User:
    return User.objects.create_superuser("root", "root@example.org", "correct horse battery")


def row() -> Worker:
    return Worker.objects.get(kind="worker:gpu")


def test_a_worker_says_what_it_makes_with_which_model_and_how_large_it_is(
    worker: workers.Worker, made: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "in_memory", lambda: {"local": frozenset({"starter", "sd15"}), "other": frozenset()})
    worker.look()
    assert (row().kind, row().state, row().running) == ("worker:gpu", "ready", [])
    assert row().memory > 10 * MB and row().pid and row().host and row().version and row().started_at
    with duty.having(made):
        worker.look()
        (told,) = row().running
        assert (row().state, row().in_memory, told["generation"]) == ("busy", ["sd15", "starter"], str(made.pk))
        assert "secret" not in str(row().running)
    worker.look()
    assert (row().state, row().running) == ("ready", [])


def test_frames_of_live_boards_make_it_busy(worker: workers.Worker, hands: Hands) -> None:
    hands.frames = 2
    worker.look()
    assert row().state == "busy"


def test_a_drained_worker_takes_nothing_new_until_that_is_undone(
    worker: workers.Worker, hands: Hands, made: Generation
) -> None:
    worker.look()
    assert pulse.alive("worker:gpu")
    Worker.objects.update(drain_at=timezone.now())
    assert not pulse.alive("worker:gpu"), "at once, before it has said so itself"
    with duty.having(made):
        worker.look()
        assert hands.told == ["put down"] and row().state == "draining"
        assert not runner.run_next("gpu", print)
    worker.look()
    assert hands.told == ["put down"], "it stays, and does not leave"
    Worker.objects.update(drain_at=None)
    worker.look()
    assert hands.told == ["put down", "take up"] and row().state == "ready" and pulse.alive("worker:gpu")


def test_a_new_process_with_an_old_name_is_not_drained(worker: workers.Worker, hands: Hands) -> None:
    pulse.beat("worker:gpu", drain_at=timezone.now())
    worker.look()
    assert row().drain_at is None and hands.told == []


def test_a_worker_that_ends_as_it_should_leaves_no_row(worker: workers.Worker) -> None:
    worker.look()
    worker.end()
    assert not Worker.objects.exists()
    worker._loop()  # it writes nothing more
    assert not Worker.objects.exists()


def test_it_says_what_its_device_does_and_loads_what_it_is_asked_for(
    worker: workers.Worker, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Owner(Engine):
        def load(self) -> Load:
            return Load("cuda:0 NVIDIA H200", 5 * MB, 9 * MB, 3)

    monkeypatch.setattr(catalogue, "_loaded", [Owner()])
    worker.look()
    told = row()
    assert (told.device, told.device_memory, told.device_total, told.rows, told.most_rows) == (
        "cuda:0 NVIDIA H200", 5 * MB, 9 * MB, 3, 8,
    )  # fmt: skip
    Worker.objects.update(warm=["sdxl", "starter"])
    worker.look()
    worker.look()
    assert hands.told == ["warm sdxl", "warm starter"], "once"


def test_a_worker_that_has_grown_finishes_and_leaves(
    worker: workers.Worker, hands: Hands, made: Generation, settings: Any
) -> None:
    settings.WORKER_MEMORY = 1
    with duty.having(made):
        worker.look()
        worker.look()
        assert hands.told == ["put down"] and row().state == "leaving" and not pulse.alive("worker:gpu")
    worker.look()
    worker.look()
    assert hands.told == ["put down", "leave"]


def test_what_does_not_end_does_not_keep_it_for_ever(
    worker: workers.Worker, hands: Hands, made: Generation, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WORKER_MEMORY = 1
    monkeypatch.setattr(workers, "FINISH_WITHIN", 0.01)
    with duty.having(made):
        worker.look()
        time.sleep(0.02)
        worker.look()
        assert hands.told[-1] == "leave"


def test_one_that_is_large_from_its_birth_is_not_started_again_and_again(
    worker: workers.Worker, hands: Hands, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WORKER_MEMORY = 1
    monkeypatch.setattr(duty, "_made", 0)
    worker.look()
    assert hands.told == []


def test_an_engine_that_has_grown_is_replaced_when_nothing_is_in_it(
    worker: workers.Worker, hands: Hands, made: Generation, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, size = Engine(), {None: 100 * MB, Engine.pid: 900 * MB}
    monkeypatch.setattr(catalogue, "_loaded", [engine])
    monkeypatch.setattr(duty, "memory_of", size.get)
    monkeypatch.setattr(duty, "memory_of", lambda pid=None: size[pid])
    monkeypatch.setattr(duty, "_made", 1)
    settings.ENGINE_MEMORY = 500
    with duty.having(made):
        worker.look()
        assert (row().engine_memory, row().state, engine.told) == (900 * MB, "leaving", [])
    worker.look()
    assert engine.told == ["close", "warm up"] and hands.told == ["put down", "take up"]
    size[Engine.pid] = 50 * MB
    worker.look()
    assert (row().state, engine.told) == ("ready", ["close", "warm up"])


def test_a_process_that_is_not_there_holds_nothing() -> None:
    assert duty.memory_of(4_000_000) == 0 < duty.memory_of()


# In the admin --------------------------------------------------------------------------------------------------------


def act(client: Client, action: str) -> str:
    chosen = list(Worker.objects.values_list("pk", flat=True))
    return client.post(LIST, {"action": action, "_selected_action": chosen}, follow=True).content.decode()


def test_staff_see_who_makes_what_since_when(
    client: Client, root: User, worker: workers.Worker, made: Generation
) -> None:
    pulse.beat("reconciler")
    with duty.having(made):
        worker.look()
    client.force_login(root)
    page = client.get(LIST).content.decode()
    assert "text_to_image · starter" in page and f"/generation/{made.pk}/" in page and "secret" not in page
    assert "reconciler" not in page
    assert client.get(f"{LIST}{row().pk.replace(':', '_3A').replace('@', '_40')}/change/").status_code == 200
    assert client.get(f"{LIST}add/").status_code == 403


def test_draining_and_going_on_are_recorded(client: Client, root: User, worker: workers.Worker) -> None:
    worker.look()
    client.force_login(root)
    assert "1 worker is asked to drain." in act(client, "drain")
    assert row().drain_at is not None
    assert "0 workers are asked to drain." in act(client, "drain")
    assert "1 worker takes work again." in act(client, "go_on")
    assert row().drain_at is None
    acts = StaffAction.objects.order_by("number").values_list("action", "actor", "target_id")
    assert list(acts) == [("worker_drain", "root", row().pk), ("worker_go_on", "root", row().pk)]


def test_only_those_that_are_gone_are_forgotten(client: Client, root: User, worker: workers.Worker) -> None:
    worker.look()
    gone = Pulse.objects.create(
        name="worker:gpu@old:7", kind="worker:gpu", seen_at=timezone.now() - timedelta(minutes=1)
    )
    client.force_login(root)
    assert "old · 7" not in client.get(f"{LIST}?state=ready").content.decode()
    assert Worker.objects.count() == 2
    assert [w.pk for w in client.get(f"{LIST}?state=stale").context["cl"].result_list] == [gone.pk]
    assert "1 row is gone." in act(client, "forget_stale")
    assert row().pk != gone.pk
    assert StaffAction.objects.get().target_id == gone.pk


def test_who_may_look_may_not_drain(client: Client, mod: User, alice: User, worker: workers.Worker) -> None:
    worker.look()
    client.force_login(mod)
    assert client.get(LIST).status_code == 403
    mod.user_permissions.add(Permission.objects.get(codename="view_worker"))
    page = client.get(LIST).content.decode()
    assert row().host in page and 'value="drain"' not in page
    act(client, "drain")
    assert row().drain_at is None and not StaffAction.objects.exists()
    mod.user_permissions.add(Permission.objects.get(codename="drain_worker"))
    act(client, "drain")
    assert row().drain_at is not None
    client.force_login(alice)
    assert client.get(LIST).status_code == 302
