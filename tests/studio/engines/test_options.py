"""What an operator sets for the local engine is taken as it is, or refused."""

from pathlib import Path

import pytest

from studio.engines.local.options import Options


def test_nothing_set_means_the_defaults_of_the_example() -> None:
    example = (Path(__file__).resolve().parents[3] / "deploy" / "env.example").read_text("utf-8")
    read = Options.read({})
    assert f"#BRUSHWIRE_LIVE_STEP={read.live_step:g}\n" in example
    assert read.folder is not None
    assert read.folder.name == "engine"


def test_what_is_set_is_taken(tmp_path: Path) -> None:
    read = Options.read(
        {"BRUSHWIRE_LIVE_STEP": "0.05", "BRUSHWIRE_MODEL_MEMORY": "2.5", "BRUSHWIRE_VAR": str(tmp_path)}
    )
    assert read.live_step == 0.05
    assert read.model_memory == 2_500_000_000
    assert read.folder == tmp_path / "engine"


@pytest.mark.parametrize("wrong", ["soon", "0", "-1"])
def test_nonsense_is_refused_by_name(wrong: str) -> None:
    with pytest.raises(ValueError, match="BRUSHWIRE_LIVE_STEP"):
        Options.read({"BRUSHWIRE_LIVE_STEP": wrong})


def test_faster_steps_are_asked_for_by_name() -> None:
    assert Options.read({}).compile == "off"
    assert Options.read({"BRUSHWIRE_COMPILE": "Graphs"}).compile == "graphs"
    with pytest.raises(ValueError, match="BRUSHWIRE_COMPILE"):
        Options.read({"BRUSHWIRE_COMPILE": "fast"})
