"""Each tool's form: what it takes, what it fills in, and how it refuses."""

from typing import Any

import pytest

from studio import tools
from studio.models import Model
from studio.words.errors import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def fake(models: None) -> Model:
    return Model.objects.get(name="fake")


def refusal(tool: str, model: Model, **params: Any) -> dict[str, str]:
    """The codes by field."""
    with pytest.raises(Refused) as caught:
        tools.find(tool).clean({"prompt": "x"} | params, model)
    assert caught.value.code == "invalid"
    assert all(error["message"] for error in caught.value.fields.values())
    return {name: error["code"] for name, error in caught.value.fields.items()}


@pytest.mark.parametrize("tool", ["sketch_to_image", "image_to_image", "inpaint", "outpaint"])
def test_every_parameter_has_a_default(fake: Model, tool: str) -> None:
    cleaned = tools.find(tool).clean({}, fake)
    assert all(value is not None for name, value in cleaned.items() if name != "seed")
    assert set(cleaned) == set(tools.find(tool).form_class.base_fields)


@pytest.mark.parametrize(
    ("tool", "params", "expected"),
    [
        ("image_to_image", {"fit": "squeeze"}, {"fit": "invalid_choice"}),
        ("image_to_image", {"fit": 1}, {"fit": "invalid"}),
        ("image_to_image", {"feather": 3}, {"params": "unknown"}),
        ("inpaint", {"feather": 65}, {"feather": "max_value"}),
        ("inpaint", {"feather": 1.5}, {"feather": "invalid"}),
        ("inpaint", {"keep_original": "yes"}, {"keep_original": "invalid"}),
        ("inpaint", {"keep_original": 1}, {"keep_original": "invalid"}),
        ("inpaint", {"steps": 4, "strength": 0.2}, {"strength": "min_value"}),
        ("sketch_to_image", {"control": "canny"}, {"control": "invalid_choice"}),
        ("sketch_to_image", {"control": "magic"}, {"control": "invalid_choice"}),
        ("sketch_to_image", {"control_strength": 2.1}, {"control_strength": "max_value"}),
        ("sketch_to_image", {"control_start": 0.8, "control_end": 0.2}, {"control_start": "max_value"}),
        ("sketch_to_image", {"threshold": 0}, {"threshold": "min_value"}),
        ("sketch_to_image", {"invert": 0}, {"invert": "invalid"}),
        ("outpaint", {"left": -8}, {"left": "min_value"}),
        ("outpaint", {"width": 64, "left": 30, "right": 30}, {"left": "max_value"}),
        ("outpaint", {"height": 64, "bottom": 64}, {"top": "max_value"}),
        ("outpaint", {"fit": "crop"}, {"params": "unknown"}),
    ],
)
def test_bad_parameter_is_named(fake: Model, tool: str, params: dict[str, Any], expected: dict[str, str]) -> None:
    assert refusal(tool, fake, **params) == expected


def test_false_is_a_value_and_not_a_missing_one(fake: Model) -> None:
    assert tools.find("inpaint").clean({"keep_original": False}, fake)["keep_original"] is False


def test_outpaint_starts_from_almost_nothing_whatever_the_model_prefers_for_sketches(fake: Model) -> None:
    assert fake.defaults["strength"] == 0.75
    assert tools.find("outpaint").clean({}, fake)["strength"] == 0.95
    assert tools.find("inpaint").clean({}, fake)["strength"] == 0.75


def test_sketch_is_led_by_what_the_model_has_unless_another_is_wanted(models: None, fake: Model) -> None:
    tool, starter = tools.find("sketch_to_image"), Model.objects.get(name="starter")
    assert tool.clean({}, fake)["control"] == "none"
    assert tool.clean({}, starter)["control"] == "scribble"
    assert tool.clean({"control": "none"}, starter)["control"] == "none"
    starter.parts["controlnet_canny"] = "org/canny"
    assert tool.clean({"control": "canny"}, starter)["control"] == "canny"


def test_enlarging_is_offered_by_models_that_can(fake: Model) -> None:
    tool = tools.find("upscale")
    assert refusal("text_to_image", fake, upscale=2) == {"upscale": "max_value"}
    with pytest.raises(Refused, match="invalid"):
        tool.clean({}, fake)
    fake.parts["upscaler"] = "somewhere"
    fake.defaults["upscale"] = 2
    assert tools.find("text_to_image").clean({"prompt": "x"}, fake)["upscale"] == 2
    assert tools.find("text_to_image").clean({"prompt": "x", "upscale": 1}, fake)["upscale"] == 1
    assert tool.clean({}, fake) == {"scale": 2, "count": 1, "seed": 0, "width": None, "height": None}
    assert tool.clean({"scale": 4}, fake)["scale"] == 4
    for scale, code in ((3, "step_size"), (8, "max_value"), ("2", "invalid")):
        with pytest.raises(Refused) as caught:
            tool.clean({"scale": scale}, fake)
        assert caught.value.fields["scale"]["code"] == code
    assert tool.real_steps({}) == 0
    with pytest.raises(Refused) as caught:
        tool.clean({"steps": 4}, fake)
    assert caught.value.fields["params"]["code"] == "unknown"
