"""Samplers by name: made of the model's own schedule, counted as they step, told in the facts."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EDMEulerScheduler,
    FlowMatchEulerDiscreteScheduler,
    PNDMScheduler,
)

from studio.engines.base import EngineError
from studio.engines.local.engine import DeviceEngine
from studio.engines.local.samplers import name_of, scheduler
from studio.engines.samplers import NAMES, calls
from studio.job import Job
from tests.studio.engines.contract import Recorder

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
OWN = DPMSolverMultistepScheduler(
    beta_schedule="scaled_linear", prediction_type="v_prediction", timestep_spacing="trailing", use_karras_sigmas=True
)


@pytest.mark.parametrize("name", NAMES)
def test_a_sampler_keeps_what_the_model_was_trained_with(name: str) -> None:
    made = scheduler(OWN, name)
    for key in ("beta_start", "beta_end", "beta_schedule", "prediction_type", "num_train_timesteps"):
        assert made.config[key] == OWN.config[key]
    assert made.config.get("timestep_spacing", "trailing") == "trailing"
    if "use_karras_sigmas" in inspect.signature(type(made)).parameters:
        assert made.config.use_karras_sigmas is (name == "DPM++ 2M Karras")
    assert not made.config.get("clip_sample", False)
    assert name_of(made) == name


def test_without_a_name_it_is_the_models_own_in_every_option() -> None:
    made = scheduler(OWN)
    assert (type(made), made.config) == (type(OWN), OWN.config)
    assert name_of(DDIMScheduler(clip_sample=False, set_alpha_to_one=False)) == "DDIM"
    assert name_of(PNDMScheduler()) == "PNDM"


@pytest.mark.parametrize(
    "own",
    [
        EDMEulerScheduler(),
        FlowMatchEulerDiscreteScheduler(),
        DPMSolverMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True),
    ],
)
def test_a_schedule_that_no_other_scheduler_can_follow_is_not_followed(own: Any) -> None:
    with pytest.raises(EngineError) as caught:
        scheduler(own, "Euler")
    assert caught.value.code == "invalid"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("tool", ["text_to_image", "sketch_to_image"])
def test_progress_counts_what_really_runs(
    local_engine: DeviceEngine, ask_tiny: Callable[..., Job], name: str, tool: str
) -> None:
    listener = Recorder()
    output = local_engine.run(ask_tiny(tool, sampler=name, steps=6, strength=0.5), listener)[0]
    expected = calls(name, 6 if tool == "text_to_image" else 3)
    told = [(step.step, step.total) for step in listener.denoising()]
    assert told == [(n, expected) for n in range(1, expected + 1)]
    assert (output.facts["sampler"], output.facts["steps"]) == (name, expected)


@pytest.mark.parametrize("params", [{"sampler": "Nonsense"}, {"sampler": "LCM", "steps": 51}])
def test_a_sampler_that_cannot_run_fails_as_a_wrong_parameter(
    local_engine: DeviceEngine, ask_tiny: Callable[..., Job], params: dict[str, Any]
) -> None:
    with pytest.raises(EngineError) as caught:
        local_engine.run(ask_tiny(**params), Recorder())
    assert caught.value.code == "invalid"
