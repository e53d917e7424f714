"""Frames of live boards in the step loop: the newest of a board is made, and what it replaced is gone at once."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from studio.engines.base import Cancelled
from studio.job import Job
from tests.studio.engines.driven import Driven, difference, heard, stock


def frame(job: Job, revision: int, owner: str = "alice", board: str = "b") -> Job:
    return replace(job, lane="live", owner=owner, board=board, revision=revision)


def test_a_newer_frame_takes_the_older_ones_place_between_two_steps(ask_tiny: Callable[..., Job]) -> None:
    older, newer = frame(ask_tiny(steps=9, seed=1), 1), frame(ask_tiny(steps=3, seed=2), 2)
    batcher = Driven(older.model)
    first = batcher.ask(older)
    for _ in range(4):
        batcher.turn()
    second = batcher.ask(newer)
    batcher.turn()
    assert [run.request.job.revision for run in batcher.runs] == [2]
    with pytest.raises(Cancelled):
        heard(first, older)
    batcher.run_out()
    assert difference(heard(second, newer), stock(newer)) <= 2


def test_a_frame_that_was_overtaken_on_its_way_is_not_begun(ask_tiny: Callable[..., Job]) -> None:
    older, newer = frame(ask_tiny(seed=1), 1), frame(ask_tiny(seed=2), 2)
    batcher = Driven(older.model)
    second, first = batcher.ask(newer), batcher.ask(older)
    batcher.run_out()
    with pytest.raises(Cancelled):
        heard(first, older)
    assert len(heard(second, newer)) == 1


def test_boards_of_two_people_with_one_name_and_ordinary_pictures_leave_each_other_alone(
    ask_tiny: Callable[..., Job],
) -> None:
    jobs = [frame(ask_tiny(seed=1), 1), frame(ask_tiny(seed=2), 5, owner="bob"), ask_tiny(seed=3), ask_tiny(seed=4)]
    batcher = Driven(jobs[0].model)
    inboxes = [batcher.ask(job) for job in jobs]
    batcher.run_out()
    for job, inbox in zip(jobs, inboxes, strict=True):
        assert difference(heard(inbox, job), stock(job)) <= 2


def test_a_frame_may_be_a_jpeg(ask_tiny: Callable[..., Job]) -> None:
    job = replace(frame(ask_tiny(), 1), media_type="image/jpeg")
    batcher = Driven(job.model)
    inbox = batcher.ask(job)
    batcher.run_out()
    (made,) = heard(inbox, job)
    assert made.media_type == "image/jpeg" and made.data.startswith(b"\xff\xd8\xff")
