"""Where the time of a generation went: measured by the engine's signs, told to its owner and to nobody else."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone

from accounts.models import User
from studio.commands import generations
from studio.job import Preview, Step
from studio.models import Generation, Model
from studio.news import arrivals
from studio.operations import timelines
from studio.process import requestid
from studio.process.stopwatch import MOST_STEPS, Stopwatch
from studio.protocol import Submit
from studio.queue import lifecycle
from studio.worker import runner

PARAMS = {"prompt": "a secret house", "steps": 4, "count": 2, "width": 64, "height": 64}


class Clock:
    """Goes on when it is told."""

    at = 0.0

    def __call__(self) -> float:
        return self.at


def heard(*signs: tuple[float, Step]) -> dict:
    clock = Clock()
    watch = Stopwatch(clock)
    for seconds, step in signs:
        clock.at += seconds
        watch.hear(step)
    return watch.told()


def test_time_belongs_to_what_was_done_in_it() -> None:
    told = heard(
        (0.5, Step("encoding")),  # half a second of loading
        (0.1, Step("denoising", 0, 2)),
        (0.2, Step("denoising", 1, 2)),
        (0.3, Step("denoising", 2, 2)),
        (0.25, Step("decoding", preview=Preview(1, 1, b"..."))),
        (0.0, Step("saving")),
    )
    assert told["stages"] == [["loading", 500], ["encoding", 100], ["denoising", 500], ["decoding", 250]]
    assert told["steps"] == [[200, 300]]


def test_pictures_that_step_together_have_their_steps_each() -> None:
    signs = [(0.1, Step("denoising", step, 3, index=index, count=2)) for step in (1, 2, 3) for index in (0, 1)]
    told = heard((0.0, Step("denoising", 0, 3, index=0)), (0.0, Step("denoising", 0, 3, index=1)), *signs)
    assert told["steps"] == [[100, 200, 200], [200, 200, 200]] and told["stages"] == [["denoising", 600]]


def test_a_sign_of_life_during_a_long_step_is_no_waiting() -> None:
    told = heard(
        (0.2, Step("waiting")), (0.3, Step("denoising", 0, 1)), (1.0, Step("waiting")), (1.0, Step("denoising", 1, 1))
    )
    assert told["stages"] == [["loading", 200], ["waiting", 300], ["denoising", 2000]]


def test_very_many_steps_stand_together() -> None:
    told = heard(*((0.01, Step("denoising", n, 1000)) for n in range(1, 1001)))
    assert told["each"] == 4 and len(told["steps"][0]) <= MOST_STEPS and sum(told["steps"][0]) == 10_000


@pytest.fixture
def made(alice: User, models: None, unhurried: None) -> Generation:
    """One that was asked for and made, by the fake engine."""
    requestid.adopt("request-of-alice")
    about = {"tool": "text_to_image", "model": "fake", "params": PARAMS}
    row = generations.submit(alice, Submit(type="submit", id=uuid4().hex, **about))
    Generation.objects.filter(pk=row.pk).update(created_at=Now() - timedelta(seconds=30))
    assert runner.run_next("gpu", lambda queue: None)
    return Generation.objects.get(pk=row.pk)


@pytest.mark.django_db
def test_what_was_made_says_where_its_time_went(made: Generation) -> None:
    assert made.request_id == "request-of-alice"
    line = timelines.of(made)
    stages = [part.stage for part in line.parts]
    assert stages[0] == "waiting" and stages[-1] == "saving"
    assert [len(picture) for picture in line.steps] == [4, 4]
    assert line.parts[0].seconds >= 30 and abs(sum(part.seconds for part in line.parts) - line.seconds) < 0.05
    assert not line.delivered
    arrivals.note(made.pk)
    arrivals.note(made.pk)
    assert arrivals.write_down() == 1 and arrivals.write_down() == 0
    made.refresh_from_db()
    line = timelines.of(made)
    assert line.delivered and line.parts[-1].stage == "delivery" and 0 <= line.parts[-1].seconds < 30
    before = made.delivered_at
    arrivals.note(made.pk)
    arrivals.write_down()
    made.refresh_from_db()
    assert made.delivered_at == before, "the first time counts"


@pytest.mark.django_db
def test_one_that_waits_runs_or_failed_has_a_line_too(alice: User, models: None) -> None:
    model = Model.objects.get(name="fake")
    about = {"tool": generations.tools.find("text_to_image"), "model": model, "params": PARAMS, "inputs": {}}
    row = lifecycle.submit(alice.pk, "one", **about)
    assert [part.stage for part in timelines.of(row).parts] == ["waiting"]
    claimed = lifecycle.claim("gpu")
    claimed.started_at = timezone.now() - timedelta(seconds=2)
    assert [part.stage for part in timelines.of(claimed).parts] == ["waiting", "making"]
    lifecycle.fail(claimed, "engine_failed", {}, timings={"stages": [["loading", 10]]})
    claimed.refresh_from_db()
    line = timelines.of(claimed)
    assert line.state == "failed" and [part.stage for part in line.parts] == ["waiting", "loading"]


@pytest.mark.django_db
def test_only_its_owner_sees_the_line(client: Client, made: Generation, alice: User, bob: User) -> None:
    page, call = f"/generations/{made.pk}/timeline/", f"/api/v1/generations/{made.pk}/timeline"
    assert client.get(page).status_code == 302 and client.get(call).status_code == 401
    client.force_login(bob)
    assert client.get(page).status_code == client.get(call).status_code == 404
    client.force_login(alice)
    html, told = client.get(page).content.decode(), client.get(call).json()
    assert "<rect" in html and "8 steps" in html and "style=" not in html and "secret" not in html
    assert told["generation"] == str(made.pk) and told["parts"][0]["stage"] == "waiting"
    assert client.get(f"/generations/{uuid4()}/timeline/").status_code == 404
