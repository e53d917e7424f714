"""Every change of state happens once, only from where it may, and with its event."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from studio import tools
from studio.models import Event, Generation, Model, State
from studio.news import events
from studio.queue import leases, lifecycle, queueing

PARAMS = {"prompt": "x", "steps": 2, "count": 1}


@pytest.fixture
def queued(alice, models):
    return lambda command="one", owner=alice: lifecycle.submit(
        owner.pk,
        command,
        tool=tools.find("text_to_image"),
        model=Model.objects.get(name="fake"),
        params=PARAMS,
        inputs={},
    )


def kinds(user) -> list[str]:
    return [event.payload["type"] for event in Event.objects.filter(owner=user).order_by("seq")]


def expire(generation: Generation) -> None:
    Generation.objects.filter(pk=generation.pk).update(lease_until=Now() - timedelta(seconds=1))


def test_claiming_takes_each_row_once(queued) -> None:
    queued("one")
    queued("two")
    first, second = lifecycle.claim("gpu"), lifecycle.claim("gpu")
    assert first and second and first.pk != second.pk and first.token != second.token
    assert lifecycle.claim("gpu") is None


def test_a_claim_of_another_queue_finds_nothing(queued) -> None:
    queued()
    assert lifecycle.claim("cpu") is None


def test_the_holder_of_an_old_token_changes_nothing(queued, alice) -> None:
    queued()
    old = lifecycle.claim("gpu")
    expire(old)
    assert [g.pk for g in lifecycle.take_back_expired()] == [old.pk]
    new = lifecycle.claim("gpu")
    assert new.attempt == 2
    assert not leases.renew(old)
    assert not lifecycle.finish(old, 1.0, list)
    assert not lifecycle.fail(old, "engine_failed", {})
    assert not lifecycle.cancelled(old)
    assert not lifecycle.release(old)
    with pytest.raises(leases.LeaseLost):
        leases.check(old)
    assert lifecycle.finish(new, 1.0, list)
    assert kinds(alice) == ["queued", "started", "requeued", "started", "finished"]


def test_nothing_is_kept_when_the_lease_is_lost(queued) -> None:
    queued()
    old = lifecycle.claim("gpu")
    expire(old)
    lifecycle.take_back_expired()
    made = []
    assert not lifecycle.finish(old, 1.0, lambda: made.append("work") or [])
    assert made == []


def test_after_three_attempts_it_is_given_up(queued, alice) -> None:
    generation = queued()
    for _ in range(3):
        expire(lifecycle.claim("gpu"))
        lifecycle.take_back_expired()
    generation.refresh_from_db()
    assert (generation.state, generation.error_code) == (State.FAILED, "worker_lost")
    assert kinds(alice)[-1] == "failed"


def test_a_lost_lease_with_a_cancel_request_ends_cancelled(queued) -> None:
    generation = queued()
    expire(lifecycle.claim("gpu"))
    lifecycle.request_cancel(generation)
    lifecycle.take_back_expired()
    generation.refresh_from_db()
    assert generation.state == State.CANCELLED


def test_a_lease_that_holds_is_not_taken_back(queued) -> None:
    queued()
    lifecycle.claim("gpu")
    assert lifecycle.take_back_expired() == []


def test_a_released_generation_is_not_counted_as_tried(queued) -> None:
    queued()
    assert lifecycle.release(lifecycle.claim("gpu"))
    assert lifecycle.claim("gpu").attempt == 1


def test_an_engine_that_died_is_another_try_and_three_are_the_end(queued, alice) -> None:
    queued()
    for attempt in (1, 2, 3):
        generation = lifecycle.claim("gpu")
        assert generation.attempt == attempt
        assert lifecycle.engine_lost(generation, 1.5) is (attempt < 3)
    row = Generation.objects.get(pk=generation.pk)
    assert (row.state, row.error_code, row.device_seconds) == (State.FAILED, "worker_lost", 4.5)
    assert kinds(alice)[-1] == "failed"


def test_an_engine_that_died_changes_nothing_when_the_lease_is_lost_or_the_owner_gave_up(queued) -> None:
    queued()
    old = lifecycle.claim("gpu")
    expire(old)
    lifecycle.take_back_expired()
    assert not lifecycle.engine_lost(old)
    new = lifecycle.claim("gpu")
    lifecycle.request_cancel(new)
    assert not lifecycle.engine_lost(new)
    assert Generation.objects.get(pk=new.pk).state == State.CANCELLED


def test_cancelling_twice_or_after_the_end_changes_nothing(queued, alice) -> None:
    generation = queued()
    assert lifecycle.request_cancel(generation)
    assert not lifecycle.request_cancel(generation)
    assert kinds(alice) == ["queued", "cancelled"]


def test_waiting_too_long_expires(queued, settings) -> None:
    generation = queued()
    settings.QUEUE_EXPIRES_AFTER = -1
    assert lifecycle.expire_waiting() == 1
    generation.refresh_from_db()
    assert (generation.state, generation.error_code) == (State.EXPIRED, "expired")


def test_an_unheard_row_is_rung_for_once_per_interval(queued) -> None:
    generation = queued()
    assert list(queueing.unheard(5)) == []
    Generation.objects.filter(pk=generation.pk).update(rung_at=Now() - timedelta(seconds=6))
    assert list(queueing.unheard(5)) == ["gpu"]
    assert list(queueing.unheard(5)) == []


def test_numbers_are_gapless_per_person(queued, alice, bob) -> None:
    for n in range(5):
        queued(f"a{n}")
        queued(f"b{n}", bob)
    for user in (alice, bob):
        assert list(Event.objects.filter(owner=user).values_list("seq", flat=True)) == [1, 2, 3, 4, 5]
        assert events.head(user.pk) == 5


def test_an_event_cannot_be_written_without_its_state_change(transactional_db) -> None:
    from studio.protocol import Cancelled

    with pytest.raises(AssertionError):
        events.record(1, Cancelled(generation="6f2b6c2e-7b0e-4d3a-9d5e-111111111111"))


def test_replay_gives_what_is_missing_or_says_that_it_cannot(queued, alice, settings) -> None:
    for n in range(4):
        queued(f"a{n}")
    assert [e["seq"] for e in events.replay(alice.pk, 2)] == [3, 4]
    assert events.replay(alice.pk, 4) == []
    assert events.replay(alice.pk, 9) is None
    settings.EVENTS_KEPT = 2
    events.purge()
    assert events.replay(alice.pk, 0) is None
    assert [e["seq"] for e in events.replay(alice.pk, 2)] == [3, 4]


@pytest.mark.django_db(transaction=True)
def test_one_command_sent_by_many_at_once_is_one_row(queued, alice) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    def send(_n: int) -> str:
        try:
            return str(queued("same").pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(send, range(16)))) == 1
    assert kinds(alice) == ["queued"]
