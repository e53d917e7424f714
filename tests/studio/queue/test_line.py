"""What those who wait are told: their place, when they will start, and a reason that is true."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.utils import timezone, translation

from accounts import workshops
from accounts.models import Role, User, Workshop
from studio.commands import generations, reruns
from studio.models import Generation, Pulse, State
from studio.news import events, pulse
from studio.protocol import Submit
from studio.queue import estimates, lifecycle, line
from studio.sockets import telling

pytestmark = pytest.mark.database
PARAMS = {"prompt": "x", "steps": 4, "count": 1, "width": 64, "height": 64}


@pytest.fixture(autouse=True)
def studio(models, redis_server: object) -> None:
    cache.clear()
    pulse.beat("worker:gpu")


def ask(user: User, lane: str = "interactive") -> Generation:
    about: dict[str, Any] = {"tool": "text_to_image", "model": "fake", "params": PARAMS, "lane": lane}
    return generations.submit(user, Submit(type="submit", id=uuid4().hex, **about))


def told(generation: Generation) -> tuple[str, dict[str, Any]]:
    wait = line.places("gpu")[generation.pk].wait
    return wait.code, wait.params


def test_each_reason_is_the_true_one(alice, bob, mod) -> None:
    first, second, his, third = ask(alice), ask(alice), ask(bob), ask(mod)
    assert told(first) == ("next", {})
    assert told(his) == ("others", {"people": 1})
    assert told(third) == ("others", {"people": 2})
    assert told(second) == ("others_and_own", {"people": 2})
    lifecycle.request_cancel(his)
    lifecycle.request_cancel(third)
    assert told(second) == ("own", {})


def test_whoever_has_as_much_running_as_allowed_is_told_so(alice, bob) -> None:
    Role.objects.filter(group__name="member").update(running=1)
    ask(alice)
    lifecycle.claim("gpu")
    waits = ask(alice)
    assert told(waits) == ("running_limit", {"limit": 1})
    assert told(ask(bob)) == ("next", {})
    assert line.places("gpu")[waits.pk].position == 2


def test_a_batch_is_told_that_others_sit_and_wait(alice, bob) -> None:
    batch, single = ask(alice, lane="bulk"), ask(bob)
    assert batch.lane == "bulk"
    assert told(batch) == ("bulk", {}) and told(single) == ("next", {})


def test_where_no_worker_lives_that_is_the_reason(alice) -> None:
    waits = ask(alice)
    Pulse.objects.all().delete()
    assert told(waits) == ("no_worker", {})
    assert line.places("gpu")[waits.pk].starts_in is None


def test_a_frozen_workshop_has_no_place_and_is_in_nobodys_way(mod, alice) -> None:
    ends = timezone.now() + timedelta(days=1)
    school = workshops.make(Workshop(name="School", seats=9, ends_at=ends), mod, images_per_day=99)
    pupil = workshops.join(school, "pupil", "long enough for all")
    waits = ask(pupil)
    workshops.freeze(school, True)
    assert told(waits) == ("workshop_frozen", {}) and line.places("gpu")[waits.pk].position is None
    assert told(ask(alice)) == ("next", {})
    workshops.freeze(school, False)
    assert told(waits) == ("next", {})


def test_whoever_was_passed_for_a_models_sake_is_told(alice, bob) -> None:
    waits = ask(alice)
    ask(bob)
    Generation.objects.filter(pk=waits.pk).update(passed=1)
    assert told(waits) == ("other_model", {})


def ran(owner: User, seconds: float) -> None:
    row = Generation(owner=owner, command=uuid4().hex, tool="text_to_image", model_name="fake", params=PARAMS)
    row.state, row.started_at = State.FINISHED, timezone.now()
    row.finished_at = row.started_at + timedelta(seconds=seconds)
    row.save()
    estimates.learn(row)  # as lifecycle.finish does


def test_the_time_until_it_starts_is_by_measured_ones(alice, bob) -> None:
    first = ask(bob)
    assert line.places("gpu")[first.pk].starts_in is None
    for seconds in (4.0, 5.0, 6.0):
        ran(alice, seconds)
    lifecycle.claim("gpu")
    rows = [ask(alice), ask(alice)]
    Generation.objects.filter(state=State.RUNNING).update(started_at=timezone.now())
    places = line.places("gpu")
    (low, high), (later, latest) = (places[row.pk].starts_in or (0, 0) for row in rows)
    assert 2.0 <= low <= 4.0 and 4.0 <= high <= 6.0
    assert (later, latest) == (pytest.approx(low + 4.0, abs=0.11), pytest.approx(high + 6.0, abs=0.11))


def test_beyond_those_who_are_told_each_change_the_usual_time_counts(alice, bob, monkeypatch) -> None:
    monkeypatch.setattr(line, "TOLD", 1)
    for seconds in (5.0, 5.0, 5.0):
        ran(bob, seconds)
    rows = [ask(alice) for _ in range(4)]
    places = line.places("gpu")
    assert [places[row.pk].starts_in for row in rows] == [(0.0, 0.0), (5.0, 5.0), (10.0, 10.0), (15.0, 15.0)]


def test_a_long_line_is_ranked_once_for_all_who_come_at_the_same_time(alice, bob, monkeypatch) -> None:
    monkeypatch.setattr(line, "TOLD", 1)
    monkeypatch.setattr(line, "_lately", {})
    first, second = ask(alice), ask(bob)
    ranked: list[str] = []
    places = line.places
    monkeypatch.setattr(line, "places", lambda queue: ranked.append(queue) or places(queue))
    for _ in range(3):
        assert line.places_lately("gpu", [first.pk])[first.pk].position == 1
        assert generations.snapshot(bob)[0].generations[0].position == 2
    assert len(ranked) == 1
    third = ask(bob)
    ranked.clear()
    assert line.places_lately("gpu", [third.pk])[third.pk].position == 3, "who is not in it looks anew"
    monkeypatch.setattr(line, "TOLD", 50)
    lifecycle.request_cancel(first)
    monkeypatch.setattr(line, "LATELY", 0.0)
    assert line.places_lately("gpu", [second.pk])[second.pk].position == 1
    assert line._lately == {}, "a short line is always as it is"


def test_the_line_is_told_to_each_and_nothing_where_nobody_waits(alice, bob, monkeypatch) -> None:
    said: list[tuple[int, dict[str, Any]]] = []
    monkeypatch.setattr(events, "publish", lambda owner_id, payload: said.append((owner_id, payload)))
    assert line.tell("gpu") == 0 and said == []
    ask(alice)
    said.clear()
    ask(bob)
    stages = [(owner_id, told["wait"]["code"], told["position"]) for owner_id, told in said if told["type"] == "stage"]
    assert stages == [(alice.pk, "next", 1), (bob.pk, "others", 2)]


def test_the_api_says_it_in_the_readers_words(client, alice, bob) -> None:
    ask(bob)
    mine = ask(alice)
    client.force_login(alice)
    view = client.get(f"/api/v1/generations/{mine.pk}").json()
    assert (view["position"], view["wait"]["code"], view["wait"]["params"]) == (2, "others", {"people": 1})
    assert view["wait"]["message"] == "1 other person comes first"
    client.force_login(bob)
    assert client.get(f"/api/v1/generations/{mine.pk}").status_code == 404
    client.logout()
    assert client.get(f"/api/v1/generations/{mine.pk}").status_code == 401
    lifecycle.request_cancel(mine)
    client.force_login(alice)
    assert client.get(f"/api/v1/generations/{mine.pk}").json()["wait"] is None


def test_events_are_put_into_words_wherever_the_reason_stands() -> None:
    wait = {"code": "running_limit", "params": {"limit": 1}, "message": ""}
    words = "1 of yours is being made, the most at a time"
    assert telling.in_words({"type": "stage", "wait": wait}, "en")["wait"]["message"] == words
    queued = telling.in_words({"type": "queued", "generation": {"wait": wait, "error": None}}, "en")
    assert queued["generation"]["wait"]["message"] == words
    snapshot = telling.in_words({"generations": [{"wait": wait}, {"wait": None}]}, "en")
    assert [view["wait"] and view["wait"]["message"] for view in snapshot["generations"]] == [words, None]
    plain = {"type": "started", "generation": "a"}
    assert telling.in_words(plain, "en") is plain
    assert translation.get_language() == "en"


def test_making_a_work_again_is_a_batchs_work(alice) -> None:
    from gallery.models import Work

    made = ask(alice)
    recipe = {"params": PARAMS, "facts": {}}
    work = Work.objects.create(
        owner=alice,
        generation=made.pk,
        tool="text_to_image",
        model_name="fake",
        seed=7,
        width=8,
        height=8,
        recipe=recipe,
    )
    assert reruns.rerun(alice, work.pk).lane == "bulk"
