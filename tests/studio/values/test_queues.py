"""Queues by capability: models pinned to workers, queues paused and resumed, and generations that are put back."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from studio import reconciler, tasks
from studio.commands import generations, live
from studio.management import devices, processes
from studio.models import Event, Generation, Model, PausedQueue, State
from studio.news import pulse
from studio.protocol import Draw, Submit
from studio.queue import leases, lifecycle, line, mailbox
from studio.values import queues

pytestmark = pytest.mark.django_db
PARAMS = {"prompt": "x", "steps": 4, "count": 1, "width": 64, "height": 64}


@pytest.fixture(autouse=True)
def catalogue(models: None) -> None:
    pulse.beat("worker:gpu")


def ask(user: User) -> Generation:
    about = {"tool": "text_to_image", "model": "fake", "params": PARAMS}
    return generations.submit(user, Submit(type="submit", id=uuid4().hex, **about))


def pin(queue: str) -> Model:
    model = Model.objects.get(name="fake")
    model.queue = queue
    model.full_clean()
    model.save()
    return model


def test_a_pinned_model_is_made_only_by_workers_of_its_queue(alice: User) -> None:
    pin("gpu-large")
    row = ask(alice)
    assert row.queue == "gpu-large" and lifecycle.claim("gpu") is None
    assert line.places("gpu-large")[row.pk].wait.code == "no_worker"
    pulse.beat("worker:gpu-large")
    assert line.places("gpu-large")[row.pk].wait.code == "next"
    assert lifecycle.claim("gpu-large").pk == row.pk


@pytest.mark.parametrize("queue", ["cpu", "remote-fast", "GPU", "gpu large", "gpu-", "other", "gpu-" + "x" * 20])
def test_a_model_cannot_be_pinned_to_workers_that_cannot_run_it(queue: str) -> None:
    with pytest.raises(ValidationError):
        pin(queue)


def test_what_waits_follows_its_model_to_another_queue(alice: User, bob: User) -> None:
    waits, runs = ask(alice), ask(bob)
    Generation.objects.filter(pk=runs.pk).update(state=State.RUNNING)
    assert lifecycle.follow(pin("gpu-large")) == {"gpu-large"}
    assert dict(Generation.objects.values_list("pk", "queue")) == {waits.pk: "gpu-large", runs.pk: "gpu"}
    assert lifecycle.follow(pin("")) == {"gpu"} and lifecycle.follow(pin("")) == set()


def test_live_boards_of_a_pinned_model_go_to_its_workers(alice: User) -> None:
    pin("gpu-large")
    mailbox._listening.cache_clear()
    mailbox.listen("small")
    mailbox.listen("large", "gpu-large")
    draw = {"type": "draw", "board": uuid4().hex, "revision": 1, "kind": "draft", "tool": "text_to_image"}
    live.draw(alice, Draw(**draw, model="fake", params={"prompt": "x"}), None, "page.x")
    assert mailbox.last_worker(alice.pk, draw["board"]) == "large"
    assert mailbox.wait("small", 0.05) is None and mailbox.wait("large", 1).board == draw["board"]
    live.leave(alice, [draw["board"]])
    assert mailbox.wait("large", 1).left
    for name, queue in (("small", "gpu"), ("large", "gpu-large")):
        mailbox.stop_listening(name, queue)


def test_a_paused_queue_begins_nothing_and_says_so(alice: User) -> None:
    row = ask(alice)
    PausedQueue.objects.create(name="gpu")
    assert lifecycle.claim("gpu") is None
    place = line.places("gpu")[row.pk]
    assert (place.position, place.starts_in, place.wait.code) == (1, None, "paused")
    PausedQueue.objects.all().delete()
    assert lifecycle.claim("gpu").pk == row.pk


def test_one_that_is_put_back_is_lost_to_who_has_it(alice: User) -> None:
    row = ask(alice)
    claimed = lifecycle.claim("gpu")
    assert lifecycle.requeue(claimed, "gpu")
    with pytest.raises(leases.LeaseLost):
        leases.check(claimed)
    assert not lifecycle.finish(claimed, 1.0, list)
    row.refresh_from_db()
    assert (row.state, row.attempt, row.token) == (State.QUEUED, 0, None), "that was no attempt"
    assert Event.objects.filter(owner=alice).latest("seq").payload["type"] == "requeued"
    assert lifecycle.requeue(row, "gpu-large") and lifecycle.claim("gpu") is None
    lifecycle.request_cancel(row)
    assert not lifecycle.requeue(row, "gpu")


def test_a_worker_of_several_queues_takes_from_them_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    left, done = {"gpu": 3, "gpu-large": 2, "cpu": 5}, []

    def run_next(queue: str, ring: object) -> bool:
        if not left[queue]:
            return False
        left[queue] -= 1
        done.append(queue)
        return True

    monkeypatch.setattr(tasks.runner, "run_next", run_next)
    monkeypatch.setattr(tasks, "_mine", ["gpu", "gpu-large", "cpu"])
    tasks._run_all("gpu")
    assert done == ["gpu", "gpu-large", "gpu", "gpu-large", "gpu"] and left["cpu"] == 5


def test_no_bells_pile_up_where_nobody_listens(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[str] = []
    monkeypatch.setattr(tasks, "ring", rung.append)
    pin("gpu-large")
    row = ask(alice)
    assert row.queue == "gpu-large"
    rung.clear()

    def unheard() -> list[str]:
        Generation.objects.update(rung_at=timezone.now() - timedelta(minutes=1))
        reconciler.run_once()
        return rung

    assert unheard() == []
    pulse.beat("worker:gpu-large")
    assert unheard() == ["gpu-large"]


def test_queues_have_classes() -> None:
    assert queues.class_of("gpu-large") == "gpu" and queues.has_device("gpu-large") and not queues.has_device("cpu")
    assert queues.at_once("cpu-solid") == queues.at_once("cpu") == 1 and queues.at_once("gpu") > 1000


def test_every_named_queue_has_a_worker_where_the_studio_is_started(settings: object) -> None:
    assert devices.queues(2, [], ["gpu-large", "cpu-slow"]) == ["gpu,gpu-large"] * 2
    assert devices.queues(2, ["gpu", "gpu+gpu-large"]) == ["gpu", "gpu,gpu-large"]
    assert devices.queues(2, ["gpu-large"]) == ["gpu-large"] * 2
    for count, listed in ((2, ["cpu"]), (1, ["gpu", "gpu"]), (1, ["GPU"])):
        with pytest.raises(ValueError, match="BRUSHWIRE_GPU_QUEUES"):
            devices.queues(count, listed)
    found = {worker.name: worker.queue for worker in processes.workers({"gpu-large", "cpu-slow", "remote-b"})}
    assert found == {"gpu": "gpu,gpu-large", "cpu": "cpu,cpu-slow", "remote": "remote,remote-b"}
