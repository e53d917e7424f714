"""Batched equals alone equals stock: who shares the steps changes nothing about anybody's picture."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from studio.engines.local import messages
from studio.engines.local.engine import DeviceEngine
from studio.engines.local.messages import Message
from studio.job import Job, ModelRef, Step
from tests.studio.engines.conftest import job_for
from tests.studio.engines.contract import Recorder
from tests.studio.engines.driven import Driven, difference, stock, together
from tests.studio.engines.sketches import drawing

# Mixed in everything that may differ from row to row. Each joins after so many turns of the loop.
MIXED: list[tuple[int, str, dict[str, Any]]] = [
    (0, "text_to_image", {"steps": 6, "guidance_scale": 5.0, "seed": 3, "prompt": "a red house"}),
    (0, "sketch_to_image", {"steps": 9, "guidance_scale": 1.0, "seed": 4, "strength": 0.8}),
    (2, "text_to_image", {"steps": 4, "guidance_scale": 1.0, "seed": 5, "negative_prompt": "dog"}),
    (3, "sketch_to_image", {"steps": 7, "guidance_scale": 8.5, "seed": 6, "strength": 0.45, "prompt": "一棵树"}),
    (5, "text_to_image", {"steps": 4, "guidance_scale": 2.5, "seed": 3, "prompt": "a boat", "count": 2}),
]


@pytest.mark.parametrize("people", [1, 2, 5])
@pytest.mark.parametrize("lines", ["none", "lines", "colours"])
def test_mixed_requests_that_step_together_equal_stock(
    people: int, lines: str, ask_tiny: Callable[..., Job], ask_tiny_control: Callable[..., Job]
) -> None:
    """The three ways of a sketch: image to image, lines by ControlNet, lines by ControlNet over colours."""
    ask = ask_tiny if lines == "none" else ask_tiny_control
    sketches = {"sketch": drawing("house", colour=lines != "lines")}
    jobs = [
        (turn, ask(tool, **params, **(sketches if tool == "sketch_to_image" else {})))
        for turn, tool, params in (MIXED[1:2] if people == 1 else MIXED[:people])
    ]
    made, most = together(jobs)
    assert most >= people
    for (_turn, job), outputs in zip(jobs, made, strict=True):
        assert difference(outputs, stock(job)) <= 2


@pytest.mark.parametrize(
    "name",
    [
        "DDIMScheduler",
        "DPMSolverMultistepScheduler",
        "DPMSolverSinglestepScheduler",
        "EulerDiscreteScheduler",
        "EulerAncestralDiscreteScheduler",
        "HeunDiscreteScheduler",
        "LCMScheduler",
        "PNDMScheduler",
        "UniPCMultistepScheduler",
    ],
)
def test_every_common_scheduler_equals_stock_in_company(name: str, broken: Any, tiny_folder: Any) -> None:
    """Whatever scheduler a model comes with: it keeps its state for each picture apart."""
    for file in (broken / "scheduler" / "scheduler_config.json", broken / "model_index.json"):
        text = file.read_text().replace("DDIMScheduler", name)
        file.write_text(text.replace('"clip_sample": false,', ""))
    ask = job_for(ModelRef("broken", "sd", str(broken)), 64)
    jobs = [(turn, ask(tool, **params)) for turn, tool, params in MIXED[:4]]
    made, _most = together(jobs)
    for (_turn, job), outputs in zip(jobs, made, strict=True):
        assert difference(outputs, stock(job)) <= 2


def test_starter_in_company_equals_stock(ask_starter: Callable[..., Job]) -> None:
    pencil = {"sketch": drawing("boat")}
    jobs = [
        (0, ask_starter("sketch_to_image", **pencil, steps=5, seed=1, prompt="a boat on the sea")),
        (1, ask_starter("sketch_to_image", steps=6, seed=2, strength=0.6, prompt="a red house")),
        (2, ask_starter("text_to_image", steps=4, seed=3, guidance_scale=1.0, prompt="a cat at night")),
    ]
    made, _most = together(jobs)
    for (_turn, job), outputs in zip(jobs, made, strict=True):
        assert difference(outputs, stock(job)) <= 2


def test_cancelled_request_is_gone_before_the_next_step(ask_tiny: Callable[..., Job]) -> None:
    batcher = Driven(ask_tiny().model)
    told: list[Message] = []
    ticket = batcher.submit(messages.request(ask_tiny(steps=50)), told.append)
    for _ in range(3):
        batcher.turn()
    batcher.cancel(ticket)
    before = len(told)
    batcher._hear()
    batcher._steps.step()
    assert not batcher.runs
    assert len(told) == before


def test_same_prompt_is_encoded_once(ask_tiny: Callable[..., Job]) -> None:
    jobs = [(0, ask_tiny(seed=1)), (0, ask_tiny(seed=2)), (1, ask_tiny(seed=3, count=2))]
    batcher_words: list[int] = []
    from studio.engines.local import batcher

    class Counting(batcher.Words):
        def of(self, *arguments: Any) -> torch.Tensor:
            result = super().of(*arguments)
            batcher_words.append(len(self._kept))
            return result

    real, batcher.Words = batcher.Words, Counting  # type: ignore[misc]
    try:
        together(jobs)
    finally:
        batcher.Words = real  # type: ignore[misc]
    assert batcher_words == [1, 1, 1, 1]


def test_device_seconds_of_a_shared_step_are_shared(local_engine: DeviceEngine, ask_tiny: Callable[..., Job]) -> None:
    listener = Recorder()
    local_engine.run(ask_tiny(steps=6, count=2), listener)
    told = [step.seconds for step in listener.steps if isinstance(step, Step) and step.stage == "denoising"]
    assert told == sorted(told)
    assert 0 < told[0] < told[-1] < 60
