"""Operators: only they come in, and what they do to workers, queues and generations stands in the record, with why."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import Notice, StaffAction, User
from studio import operations
from studio.commands import operations as commands
from studio.models import Model, PausedQueue, Pulse, State
from studio.queue import leases, lifecycle
from studio.words.errors import Refused
from tests.studio.operators import ask, operator, worker

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh(models: None, redis_server: object) -> None:
    cache.clear()


@pytest.fixture
def olga(db: None) -> User:
    return operator()


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
    assert not leases.renew(claimed)
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
