"""Where memory is wanting: rows one by one, fewer rows for a while, and once more with room made."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import torch

from studio.engines.base import EngineError
from studio.engines.local import stepping
from studio.engines.local.allowance import CLEAN_STEPS, Allowance
from studio.engines.local.budget import Budget
from studio.engines.local.engine import DeviceEngine
from studio.engines.local.memory import MemoryModel
from studio.engines.local.steps import Steps
from studio.job import Job
from tests.studio.engines.contract import Recorder
from tests.studio.engines.driven import CPU, Driven, difference, heard, stock
from tests.studio.engines.sketches import drawing

Ask = Callable[..., Job]
FULL = torch.OutOfMemoryError("injected")


def test_one_picture_with_guidance_that_does_not_fit_has_its_rows_one_by_one(
    ask_tiny_control: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of the memory will do for it, and the picture is the same."""
    job = ask_tiny_control("sketch_to_image", sketch=drawing("house"), guidance_scale=5.0)
    expected = stock(job)
    whole, made = stepping.predict, Counter[str]()

    def small(slots: Any) -> Any:
        fits = sum(slot.rows for slot in slots) == 1
        made["fits" if fits else "full"] += 1
        if not fits:
            raise FULL
        return whole(slots)

    monkeypatch.setattr(stepping, "predict", small)
    batcher = Driven(job.model)
    inbox = batcher.ask(job)
    batcher.run_out()
    assert difference(heard(inbox, job), expected) <= 2
    assert made == {"full": 2, "fits": 8}, "tried whole once more with room, and then never again for a while"


def test_rows_fall_to_half_when_a_step_was_too_large_and_come_back_one_by_one(ask_tiny: Ask) -> None:
    model = ask_tiny().model
    batcher = Driven(model)
    batcher.ask(ask_tiny())
    batcher.turn()
    (slot,) = batcher.runs.stepping()
    allowance = Allowance(CPU, Budget(1.0), MemoryModel(CPU))
    allowance.did_not_fit(slot.group, 8)
    assert allowance.most(slot.group) == 4
    allowance.did_not_fit(slot.group, 4)
    for expected in (2, 3, 4):
        assert allowance.most(slot.group) == expected
        for _ in range(CLEAN_STEPS):
            allowance.made(slot.group, 2, 0.01)


@pytest.mark.parametrize("times", [1, 100])
def test_memory_that_is_full_where_nobody_looked_for_it_is_forgiven_once(
    times: int, ask_tiny: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, left = Steps.step, [times]

    def step(steps: Steps) -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise FULL
        whole(steps)

    monkeypatch.setattr(Steps, "step", step)
    engine = DeviceEngine(device="cpu", threads=1)
    if times == 1:
        assert engine.run(ask_tiny(), Recorder())
        return
    with pytest.raises(EngineError) as caught:
        engine.run(ask_tiny(), Recorder())
    assert caught.value.code == "out_of_memory"
    assert caught.value.params["width"] < 64 or caught.value.params == {"width": 64, "height": 64}
