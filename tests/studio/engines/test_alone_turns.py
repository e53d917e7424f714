"""Pictures made alone in the step loop: others' steps run between, one thread works at a time, cancel and trouble."""

import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import torch
from diffusers import FlowMatchEulerDiscreteScheduler

from studio.engines.base import EngineError
from studio.engines.local import alone, messages
from studio.engines.local.messages import Message
from studio.job import Job, Output, Step
from tests.studio.engines.driven import Driven, difference, heard

Ask = Callable[..., Job]


def made_alone(job: Job) -> list[Output]:
    """The pictures of `job` with nobody else there."""
    batcher = Driven(job.model)
    inbox = batcher.ask(job)
    batcher.run_out()
    return heard(inbox, job)


def whose(messages_heard: list[tuple[str, Message]]) -> str:
    """Who made a step, in order: a letter each."""
    return "".join(name for name, told in messages_heard if isinstance(told, Step) and told.step)


def test_steps_of_others_run_between_and_nobody_waits_for_a_whole_picture(
    flowing: Callable[[str], Ask], ask_tiny: Ask
) -> None:
    """Three people take turns: one alone, one in a batch that others share, one alone with another family."""
    jobs = {"f": flowing("flux")(steps=6), "s": ask_tiny(steps=6), "z": flowing("z_image")(steps=6)}
    batcher = Driven(*(job.model for job in jobs.values()))
    told: list[tuple[str, Message]] = []
    for name, job in jobs.items():
        batcher.submit(
            messages.request(replace(job, owner=name)), partial(lambda name, each: told.append((name, each)), name)
        )
    batcher.run_out()
    order = whose(told)
    assert Counter(order) == {"f": 6, "s": 6, "z": 6}
    assert max(len(run) for run in re.findall(r"(?:f+|s+|z+)", order)) <= 2
    done = [each for _name, each in told if isinstance(each, messages.Picture)]
    assert all(picture.facts["seconds"] > 0 for picture in done)


def test_only_one_thread_works_at_a_time(
    flowing: Callable[[str], Ask], ask_tiny: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, most, whole = [0], [0], torch.nn.Linear.forward

    def forward(self: Any, given: torch.Tensor) -> torch.Tensor:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        try:
            return whole(self, given)
        finally:
            inside[0] -= 1

    monkeypatch.setattr(torch.nn.Linear, "forward", forward)
    jobs = [flowing("flux")(count=2), flowing("sd3")(), ask_tiny(count=2)]
    batcher = Driven(*(job.model for job in jobs))
    inboxes = [batcher.ask(job) for job in jobs]
    batcher.run_out()
    assert [len(heard(inbox, job)) for inbox, job in zip(inboxes, jobs, strict=True)] == [2, 1, 2]
    assert most == [1]


@pytest.mark.parametrize("turns", [0, 1, 2, 5])
def test_cancelled_picture_is_gone_before_its_next_step_and_leaves_no_thread(
    turns: int, flowing: Callable[[str], Ask]
) -> None:
    job = flowing("flux")(steps=8, count=2)
    batcher = Driven(job.model)
    told: list[Message] = []
    ticket = batcher.submit(messages.request(replace(job, id="gone")), told.append)
    for _ in range(turns):
        batcher.turn()
    before = len(told)
    batcher.cancel(ticket)
    batcher._hear()
    assert len(told) == before
    assert not batcher.runs
    assert not [thread for thread in threading.enumerate() if "gone" in thread.name]


def test_picture_that_does_not_fit_at_first_begins_anew_when_room_was_made(
    flowing: Callable[[str], Ask], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = flowing("flux")(seed=5, steps=4)
    expected = made_alone(job)
    batcher = Driven(job.model, replace(job.model, dtype="float32"))
    step, made = FlowMatchEulerDiscreteScheduler.step, []

    def full(*given: Any, **more: Any) -> Any:
        made.append(1)
        if len(made) == 3:
            raise torch.OutOfMemoryError
        return step(*given, **more)

    monkeypatch.setattr(FlowMatchEulerDiscreteScheduler, "step", full)
    inbox = batcher.ask(job)
    batcher.run_out()
    assert difference(heard(inbox, job), expected) <= 2
    assert len(made) == 3 + 4
    assert batcher.shelf.get(replace(job.model, dtype="float32")) is None, "a model that nobody used made room"


@pytest.mark.parametrize("trouble", ["words", "step", "memory", "nan"])
def test_trouble_of_one_alone_never_touches_the_others(
    trouble: str, flowing: Callable[[str], Ask], ask_tiny: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = flowing("flux")(seed=666), [flowing("flux")(seed=1), ask_tiny()]
    expected = [made_alone(job) for job in good]
    batcher = Driven(bad.model, good[1].model)
    call = alone.Alone._call

    def broken(self: alone.Alone) -> torch.Tensor:
        if self.seed != 666:
            return call(self)
        if trouble == "words":
            raise ZeroDivisionError
        step = self.pipeline.scheduler.step

        def fails(*given: Any, **more: Any) -> Any:
            if trouble == "nan":
                return tuple(part * torch.nan for part in step(*given, **more))
            raise torch.OutOfMemoryError if trouble == "memory" else RuntimeError

        self.pipeline.scheduler.step = fails
        return call(self)

    monkeypatch.setattr(alone.Alone, "_call", broken)
    inboxes = [batcher.ask(job) for job in (bad, *good)]
    batcher.run_out()
    with pytest.raises(EngineError) as caught:
        heard(inboxes[0], bad)
    assert caught.value.code == {"memory": "out_of_memory", "nan": "no_picture"}.get(trouble, "engine_failed")
    for inbox, job, outputs in zip(inboxes[1:], good, expected, strict=True):
        assert difference(heard(inbox, job), outputs) <= 2
