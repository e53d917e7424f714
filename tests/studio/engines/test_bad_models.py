"""A model that is missing, damaged, foreign or dangerous troubles its own requests only, and they are told which."""

import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from studio.engines.base import EngineError
from studio.engines.local import tiny, tiny_flows
from studio.engines.local.engine import DeviceEngine
from studio.job import Job, ModelRef
from tests.studio.engines.conftest import job_for
from tests.studio.engines.contract import Recorder, pixels, same_picture

FAMILY = {"xl": "sdxl", "flux": "flux"}
# The denoiser, and what else is damaged: the second text encoder is the part that only these two have.
NETWORK = {"xl": "unet", "flux": "transformer"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folders = {name: tmp_path_factory.mktemp(name) for name in FAMILY}
    tiny.write(folders["xl"], shape="xl")
    tiny_flows.write(folders["flux"], "flux")
    return folders


@pytest.fixture
def copy_of(whole: dict[str, Path], tmp_path: Path) -> Callable[[str], Path]:
    """A copy of that model to break."""
    return lambda kind: Path(shutil.copytree(whole[kind], tmp_path / "bad"))


def weights_of(folder: Path) -> Path:
    return next(folder.glob("*.safetensors"))


def truncated(folder: Path) -> None:
    file = weights_of(folder)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def of_another_shape(folder: Path) -> None:
    weights = load_file(weights_of(folder))
    name = next(name for name, each in sorted(weights.items()) if each.ndim == 2)
    weights[name] = torch.zeros(3, 5)
    save_file(weights, weights_of(folder), {"format": "pt"})


def with_a_gap(folder: Path) -> None:
    weights = load_file(weights_of(folder))
    weights.pop(sorted(weights)[0])
    save_file(weights, weights_of(folder), {"format": "pt"})


def as_a_pickle(folder: Path) -> None:
    weights = load_file(weights_of(folder))
    name = "pytorch_model.bin" if "text" in folder.name else "diffusion_pytorch_model.bin"
    torch.save(weights, folder / name)
    weights_of(folder).unlink()


def without_its_folder(folder: Path) -> None:
    shutil.rmtree(folder)


def with_a_config_that_is_none(folder: Path) -> None:
    (folder / "config.json").write_text("{")


def with_a_config_of_nonsense(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({key: [] for key in config} | {"_class_name": "Nothing"}))


DAMAGES: list[Callable[[Path], None]] = [
    truncated,
    of_another_shape,
    with_a_gap,
    as_a_pickle,
    without_its_folder,
    with_a_config_that_is_none,
    with_a_config_of_nonsense,
]


def failure(engine: DeviceEngine, folder: Path | str, family: str) -> EngineError:
    job = job_for(ModelRef("the bad one", family, str(folder)), 64)()
    with pytest.raises(EngineError) as caught:
        engine.run(job, Recorder())
    return caught.value


@pytest.mark.parametrize("kind", FAMILY)
def test_the_copies_are_good_before_they_are_damaged(
    kind: str, copy_of: Callable[[str], Path], local_engine: DeviceEngine
) -> None:
    assert local_engine.run(job_for(ModelRef("good", FAMILY[kind], str(copy_of(kind))), 64)(steps=1), Recorder())


@pytest.mark.parametrize("kind", FAMILY)
@pytest.mark.parametrize("part", ["network", "text_encoder_2"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_part_makes_the_model_unavailable(
    kind: str, part: str, damage: Any, copy_of: Callable[[str], Path], local_engine: DeviceEngine
) -> None:
    folder = copy_of(kind)
    damage(folder / (NETWORK[kind] if part == "network" else part))
    error = failure(local_engine, folder, FAMILY[kind])
    assert (error.code, error.params) == ("model_unavailable", {"model": "the bad one"})


@pytest.mark.parametrize(
    ("kind", "entry"),
    [
        ("xl", {"unet": ["evil", "UNet2DConditionModel"]}),
        ("xl", {"scheduler": ["evil", "EulerDiscreteScheduler"]}),
        ("flux", {"transformer": ["transformers", "pipeline"]}),
        ("flux", {"tokenizer_2": ["evil.code", "Tokenizer"]}),
        ("flux", {"_class_name": ["evil", "FluxPipeline"]}),
        ("flux", {"_class_name": "StableDiffusionXLPipeline"}),
        ("xl", {"_class_name": "HunyuanDiTPipeline"}),
        ("xl", {"text_encoder": [None, None]}),  # SDXL's refiner has none
        ("xl", {"unet": None}),
    ],
)
def test_a_foreign_model_is_refused_and_its_code_never_runs(
    kind: str, entry: dict[str, Any], copy_of: Callable[[str], Path], tmp_path: Path, local_engine: DeviceEngine
) -> None:
    folder = copy_of(kind)
    trap = f"from pathlib import Path\nPath({str(tmp_path / 'ran')!r}).touch()\n"
    for place in (folder / "evil.py", folder / "pipeline.py", folder / NETWORK[kind] / "evil.py"):
        place.write_text(trap)
    index = json.loads((folder / "model_index.json").read_text())
    (folder / "model_index.json").write_text(json.dumps(index | entry))
    assert failure(local_engine, folder, FAMILY[kind]).code == "model_unavailable"
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("source", "family"), [("/nowhere/at/all", "sdxl"), ("", "sd"), ("a/b/c", "sd"), ("..", "flux"), ("/tmp", "cats")]
)
def test_a_model_that_is_nowhere_or_of_no_family_is_unavailable(
    source: str, family: str, local_engine: DeviceEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    error = failure(local_engine, source, family)
    assert (error.code, error.params) == ("model_unavailable", {"model": "the bad one"})


def test_while_a_bad_model_is_tried_the_others_go_on_untouched(
    copy_of: Callable[[str], Path], local_engine: DeviceEngine, ask_tiny: Callable[..., Job]
) -> None:
    folder = copy_of("flux")
    truncated(folder / "transformer")
    job = ask_tiny(steps=40, count=2)
    expected = [pixels(output) for output in local_engine.run(job, Recorder())]
    made: list[bytes] = []
    other = threading.Thread(target=lambda: made.extend(pixels(o) for o in local_engine.run(job, Recorder())))
    other.start()
    assert [failure(local_engine, folder, "flux").code for _ in range(3)] == ["model_unavailable"] * 3
    other.join(60)
    assert all(same_picture(a, b) for a, b in zip(made, expected, strict=True))
