"""The safety checker as a part of a model: what it says stands in the facts of the picture."""

import io
from pathlib import Path

import pytest
import torch
from PIL import Image

from studio.engines.base import EngineError
from studio.engines.local import decoding, loading, safety, tiny
from studio.job import ModelRef

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("safety")
    tiny.write(place / "model")
    for name, unsafe in (("strict", True), ("mild", False)):
        safety.write_tiny(place / name, unsafe=unsafe)
    return place


def png(mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, (40, 24)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(("name", "unsafe"), [("strict", True), ("mild", False)])
def test_it_says_what_it_sees_and_leaves_the_picture_alone(folder: Path, name: str, unsafe: bool) -> None:
    checker = safety.load(str(folder / name), CPU)
    picture = Image.new("RGB", (100, 70), "teal")
    before = picture.tobytes()
    assert checker.unsafe(picture) is unsafe
    assert picture.tobytes() == before
    assert all(checker.unsafe_bytes(png(mode)) is unsafe for mode in ("RGB", "RGBA", "L"))


def test_it_is_loaded_with_its_model_and_asked_about_outputs_and_inputs(folder: Path) -> None:
    parts = {"safety_checker": str(folder / "strict")}
    model = loading.load(ModelRef("tiny", "sd", str(folder / "model"), parts=parts), CPU)
    assert model.safety is not None and model.safety.unsafe(Image.new("RGB", (32, 32)))
    plain = loading.load(ModelRef("tiny", "sd", str(folder / "model"), parts={}), CPU)
    assert plain.safety is None


def test_an_unsafe_input_counts_as_well(folder: Path) -> None:
    class OnlyInputs:
        unsafe = staticmethod(lambda picture: False)
        unsafe_bytes = staticmethod(lambda data: data == b"bad")

    assert decoding._unsafe(OnlyInputs(), [b"good", b"bad"], Image.new("RGB", (8, 8)))
    assert not decoding._unsafe(OnlyInputs(), [b"good"], Image.new("RGB", (8, 8)))


def test_a_checker_without_its_weights_is_no_model(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineError):
        loading.load(ModelRef("t", "sd", str(folder / "model"), parts={"safety_checker": str(tmp_path)}), CPU)
