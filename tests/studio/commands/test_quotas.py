"""What a person's role allows is kept: at once, in line, in a day, in size and in storage."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.utils import timezone

from accounts import standing
from accounts.models import Role, User
from gallery.models import Work
from studio.commands import generations, live
from studio.models import Generation, LiveDay, Model, State
from studio.protocol import Draw, Submit
from studio.queue import lifecycle, limits, queueing
from studio.words.errors import Refused, text


@pytest.fixture
def ask(models):
    """`ask(user, **params)` submits a picture."""

    def ask(user: User, **params: object) -> Generation:
        asked = {"prompt": "x", "steps": 2, "width": 64, "height": 64} | params
        return generations.submit(
            user, Submit(type="submit", id=uuid4().hex, tool="text_to_image", model="fake", params=asked)
        )

    return ask


def allow(**numbers: object) -> None:
    Role.objects.filter(group__name="member").update(**numbers)


def claimed() -> list[int]:
    owners = []
    while generation := lifecycle.claim("gpu"):
        owners.append(generation.owner_id)
    return owners


def test_nobody_has_more_running_than_their_role_allows(ask, alice, bob) -> None:
    for _ in range(4):
        ask(alice)
    bob.groups.add(Group.objects.get(name="trusted"))
    for _ in range(5):
        ask(bob)
    owners = claimed()
    assert (owners.count(alice.pk), owners.count(bob.pk)) == (2, 4)
    first = Generation.objects.filter(owner=alice, state=State.RUNNING).first()
    assert lifecycle.cancelled(first)
    assert claimed() == [alice.pk]


def test_rows_of_people_at_their_limit_do_not_hide_the_others(ask, alice, bob, monkeypatch) -> None:
    for _ in range(5):
        ask(alice)
    monkeypatch.setattr(queueing, "RANKED", 3)
    ask(bob)
    assert claimed() == [alice.pk, bob.pk, alice.pk] or sorted(claimed()) == []
    assert Generation.objects.filter(owner=bob, state=State.RUNNING).count() == 1


def test_the_next_is_wanted_in_another_queue_too(ask, alice) -> None:
    ask(alice)
    assert queueing.waits_in(alice.pk) == {"gpu"}
    lifecycle.claim("gpu")
    assert queueing.waits_in(alice.pk) == set()


def test_the_line_is_as_long_as_the_role_says(ask, alice, bob) -> None:
    allow(queued=2)
    ask(alice)
    ask(alice)
    with pytest.raises(Refused) as refused:
        ask(alice)
    assert (refused.value.code, refused.value.params) == ("queue_full", {"limit": 2})
    ask(bob)


def test_pictures_a_day_count_when_asked_for_and_come_back_when_they_fail(ask, alice) -> None:
    allow(images_per_day=4)
    first = ask(alice, count=3)
    with pytest.raises(Refused) as refused:
        ask(alice, count=2)
    params = refused.value.params
    assert (refused.value.code, params["what"], params["limit"]) == ("quota_exceeded", "images_per_day", 4)
    assert params["until"] == limits.midnight().isoformat()
    ask(alice)
    lifecycle.request_cancel(first)
    ask(alice, count=3)


def test_yesterdays_pictures_do_not_count(ask, alice) -> None:
    allow(images_per_day=1)
    old = ask(alice)
    Generation.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=1), state=State.FINISHED)
    ask(alice)


def test_device_seconds_a_day_count_those_of_live_drawing(ask, alice) -> None:
    Model.objects.update(cost_weight=6.0 / (0.064 * 0.064 * 2))
    allow(gpu_seconds_per_day=10)
    made = ask(alice)
    assert (made.cost, limits.use_of(alice.pk).gpu_seconds) == (6.0, 6.0)
    Model.objects.update(cost_weight=0.01)
    ask(alice)
    queueing.charge_live({alice.pk: 3.0})
    queueing.charge_live({alice.pk: 1.5})
    assert LiveDay.objects.get().seconds == 4.5
    with pytest.raises(Refused) as refused:
        ask(alice)
    assert refused.value.params["what"] == "gpu_seconds_per_day"
    drawing = Draw(type="draw", board="b1", revision=1, tool="text_to_image", model="fake", params={"prompt": "x"})
    live.forget_admitted()  # another test's person may have had the same number just now
    with pytest.raises(Refused) as refused:
        live.draw(alice, drawing, None, "page.x")
    assert refused.value.params["what"] == "gpu_seconds_per_day"


@pytest.mark.parametrize(
    ("role", "params"),
    [
        ({"max_side": 128}, {"width": 136}),
        ({"max_megapixels": 0.01}, {"width": 128, "height": 128}),
    ],
)
def test_a_picture_larger_than_allowed_is_refused(ask, alice, role, params) -> None:
    allow(**role)
    ask(alice)
    with pytest.raises(Refused) as refused:
        ask(alice, **params)
    assert refused.value.params["what"] == "size" and "until" not in refused.value.params


def test_enlarging_counts_in_the_size(alice) -> None:
    allow(max_side=100)
    from accounts.limits import limits_of

    limits.check_size(limits_of(alice), {"width": 64, "height": 64})
    with pytest.raises(Refused):
        limits.check_size(limits_of(alice), {"width": 64, "height": 64, "upscale": 2})


def test_full_storage_refuses_until_something_is_deleted(ask, alice, bob) -> None:
    allow(storage_bytes=1000)
    work = Work.objects.create(owner=alice, generation=uuid4(), seed=1, width=8, height=8, size=1000)
    cache.delete(f"storage:{alice.pk}")
    with pytest.raises(Refused) as refused:
        ask(alice)
    assert refused.value.params["what"] == "storage"
    ask(bob)
    work.delete()
    ask(alice)


def test_each_quota_has_words_of_its_own() -> None:
    said = {text("quota_exceeded", {"what": what, "limit": 7}) for what in ("", "size", *limits_named())}
    assert len(said) == 5 and all("7" in sentence for sentence in said if "more than" not in sentence)


def limits_named() -> list[str]:
    return ["images_per_day", "gpu_seconds_per_day", "storage"]


@pytest.mark.django_db(transaction=True)
def test_many_requests_at_the_same_moment_do_not_get_past_the_limit(ask, alice) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    allow(queued=3)

    def send(_n: int) -> str:
        try:
            return str(ask(User.objects.get(pk=alice.pk)).pk)
        except Refused as refused:
            return refused.code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, range(9)))
    assert Generation.objects.count() == 3 and answers.count("queue_full") == 6


def test_a_full_studio_says_so_to_everybody_and_when_to_come_again(ask, alice, bob, settings) -> None:
    settings.QUEUE_MAX = 2
    first = ask(alice)
    ask(alice)
    with pytest.raises(Refused) as refused:
        ask(bob)
    assert (refused.value.code, refused.value.params) == ("studio_full", {"retry_after": 60})
    generations.cancel(alice, first.pk)
    ask(bob)


def test_a_suspension_cancels_what_waits_and_runs(ask, alice, bob) -> None:
    running, waiting, his = ask(alice), ask(alice), ask(bob)
    while (generation := lifecycle.claim("gpu")) and generation.pk != running.pk:
        pass
    Generation.objects.filter(pk=waiting.pk).update(state=State.QUEUED, token=None, lease_until=None)
    standing.suspend(alice, None, "spam")
    running.refresh_from_db()
    waiting.refresh_from_db()
    his.refresh_from_db()
    assert running.cancel_requested_at and waiting.state == State.CANCELLED
    assert his.state != State.CANCELLED and not his.cancel_requested_at
