"""What one picture asks of the database where nobody else is: putting questions together is most of what the studio
costs beside the model, so their number is held."""

import sys
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from config.celery import app
from studio import tasks
from studio.commands import generations
from studio.models import Generation, State
from studio.news import events, pulse
from studio.protocol import Submit
from studio.queue import leases, lifecycle, line, queueing

pytestmark = pytest.mark.database
PARAMS = {"prompt": "x", "steps": 4, "count": 1, "width": 64, "height": 64}


@pytest.fixture(autouse=True)
def studio(models: None, redis_server: object, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    pulse.beat("worker:gpu")
    monkeypatch.setattr(tasks, "ring", lambda queue: None)


def ask(user: User) -> Generation:
    about: dict[str, Any] = {"tool": "text_to_image", "model": "fake", "params": PARAMS}
    return generations.submit(user, Submit(type="submit", id=uuid4().hex, **about))


def test_a_picture_asks_few_questions(alice: User, django_assert_max_num_queries: Any) -> None:
    generations.submit(alice, Submit(type="submit", id="first", tool="text_to_image", model="fake", params=PARAMS))
    first = lifecycle.claim("gpu")
    assert first is not None
    lifecycle.fail(first, "engine_failed", {})  # whatever is asked once a process is asked
    with django_assert_max_num_queries(32):
        ask(alice)
    with django_assert_max_num_queries(14):
        claimed = lifecycle.claim("gpu")
    assert claimed is not None
    with django_assert_max_num_queries(1):
        assert not leases.check(claimed)
    with django_assert_max_num_queries(12):
        assert lifecycle.finish(claimed, 0.1, list)


def test_a_look_at_an_empty_line_is_one_question_and_no_transaction(alice: User) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert lifecycle.claim("gpu") is None and line.tell("gpu") == 0
    assert len(asked) == 2
    assert all(query["sql"].startswith("SELECT 1 ") for query in asked)


def test_who_comes_alone_is_told_its_place_once_and_others_theirs(
    alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[tuple[int, str]] = []
    monkeypatch.setattr(events, "publish", lambda owner_id, told: said.append((owner_id, told["type"])))
    with line_told() as places:
        ask(alice)
    assert places == [(1, "next")] and said == []
    ask(bob)
    assert said == [(alice.pk, "stage"), (bob.pk, "stage")]


class line_told:  # noqa: N801  reads like a function
    """Collects the places that queued events tell, inside."""

    def __enter__(self) -> list[tuple[int, str]]:
        self._places: list[tuple[int, str]] = []
        events.recorded.connect(self._hear)
        return self._places

    def __exit__(self, *error: object) -> None:
        events.recorded.disconnect(self._hear)

    def _hear(self, payload: dict[str, Any], **rest: Any) -> None:
        view = payload["generation"]
        self._places.append((view["position"], view["wait"]["code"]))


def test_a_short_line_is_read_as_a_long_one_is(alice: User, bob: User, mod: User) -> None:
    rows = [ask(user) for user in (alice, alice, bob, mod, alice)]
    waiting = Generation.objects.filter(queue="gpu", state=State.QUEUED)
    assert {row.id for row in queueing._first(waiting, 9)} == {row.pk for row in rows}
    one_each = {row.id for row in queueing._first(waiting, 1)}
    assert one_each == {rows[0].pk, rows[2].pk, rows[3].pk}
    order = [row.id for row in queueing.in_order("gpu", 5)[0]]
    assert order == [row.id for row in queueing.in_order("gpu", 4)[0]] + order[4:]


def test_numbers_have_no_gap_whoever_counts_first(alice: User, bob: User) -> None:
    for user in (alice, alice, bob):
        ask(user)
    assert (events.head(alice.pk), events.head(bob.pk)) == (2, 1)


def test_celery_leaves_connections_to_django() -> None:
    assert app.conf.get("CELERY_DB_REUSE_MAX") == sys.maxsize
