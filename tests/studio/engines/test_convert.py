"""Published weights files become safetensors: numbers only, whatever wraps them, and never code."""

import io
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from django.core.management import CommandError, call_command
from safetensors.torch import load_file

from studio.engines.local.convert import Unreadable, convert


class Evil:
    """What a pickle may do to whoever opens it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.system, ("touch /tmp/brushwire-was-run",))


WEIGHTS = {"conv.weight": torch.arange(6.0).reshape(2, 3), "conv.bias": torch.ones(2)}


@pytest.mark.parametrize(
    ("content", "wrapper"),
    [
        (WEIGHTS, ""),
        ({"params": WEIGHTS}, "params"),
        ({"params": {"conv.weight": torch.zeros(1)}, "params_ema": WEIGHTS}, "params_ema"),
        ({"state_dict": {f"module.{name}": each for name, each in WEIGHTS.items()}, "epoch": 3}, "state_dict"),
    ],
)
def test_weights_come_out_whatever_wraps_them(tmp_path: Path, content: Any, wrapper: str) -> None:
    torch.save(content, tmp_path / "net.pth")
    made = convert(tmp_path / "net.pth", tmp_path / "net.safetensors")
    assert (made.wrapper, made.tensors, made.numbers) == (wrapper, 2, 8)
    found = load_file(made.file)
    assert found.keys() == WEIGHTS.keys() and all(torch.equal(found[name], WEIGHTS[name]) for name in WEIGHTS)


def test_names_that_share_their_numbers_are_written_twice(tmp_path: Path) -> None:
    shared = torch.ones(3)
    torch.save({"a": shared, "b": shared, "turned": torch.arange(6.0).reshape(2, 3).T}, tmp_path / "net.bin")
    found = load_file(convert(tmp_path / "net.bin", tmp_path / "folder").file)
    assert (tmp_path / "folder" / "model.safetensors").is_file()
    assert torch.equal(found["a"], found["b"]) and found["turned"].shape == (3, 2)


def test_a_file_that_would_run_something_is_refused_and_runs_nothing(tmp_path: Path) -> None:
    torch.save({"a": torch.ones(1), "b": Evil()}, tmp_path / "net.pth")
    with pytest.raises(Unreadable, match="more than weights"):
        convert(tmp_path / "net.pth", tmp_path / "net.safetensors")
    assert not Path("/tmp/brushwire-was-run").exists()
    assert [file.name for file in tmp_path.iterdir()] == ["net.pth"]


@pytest.mark.parametrize("content", [{}, [torch.ones(1)], {"params": {"a": torch.ones(1), "epoch": 3}}])
def test_what_is_no_weights_is_named(tmp_path: Path, content: Any) -> None:
    torch.save(content, tmp_path / "net.pth")
    with pytest.raises(Unreadable):
        convert(tmp_path / "net.pth", tmp_path / "net.safetensors")


def test_the_command_says_what_it_wrote_and_overwrites_nothing(tmp_path: Path) -> None:
    torch.save({"params_ema": WEIGHTS}, tmp_path / "net.pth")
    said = io.StringIO()
    target = str(tmp_path / "net.safetensors")
    call_command("models", "convert", str(tmp_path / "net.pth"), target, stdout=said)
    assert said.getvalue().strip() == f"{target}: 2 tensors, 8 numbers (of its params_ema)"
    with pytest.raises(CommandError, match="already"):
        call_command("models", "convert", str(tmp_path / "net.pth"), target)
    (tmp_path / "text.pth").write_text("no weights")
    for wrong in ("text.pth", "missing.pth"):
        with pytest.raises(CommandError):
            call_command("models", "convert", str(tmp_path / wrong), str(tmp_path / "other.safetensors"))
