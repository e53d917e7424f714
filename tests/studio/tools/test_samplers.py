"""Samplers are chosen by name where the model can run them, and counted as they really step."""

from typing import Any

import pytest

from studio.engines import samplers
from studio.models import Model
from studio.tools import find
from studio.tools.base import Tool
from studio.words.errors import Refused


def model(family: str = "sd", **defaults: Any) -> Model:
    return Model(name="m", engine="local", family=family, max_side=512, defaults=defaults)


def refused(params: dict[str, Any], of: Model) -> dict[str, str]:
    with pytest.raises(Refused) as caught:
        find("text_to_image").clean({"prompt": "x"} | params, of)
    assert caught.value.code == "invalid"
    return {name: error["code"] for name, error in caught.value.fields.items()}


@pytest.fixture
def tool() -> Tool:
    return find("text_to_image")


@pytest.mark.parametrize("name", samplers.NAMES)
def test_every_name_is_taken_as_it_is(tool: Tool, name: str) -> None:
    assert tool.clean({"prompt": "x", "sampler": name}, model())["sampler"] == name


def test_without_a_name_it_is_the_models_default_and_empty_means_the_models_own(tool: Tool) -> None:
    assert tool.clean({"prompt": "x"}, model())["sampler"] == ""
    assert tool.clean({"prompt": "x"}, model(sampler="Euler"))["sampler"] == "Euler"
    assert tool.clean({"prompt": "x", "sampler": ""}, model(sampler="Euler"))["sampler"] == ""


@pytest.mark.parametrize("name", ["euler", "DPM", 7, ["Euler"], {"a": 1}, True])
def test_a_name_that_is_none_is_refused_at_its_field(name: Any) -> None:
    assert refused({"sampler": name}, model()) == {"sampler": "invalid_choice"}


def test_a_family_that_only_its_own_scheduler_can_step_offers_none() -> None:
    assert samplers.offered("flux") == ()
    assert refused({"sampler": "Euler"}, model("flux")) == {"sampler": "invalid_choice"}


def test_lcm_takes_at_most_the_steps_it_was_taught_with(tool: Tool) -> None:
    assert refused({"sampler": "LCM", "steps": 51}, model()) == {"steps": "max_value"}
    assert tool.clean({"prompt": "x", "sampler": "LCM", "steps": 50}, model())["steps"] == 50


@pytest.mark.parametrize(("name", "expected"), [("", 10), ("Euler a", 10), ("Heun", 19)])
def test_steps_are_counted_as_the_model_is_asked(name: str, expected: int) -> None:
    assert find("text_to_image").real_steps({"steps": 10, "sampler": name}) == expected


def test_steps_of_a_drawing_are_counted_after_its_strength() -> None:
    assert find("sketch_to_image").real_steps({"steps": 10, "strength": 0.5, "sampler": "Heun"}) == 9
