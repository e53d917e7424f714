"""What tests ask of the fake engine in words."""

from pathlib import Path

import pytest

from studio.engines.base import Cancelled
from studio.engines.fake import FakeEngine
from studio.job import Job, ModelRef, Step
from tests.studio.engines.conftest import job_for


def held(path: Path) -> Job:
    ask = job_for(ModelRef("fake", "fake", "fake"), 64)
    return ask("text_to_image", prompt=f"until:{path} a hill", steps=6)


def test_picture_stays_half_way_until_a_file_is_there(tmp_path: Path) -> None:
    told: list[int] = []

    def hear(step: Step) -> None:
        told.append(step.step)
        if told.count(2) == 3:
            (tmp_path / "go").touch()

    (made,) = FakeEngine().run(held(tmp_path / "go"), hear)
    assert made.facts["steps"] == 6
    assert sorted(set(told)) == [0, 1, 2, 3, 4, 5, 6] and told.count(2) >= 3


def test_picture_that_is_held_can_be_stopped(tmp_path: Path) -> None:
    told: list[int] = []

    def hear(step: Step) -> None:
        told.append(step.step)
        if told.count(2) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        FakeEngine().run(held(tmp_path / "go"), hear)
    assert max(told) == 2
