"""How much a number of people needs: the sums, and the command over what was measured here."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from studio.models import Generation, Model, State
from studio.operations.capacity import BUSY, Measured, Plan, need

MEASURED = Measured(picture=3.0, draft=0.5, kept=1_000_000)


def test_more_people_need_more_devices_and_nobody_needs_none() -> None:
    assert need(Plan(0, 0), MEASURED).devices == 1
    devices = [need(Plan(people, 20), MEASURED).devices for people in (10, 60, 300)]
    assert devices == [1, 2, 8]
    assert all(found.load / found.devices <= BUSY for found in (need(Plan(n, 20), MEASURED) for n in (10, 60, 300)))


def test_live_boards_take_device_time_with_every_draft() -> None:
    assert need(Plan(0, 0, live=4, drafts=2.0), MEASURED).load == pytest.approx(4.0)


def test_files_are_those_of_a_month_and_those_that_are_saved() -> None:
    found = need(Plan(10, 10, saved=0.5, hours=1), MEASURED)
    assert (found.kept, found.grows) == (3_000_000_000, 18_250_000_000)


def test_a_number_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="below zero"):
        need(Plan(-1, 20), MEASURED)


@pytest.fixture
def model(db: None) -> Model:
    return Model.objects.create(
        name="m", title="M", engine="fake", family="fake", source="m", defaults={"live": {"steps": 4}}, position=0
    )


def told(**options: Any) -> str:
    out = StringIO()
    call_command("capacity", people=30, stdout=out, **options)
    return out.getvalue()


def test_the_command_goes_by_pictures_that_were_made_here(model: Model, alice: Any) -> None:
    for number in range(6):
        Generation.objects.create(
            owner=alice, command=f"c{number}", tool="text_to_image", model=model, model_name="m", queue="gpu",
            params={"steps": 10, "count": 2}, state=State.FINISHED, device_seconds=8.0, finished_at=timezone.now(),
        )  # fmt: skip
    text = told(model="m", live=3)
    assert "takes 4.00 s of the device, a live draft 1.60 s" in text
    assert "devices        8" in text


def test_without_pictures_and_without_the_model_it_says_what_is_missing(model: Model) -> None:
    with pytest.raises(CommandError, match="Only 0 pictures of m"):
        told(model="m")
    with pytest.raises(CommandError, match="no model nothing"):
        told(model="nothing")
