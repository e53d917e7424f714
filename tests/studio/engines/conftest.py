"""The models of the engine tests: a tiny random one, the starter, and jobs for them."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.engines.local import LocalEngine, tiny, tiny_flows
from studio.engines.local.engine import DeviceEngine
from studio.job import Job, ModelRef
from tests.studio.engines.sketches import drawing

STARTER = Path(__file__).resolve().parents[3] / "starter" / "weights"
PARAMS = {
    "prompt": "a red house",
    "negative_prompt": "",
    "steps": 4,
    "guidance_scale": 3.5,
    "strength": 0.75,
    "seed": 1,
    "count": 1,
}


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The random pipeline, with a ControlNet inside. Read only: copy it to break it."""
    folder = tmp_path_factory.mktemp("tiny")
    tiny.write(folder, controlnet=True)
    return folder


@pytest.fixture
def broken(tiny_folder: Path, tmp_path: Path) -> Path:
    """A copy of the tiny pipeline to break."""
    return Path(shutil.copytree(tiny_folder, tmp_path / "broken"))


@pytest.fixture(scope="session")
def local_engine() -> DeviceEngine:
    """The inside of the engine process, in the tests' own process."""
    return DeviceEngine(device="cpu", threads=1)


@pytest.fixture(scope="session")
def process_engine() -> Iterator[LocalEngine]:
    """The engine as a worker has it, with its process."""
    engine = LocalEngine(device="cpu", threads=1)
    yield engine
    engine.close()


def job_for(model: ModelRef, side: int) -> Callable[..., Job]:
    """A maker of jobs for `model`; a coloured house is the sketch unless another is given."""

    def ask(tool: str = "text_to_image", *, sketch: bytes | None = None, **params: Any) -> Job:
        inputs = {"sketch": sketch or drawing("house", colour=True)} if tool == "sketch_to_image" else {}
        return Job("test", tool, PARAMS | {"width": side, "height": side} | params, inputs, model)

    return ask


@pytest.fixture(scope="session")
def ask_tiny(tiny_folder: Path) -> Callable[..., Job]:
    return job_for(ModelRef("tiny", "sd", str(tiny_folder)), 64)


@pytest.fixture(scope="session")
def ask_tiny_control(tiny_folder: Path) -> Callable[..., Job]:
    parts = {"controlnet_scribble": str(tiny_folder / tiny.CONTROL_FOLDER)}
    return job_for(ModelRef("tiny", "sd", str(tiny_folder), parts=parts), 64)


@pytest.fixture(scope="session")
def ask_starter() -> Callable[..., Job]:
    parts = {"controlnet_scribble": str(STARTER / "controlnet-scribble")}
    return job_for(ModelRef("starter", "sd", str(STARTER), parts=parts), 128)


@pytest.fixture(scope="session")
def flowing(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Callable[..., Job]]:
    """A maker of jobs for a tiny model of a family whose stock pipeline runs alone."""
    written: dict[str, Path] = {}

    def ask(family: Any) -> Callable[..., Job]:
        if family not in written:
            written[family] = tmp_path_factory.mktemp(family)
            tiny_flows.write(written[family], family)
        return job_for(ModelRef(family, family, str(written[family])), 64)

    return ask
