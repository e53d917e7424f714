"""Schedulers as tables: found for what is linear, refused for what is not, and a few operations for any company."""

import inspect
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    DPMSolverSinglestepScheduler,
    KDPM2AncestralDiscreteScheduler,
    PNDMScheduler,
    TCDScheduler,
)
from torch.utils._python_dispatch import TorchDispatchMode

from studio.engines.local import samplers, sampling, stepping, tables
from studio.engines.local.sampling import ByScheduler, ByTable
from studio.engines.samplers import NAMES
from studio.job import Job
from tests.studio.engines.driven import Driven

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
SD = DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False, steps_offset=1)
SHAPE = (1, 4, 9, 5)


def set_to(scheduler: Any, steps: int, first: int = 0) -> list[torch.Tensor]:
    """The scheduler's timesteps from number `first` on, and the scheduler ready for them, as the pipelines do it."""
    scheduler.set_timesteps(steps)
    first *= scheduler.order
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(first)
    return list(scheduler.timesteps[first:])


def way(scheduler: Any, timesteps: list[torch.Tensor], kind: str) -> sampling.Sampling:
    """A picture of seed 1 by table or by scheduler, whichever is wanted."""
    generator = torch.Generator().manual_seed(1)
    latents = torch.randn(SHAPE, generator=generator)
    if kind == "table":
        table = tables.of(scheduler, timesteps)
        assert table
        return ByTable(table, latents, generator)
    known = inspect.signature(scheduler.step).parameters
    extra = {name: value for name, value in (("generator", generator), ("eta", 0.0)) if name in known}
    return ByScheduler(scheduler, timesteps, latents, extra)


def others() -> list[Any]:
    """What models come with besides the samplers that have names."""
    return [
        PNDMScheduler.from_config(SD.config),
        TCDScheduler.from_config(SD.config),
        KDPM2AncestralDiscreteScheduler.from_config(SD.config),
        DPMSolverMultistepScheduler.from_config(SD.config, solver_order=3),
        DPMSolverMultistepScheduler.from_config(SD.config, algorithm_type="sde-dpmsolver++"),
        DPMSolverSinglestepScheduler.from_config(SD.config, solver_order=3, lower_order_final=True),
    ]


@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
@pytest.mark.parametrize("first", [0, 3])
@pytest.mark.parametrize("which", [*NAMES, *range(len(others()))], ids=str)
def test_a_table_steps_as_the_scheduler_does(which: str | int, first: int, prediction: str) -> None:
    own = DDIMScheduler.from_config(SD.config, prediction_type=prediction)
    kind = samplers.scheduler(own, which) if isinstance(which, str) else others()[which]
    pair = []
    for kind_of_way in ("table", "scheduler"):
        one = type(kind).from_config(kind.config)
        timesteps = set_to(one, 7, first)
        pair.append((way(one, timesteps, kind_of_way), len(timesteps)))
    (table, steps), (scheduler, _) = pair
    for step in range(steps):
        shown = [tensor * scale for tensor, scale in (one.shown(step) for one in (table, scheduler))]
        torch.testing.assert_close(*shown, rtol=1e-4, atol=1e-4)
        answer = torch.tanh(shown[1]) + 0.1
        guesses = sampling.advance([(table, step), (scheduler, step)], [answer, answer])
        torch.testing.assert_close(*guesses, rtol=1e-4, atol=1e-3)  # type: ignore[misc]
        torch.testing.assert_close(table.latents, scheduler.latents, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "scheduler",
    [
        DDIMScheduler.from_config(SD.config, clip_sample=True),
        DDIMScheduler.from_config(SD.config, thresholding=True),
        DPMSolverMultistepScheduler.from_config(SD.config, thresholding=True),
    ],
)
def test_what_clips_has_no_table_and_steps_by_itself(scheduler: Any) -> None:
    timesteps = set_to(scheduler, 5)
    assert tables.of(scheduler, timesteps) is None
    started = sampling.start(scheduler, timesteps, torch.zeros(SHAPE), torch.Generator(), {})
    assert isinstance(started, ByScheduler)


def test_reading_a_table_leaves_the_scheduler_as_it_was_and_is_done_once() -> None:
    scheduler = samplers.scheduler(SD, "UniPC")
    timesteps = set_to(scheduler, 6)
    table = tables.of(scheduler, timesteps)
    assert scheduler.step_index is None
    assert scheduler.last_sample is None
    again = samplers.scheduler(SD, "UniPC")
    assert tables.of(again, set_to(again, 6)) is table
    assert tables.of(again, set_to(again, 7)) is not table


def test_nothing_is_kept_that_no_step_looks_at() -> None:
    rows = {}
    for name in NAMES:
        scheduler = samplers.scheduler(SD, name)
        table = tables.of(scheduler, set_to(scheduler, 8))
        assert table
        assert len(table.steps[-1]) == 2
        rows[name] = max(len(matrix) for matrix in table.steps) - 2
    assert rows["DDIM"] == rows["Euler"] == rows["Euler a"] == rows["LCM"] == 0
    assert rows["DPM++ 2M"] == 1


def test_latents_put_in_their_place_touch_nobody_elses() -> None:
    scheduler = samplers.scheduler(SD, "UniPC")
    timesteps = set_to(scheduler, 4)
    first = torch.ones(SHAPE)
    picture = sampling.start(scheduler, timesteps, first, torch.Generator(), {})
    sampling.advance([(picture, 0)], [torch.ones(SHAPE)])
    before = picture.latents
    picture.latents = torch.full(SHAPE, 5.0)
    assert bool((picture.latents == 5).all())
    assert not bool((before == 5).any())
    assert bool((first == 1).all())


class Counting(TorchDispatchMode):
    """Counts the operations that compute or copy. To look at numbers in another shape, or to name some, is free."""

    FREE = (
        "view",
        "_unsafe_view",
        "slice",
        "select",
        "expand",
        "split",
        "unsqueeze",
        "alias",
        "detach",
        "unbind",
        "lift_fresh",
    )

    def __init__(self) -> None:
        super().__init__()
        self.seen: Counter[str] = Counter()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        if name not in self.FREE:
            self.seen[name] += 1
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("people", [1, 4, 12])
def test_a_step_costs_twelve_operations_beside_the_network_for_any_mix(
    people: int, ask_tiny: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    mix = [{"sampler": NAMES[n % len(NAMES)], "guidance_scale": 1.0 + n % 3, "steps": 20 + n} for n in range(people)]
    batcher = Driven(ask_tiny().model)
    for params in mix:
        batcher.ask(ask_tiny(**params))
    for _ in mix:
        batcher.turn()  # one begins in each
    chosen = list(batcher.runs.stepping())
    unet = chosen[0].model.parts["unet"]
    answer = torch.randn(sum(slot.rows for slot in chosen), *chosen[0].latents.shape[1:])
    monkeypatch.setattr(unet, "forward", lambda *_a, **_k: (answer,))
    with Counting() as counted:
        stepping.advance(chosen, stepping.predict(chosen))
    assert sum(counted.seen.values()) <= 12, counted.seen
