"""What the forms take of prompts: marks are no errors, weights beyond reason are."""

import pytest

from studio.models import Model
from studio.tools import find
from studio.words.errors import Refused

MODEL = Model(name="m", engine="local", family="sd", max_side=512)


@pytest.mark.parametrize("prompt", ["a (red:1.3) [house]", "((((", "(x:-2)", "（红）", "a BREAK b", "(x:10)"])
def test_marks_and_lone_brackets_pass_as_they_are(prompt: str) -> None:
    assert find("text_to_image").clean({"prompt": prompt}, MODEL)["prompt"] == prompt


@pytest.mark.parametrize(
    "prompt", ["(x:11)", "(x:-10.5)", "(" * 40 + "x" + ")" * 40, "((x:6):6)", "(x:" + "9" * 400 + ")"]
)
@pytest.mark.parametrize("field", ["prompt", "negative_prompt"])
def test_weights_beyond_reason_are_refused_at_their_field(prompt: str, field: str) -> None:
    with pytest.raises(Refused) as caught:
        find("text_to_image").clean({"prompt": "x"} | {field: prompt}, MODEL)
    assert {name: error["code"] for name, error in caught.value.fields.items()} == {field: "weight"}
