"""What a picture says about itself, and reading it back."""

import io
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from gallery import metadata

RECIPE: dict[str, Any] = {
    "tool": "sketch_to_image",
    "model": "starter",
    "engine": "local",
    "params": {
        "prompt": "a red boat",
        "negative_prompt": "fog, rain",
        "steps": 12,
        "guidance_scale": 3.5,
        "strength": 0.8,
    },
    "versions": {"brushwire": "0.1"},
    "facts": {"sampler": "Euler a"},
}


def recipe(**params: Any) -> dict[str, Any]:
    return RECIPE | {"params": RECIPE["params"] | params}


def chunks(data: bytes) -> dict[str, Any]:

    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        return dict(picture.info)


def test_the_text_is_what_other_programs_expect() -> None:
    assert metadata.parameters_text(RECIPE, 7, 96, 64) == (
        "a red boat\n"
        "Negative prompt: fog, rain\n"
        "Steps: 12, Sampler: Euler a, CFG scale: 3.5, Seed: 7, Size: 96x64, Model: starter, "
        "Denoising strength: 0.8, Version: Brushwire 0.1"
    )


def test_an_empty_negative_prompt_and_unknown_values_are_left_out() -> None:
    text = metadata.parameters_text(RECIPE | {"params": {"prompt": "x", "steps": 4}, "facts": {}}, 1, 8, 8)
    assert text == "x\nSteps: 4, Seed: 1, Size: 8x8, Model: starter, Version: Brushwire 0.1"


@pytest.mark.parametrize("prompt", ["一只可爱的猫咪，在船上", "a: b, c", "two\nlines", "émile 🎈", ""])
def test_prompts_survive_the_round_trip(prompt: str) -> None:
    text = metadata.parameters_text(recipe(prompt=prompt, negative_prompt="雾"), 7, 96, 64)
    found = metadata.parse_parameters(text)
    assert (found["prompt"], found["negative_prompt"]) == (prompt, "雾")
    assert (found["Steps"], found["Seed"], found["Size"]) == ("12", "7", "96x64")


def test_a_value_with_a_comma_is_quoted_and_read_back() -> None:
    text = metadata.parameters_text(RECIPE | {"model": 'odd, "name": 模型'}, 7, 96, 64)
    assert metadata.parse_parameters(text)["Model"] == 'odd, "name": 模型'


@pytest.mark.parametrize("text", ["", "only words", "Steps: 1, Seed: 2", "Steps: , : ,,,", ":" * 5000, "a " * 500_000])
def test_a_text_without_settings_is_a_prompt(text: str) -> None:
    assert metadata.parse_parameters(text) == {"prompt": text.strip(), "negative_prompt": ""}


@pytest.mark.parametrize("prompt", ["a boat", "一只小船"])
def test_a_png_carries_its_recipe(prompt: str) -> None:
    data = metadata.write_png(Image.new("RGB", (8, 8)), recipe(prompt=prompt), 2**53 - 1, drawn=False)
    assert metadata.read_png(data) == recipe(prompt=prompt) | {"seed": 2**53 - 1}
    assert metadata.parse_parameters(chunks(data)["parameters"])["prompt"] == prompt


def test_the_picture_itself_is_unchanged() -> None:
    before = Image.effect_noise((32, 32), 80).convert("RGB")

    with Image.open(io.BytesIO(metadata.write_png(before, RECIPE, 1, drawn=True))) as after:
        assert after.tobytes() == before.tobytes()


@pytest.mark.parametrize(("drawn", "kind"), [(False, "/trainedAlgorithmicMedia"), (True, "/compositeWithTrained")])
def test_pictures_are_marked_as_generated(drawn: bool, kind: str) -> None:
    xmp = chunks(metadata.write_png(Image.new("RGB", (8, 8)), RECIPE, 1, drawn=drawn))["XML:com.adobe.xmp"]
    assert "DigitalSourceType" in xmp
    assert kind in xmp


def test_a_picture_of_another_program_is_read_by_its_text() -> None:

    info = PngInfo()
    info.add_text("parameters", "猫\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 512x512")
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG", pnginfo=info)
    assert metadata.read_png(out.getvalue())["prompt"] == "猫"
    assert metadata.read_png(out.getvalue())["Sampler"] == "Euler a"


def test_the_schedule_that_a1111_writes_apart_belongs_to_the_samplers_name() -> None:
    text = "x\nSteps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7"
    assert metadata.parse_parameters(text)["Sampler"] == "DPM++ 2M Karras"
    assert metadata.parse_parameters(text.replace("Karras", "Automatic"))["Sampler"] == "DPM++ 2M"


def test_a_picture_without_any_text_says_nothing() -> None:

    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG")
    assert metadata.read_png(out.getvalue()) == {}


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_png_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="PNG"):
        metadata.read_png(data)
