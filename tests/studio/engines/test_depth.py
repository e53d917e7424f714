"""Reliefs by depth: a real network, tiny, in the step loop; what is none is refused by name."""

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from studio.engines.base import Cancelled, EngineError
from studio.engines.local import depths, recognise, seeing
from studio.engines.local.engine import DeviceEngine
from studio.engines.solid import glb
from studio.job import Job, ModelRef
from studio.tools import find
from tests.studio.engines import recorded
from tests.studio.engines.contract import Recorder

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("depth")
    depths.write_tiny(made)
    return made


def ask(source: Path, **inputs: bytes) -> Job:
    params = {"seed": 0, "count": 1, "triangles": 3000, "size": 0.4, "thickness": 1.0}
    given = inputs or {"sketch": recorded.drawn("house with a window", 96)}
    return Job("1", "sketch_to_3d", params, given, ModelRef("depth", "depth", str(source)))


def test_a_relief_is_as_high_as_the_network_says_that_things_are_near(folder: Path) -> None:
    engine, heard = DeviceEngine("cpu", 1), Recorder()
    (output,) = engine.run(ask(folder), heard)
    stages = list(dict.fromkeys(step.stage for step in heard.steps if step.stage not in ("waiting", "loading")))
    assert stages == ["depth", "outlines", "shaping", "texture", "posing"]
    mesh = next(iter(glb.read(output.files["model"]).geometry.values()))
    assert mesh.is_watertight and mesh.is_winding_consistent and max(mesh.extents) == pytest.approx(0.4)
    assert output.facts["method"] == "relief by depth"
    # The same picture, asked directly: high is where it is near.
    picture = np.asarray(Image.open(io.BytesIO(recorded.drawn("house with a window", 96))).convert("RGB"))
    near = depths.load(str(folder), CPU).nearness(picture)
    assert near.shape == (96, 96) and near.min() == 0 and near.max() == 1
    front = mesh.vertices[mesh.vertex_normals[:, 2] > 0.7]
    columns = ((front[:, 0] / 0.4 + 0.5) * 95).round().astype(int).clip(0, 95)
    rows = ((1 - front[:, 1] / 0.4) * 95).round().astype(int).clip(0, 95)
    assert np.corrcoef(near[rows, columns], front[:, 2])[0, 1] > 0.5
    with pytest.raises(Cancelled):
        engine.run(ask(folder), Recorder(len(heard.steps) - 2))
    with pytest.raises(EngineError, match="input_required"):
        engine.run(ask(folder, mask=b""), Recorder())


def test_the_catalogue_knows_such_a_network_and_refuses_what_is_none(folder: Path, tmp_path: Path) -> None:
    found = recognise.recognise(str(folder))
    assert (found.family, found.tools) == ("depth", ["sketch_to_3d"])
    (tmp_path / "config.json").write_text('{"architectures": ["BertModel"], "model_type": "bert"}')
    with pytest.raises(recognise.Unknown, match="sees no depth"):
        recognise.recognise(str(tmp_path), family="depth")
    with pytest.raises(seeing.Unfit, match="BertModel"):
        depths.load(str(tmp_path), CPU)
    with pytest.raises(EngineError, match="model_unavailable"):
        DeviceEngine("cpu", 1).run(ask(tmp_path), Recorder())


@pytest.mark.django_db
def test_its_panel_has_what_a_relief_has() -> None:
    from studio.models import Model
    from studio.views.panel import panel

    model = Model(name="depth", family="depth", tools=["sketch_to_3d"])
    tool = find("sketch_to_3d")
    names = {each["name"] for each in panel(tool, model)}
    assert {"thickness", "smoothness", "triangles", "size"} <= names and not {"way", "roundness", "steps"} & names
    assert str(tool.note(model, [])) and tool.asks(model) == ("sketch",)
