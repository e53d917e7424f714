"""Our DDColor is the published one: the same names and shapes, and the same colours."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from studio.engines.base import EngineError
from studio.engines.local import convert
from studio.engines.local.ddcolor import build, loading, running
from studio.engines.local.ddcolor.encoder import Shape
from studio.engines.local.ddcolor.loading import Loaded, NoSafetensors, Unfit
from studio.engines.local.ddcolor.network import SHAPES
from studio.engines.photo import presets
from tests.fixtures.ddcolor.filled import grey

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "ddcolor"
Weights = dict[str, torch.Tensor]


@pytest.mark.parametrize("size", ["tiny", "large"])
def test_keys_and_shapes_are_the_published_ones(size: Any) -> None:
    state = meta(size).state_dict()
    published = json.loads((FIXTURES / f"keys_{size}.json").read_text("ascii"))
    assert {name: list(weight.shape) for name, weight in state.items()} == published


def test_no_other_size_is_built() -> None:
    with pytest.raises(ValueError, match="tiny or large"):
        build("huge")  # type: ignore[arg-type]


def test_colours_are_the_original_implementations(tiny: Loaded) -> None:
    (ab,) = running.Network(tiny).colours([grey()])
    golden = np.load(FIXTURES / "golden_tiny.npz")["ab"]
    assert np.abs(ab[:, ::2, ::2] - golden).max() < 2e-4


def test_strips_and_company_change_no_colour(tiny: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    from studio.engines.local.ddcolor import decoder, encoder

    pictures = [grey(128)[:64], grey(128)[64:]]
    together = running.Network(tiny).colours(pictures)
    monkeypatch.setattr(encoder, "STRIP", 1)
    monkeypatch.setattr(decoder, "STRIP", 1)
    alone = [running.Network(tiny).colours([picture])[0] for picture in pictures]
    assert np.abs(np.stack(together) - np.stack(alone)).max() < 1e-4


def test_progress_of_both_halves_is_told_to_the_end(tiny: Loaded) -> None:
    told: list[tuple[str, float]] = []
    running.Network(tiny).colours([grey(64)], lambda stage, done: told.append((stage, done)))
    encoder = [done for stage, done in told if stage == "encoder"]
    decoder = [done for stage, done in told if stage == "decoder"]
    assert encoder == sorted(encoder) and encoder[-1] == 1
    assert decoder == sorted(decoder) and len(decoder) == 9
    assert [stage for stage, _ in told] == ["encoder"] * len(encoder) + ["decoder"] * 9


# Weights from files --------------------------------------------------------------------------------------------------


@pytest.fixture
def weights(monkeypatch: pytest.MonkeyPatch) -> Weights:
    """Those of a network with the published names and a small encoder, in half precision: files of 50 MB."""
    monkeypatch.setitem(SHAPES, "tiny", Shape((1, 1, 1, 1), (16, 24, 32, 48)))
    return {name: torch.zeros(weight.shape, dtype=torch.float16) for name, weight in meta("tiny").state_dict().items()}


def meta(size: Any) -> torch.nn.Module:
    with torch.device("meta"):
        return build(size)


def test_files_of_both_forms_load_and_their_size_is_told_by_their_keys(weights: Weights, tmp_path: Path) -> None:
    save_file(weights, tmp_path / "raw.safetensors")
    assert loading.load(tmp_path / "raw.safetensors").size == "tiny"
    folder = tmp_path / "folder"
    folder.mkdir()
    save_file({f"params.{name}": weight for name, weight in weights.items()}, folder / "any.safetensors")
    loaded = loading.load(folder, dtype="bfloat16")
    assert loaded.network.refine_net[0][0].weight_orig.dtype == torch.bfloat16
    assert not any(parameter.requires_grad for parameter in loaded.network.parameters())


def test_a_wrong_checkpoint_is_told_by_name_and_number(weights: Weights, tmp_path: Path) -> None:
    wrong = {name: weight for name, weight in weights.items() if ".ffn" not in name and "norm0" not in name}
    wrong |= {"extra.weight": torch.zeros(1), "mean": torch.zeros(3)}
    save_file(wrong, tmp_path / "wrong.safetensors")
    with pytest.raises(Unfit) as told:
        loading.load(tmp_path / "wrong.safetensors")
    assert told.value.missing == ["encoder.arch.norm0.weight", "encoder.arch.norm0.bias"]
    assert told.value.unexpected == ["extra.weight"] and told.value.reshaped == ["mean"]
    assert "it lacks 2 (encoder.arch.norm0.weight" in str(told.value) and "unknown are 1 (extra.weight)" in str(
        told.value
    )


def test_another_models_file_is_told_shortly(tmp_path: Path) -> None:
    save_file({"unet.weight": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(Unfit, match=r"it lacks 440 \(.*, and 437 more\)"):
        loading.load(tmp_path / "other.safetensors")


def test_what_is_no_safetensors_is_refused_with_advice(tmp_path: Path) -> None:
    (tmp_path / "model.pth").write_bytes(b"x")
    for place in (tmp_path, tmp_path / "model.pth"):
        with pytest.raises(NoSafetensors, match="models convert"):
            loading.load(place)
    (tmp_path / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(OSError, match="damaged"):
        loading.load(tmp_path)
    with pytest.raises(FileNotFoundError):
        loading.load(tmp_path / "gone")


def test_published_files_are_converted_once_and_load(weights: Weights, tmp_path: Path) -> None:
    torch.save({"params": weights}, tmp_path / "published.pth")
    converted = convert.convert(tmp_path / "published.pth", tmp_path / "folder")
    assert loading.load(converted.file.parent).size == "tiny"


# Memory --------------------------------------------------------------------------------------------------------------


def test_too_little_memory_names_the_network_size_that_fits(tiny: Loaded) -> None:
    room = running.needs("tiny", 512, 512)
    net = running.Network(tiny, free=lambda _device: int(room / running.USABLE) + 1)
    assert net.most(512, 512) == 1
    with pytest.raises(EngineError) as told:
        net.most(1280, 960)
    assert told.value.code == "out_of_memory" and told.value.params == {"network_size": 448}
    assert net.most(*presets.network_shape(4000, 3000, told.value.params["network_size"])) == 1
    with pytest.raises(EngineError, match="model_too_large"):
        running.Network(tiny, free=lambda _device: 10_000_000).most(512, 512)


def test_memory_that_runs_out_in_the_call_names_it_too(tiny: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise torch.OutOfMemoryError("full")

    monkeypatch.setattr(tiny.network, "forward", full)
    with pytest.raises(EngineError) as told:
        running.Network(tiny, free=lambda _device: 64_000_000_000).colours([grey(256)])
    assert told.value.params == {"network_size": 160}
    from studio.words import errors

    assert "at 160" in errors.text("out_of_memory", dict(told.value.params))
