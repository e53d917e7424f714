"""Shapes by Shap-E: the same as the stock pipeline's, through the same door, a step or part of its decoding a turn."""

import io
import queue
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import diffusers
import numpy as np
import pytest
import torch
import trimesh
from PIL import Image

from studio.engines.base import Cancelled, EngineError
from studio.engines.board import pictures
from studio.engines.local import LocalEngine, messages, recognise, sculpting, shapes
from studio.engines.local.engine import DeviceEngine
from studio.engines.local.messages import Message, Shape
from studio.engines.solid import glb, poster
from studio.job import Job, ModelRef
from tests.studio.engines import shap_e
from tests.studio.engines.contract import Recorder
from tests.studio.engines.driven import Driven
from tests.studio.engines.sketches import drawing

GRID = 24
Ask = Callable[..., Job]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "GRID", GRID)
    monkeypatch.setattr(poster, "render", partial(poster.render, side=32))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = {family: tmp_path_factory.mktemp(family) for family in ("shap_e", "shap_e_image")}
    for family, folder in made.items():
        shap_e.write(folder, of_pictures=family == "shap_e_image")
    return made


@pytest.fixture
def ask(folders: dict[str, Path]) -> Ask:
    def ask(family: str = "shap_e", *, sketch: bool | None = None, **params: object) -> Job:
        known = {"prompt": "a cup", "steps": 3, "guidance_scale": 4.0, "seed": 1, "count": 1, "size": 1.0}
        inputs = {"sketch": drawing("house", colour=True)} if family == "shap_e_image" and sketch is not False else {}
        model = ModelRef(family, family, str(folders[family]))
        return Job("test", "sketch_to_3d", known | params, inputs, model)

    return ask


def mesh_of(output: object) -> trimesh.Trimesh:
    return glb.read(output.files["model"]).to_mesh()  # type: ignore[attr-defined]


@pytest.mark.parametrize("family", ["shap_e", "shap_e_image"])
def test_shape_is_closed_coloured_a_metre_large_and_on_the_ground(
    family: str, local_engine: DeviceEngine, ask: Ask
) -> None:
    listener = Recorder()
    (output,) = local_engine.run(ask(family), listener)
    mesh = mesh_of(output)
    assert mesh.is_watertight and mesh.volume > 0
    assert mesh.extents.max() == pytest.approx(1, abs=1e-5) and mesh.bounds[0][1] == pytest.approx(0, abs=1e-5)
    (part,) = glb.read(output.files["model"]).geometry.values()
    assert len(np.unique(part.visual.vertex_attributes["color"], axis=0)) > 1
    assert (part.visual.material.metallicFactor, part.visual.material.roughnessFactor) == (0, 0.75)
    assert Image.open(io.BytesIO(output.data)).size == (32, 32) and output.media_type == "image/png"
    assert output.facts["triangles"] == len(mesh.faces) and output.facts["seconds"] > 0
    told = [step for step in listener.steps if step.stage in ("denoising", "decoding")]
    # Heun's sampler asks the network twice in each step but the last.
    assert [(s.step, s.total) for s in told if s.stage == "denoising" and s.step] == [(n, 5) for n in range(1, 6)]
    parts = [s.step for s in told if s.stage == "decoding"]
    assert parts == sorted(parts) and parts[-1] == -(-(GRID**3) // sculpting.AT_ONCE)


@pytest.mark.parametrize("family", ["shap_e", "shap_e_image"])
def test_shape_equals_the_bare_pipelines(family: str, local_engine: DeviceEngine, ask: Ask) -> None:
    job = ask(family, seed=5, count=2)
    outputs = local_engine.run(job, Recorder())
    kind = diffusers.ShapEImg2ImgPipeline if family == "shap_e_image" else diffusers.ShapEPipeline
    bare = kind.from_pretrained(job.model.source)
    picture = pictures.on_white(pictures.decode(drawing("house", colour=True)))
    begun = "a cup" if family == "shap_e" else shapes.framed(picture)
    for seed, output in zip((5, 6), outputs, strict=True):
        made = bare(
            begun,
            guidance_scale=4.0,
            num_inference_steps=3,
            generator=torch.Generator().manual_seed(seed),
            output_type="latent",
        ).images
        expected = bare.shap_e_renderer.decode_to_mesh(made, "cpu", grid_size=GRID)
        mesh = mesh_of(output)
        assert len(mesh.faces) == len(expected.faces)
        long = (expected.verts.max(0).values - expected.verts.min(0).values).max().item()
        assert mesh.extents == pytest.approx(np.ptp(expected.verts.numpy(), 0)[[0, 2, 1]] / long, abs=1e-4)


def test_half_precision_makes_a_shape_too(local_engine: DeviceEngine, ask: Ask) -> None:
    """Its places are counted in full precision all the same: in half of it neighbours would be one."""
    job = ask("shap_e_image", steps=2)
    output = local_engine.run(replace(job, model=replace(job.model, dtype="bfloat16")), Recorder())[0]
    assert output.facts["dtype"] == "bfloat16" and mesh_of(output).is_watertight


def test_the_same_seed_gives_the_same_file(local_engine: DeviceEngine, ask: Ask) -> None:
    first, second = (local_engine.run(ask(), Recorder())[0].files["model"] for _again in range(2))
    assert first == second
    assert local_engine.run(ask(seed=2), Recorder())[0].files["model"] != first


def test_turns_are_short_and_shapes_side_by_side_do_not_mix(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has weights of its own while it is decoded: what one writes there the other must not read."""
    monkeypatch.setattr(sculpting, "CALLS_A_TURN", 1)
    jobs = [ask(seed=1), ask(seed=2)]

    def made(*some: Job) -> list[Shape]:
        batcher = Driven(some[0].model)
        told: list[Message] = []
        for job in some:
            batcher.submit(messages.Request(replace(job, owner=str(job.params["seed"])), grid=GRID), told.append)
        batcher.run_out()
        return sorted((each for each in told if isinstance(each, Shape)), key=lambda shape: shape.seed)

    alone, together = [made(job)[0] for job in jobs], made(*jobs)
    for one, other in zip(alone, together, strict=True):
        assert np.array_equal(one.vertices, other.vertices) and np.array_equal(one.colours, other.colours)


def test_cancel_ends_it_within_a_step(ask: Ask) -> None:
    batcher, told = Driven(ask().model), queue.SimpleQueue[Message]()
    ticket = batcher.submit(messages.Request(ask(steps=50), grid=GRID), told.put)
    for _turn in range(4):
        batcher.turn()
    (piece,) = next(iter(batcher.runs)).slots
    batcher.cancel(ticket)
    batcher._inbox.put(lambda: None)
    batcher.turn()
    assert not batcher.runs and not piece._thread.is_alive()  # type: ignore[union-attr]


@pytest.mark.parametrize("at", [1, 4, 7])
def test_person_who_no_longer_wants_it_is_heard(at: int, local_engine: DeviceEngine, ask: Ask) -> None:
    with pytest.raises(Cancelled):
        local_engine.run(ask(), Recorder(at=at))


@pytest.mark.parametrize("most", [0, 100])
def test_no_surface_and_nothing_but_noise_are_errors_with_words(
    most: int, local_engine: DeviceEngine, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are told by the triangles that there are; of the tiny model there are always some, so the limit is moved."""
    monkeypatch.setattr(sculpting, "TRIANGLES_MOST", most)
    with pytest.raises(EngineError, match="no_picture"):
        local_engine.run(ask(), Recorder())


@pytest.mark.parametrize(
    ("family", "params", "code"),
    [
        ("shap_e", {"prompt": "  "}, "words_required"),
        ("shap_e_image", {"sketch": False}, "input_required"),
    ],
)
def test_nothing_to_begin_with_is_refused(
    family: str, params: dict[str, object], code: str, local_engine: DeviceEngine, ask: Ask
) -> None:
    with pytest.raises(EngineError, match=code):
        local_engine.run(ask(family, **params), Recorder())


def test_picture_models_make_no_shapes_and_shape_models_no_pictures(
    local_engine: DeviceEngine, ask: Ask, ask_tiny: Ask
) -> None:
    picture = ask_tiny()
    with pytest.raises(EngineError, match="unknown_tool"):
        local_engine.run(replace(picture, tool="sketch_to_3d"), Recorder())
    with pytest.raises(EngineError, match="unknown_tool"):
        local_engine.run(replace(ask(), tool="text_to_image", params=picture.params), Recorder())


def test_model_is_recognised(folders: dict[str, Path]) -> None:
    for family, folder in folders.items():
        found = recognise.recognise(str(folder))
        assert (found.family, found.tools, found.guessed) == (family, ["sketch_to_3d"], False)
        assert found.defaults["steps"] == 64


def test_what_is_drawn_is_put_in_the_middle() -> None:
    sheet = Image.new("RGB", (300, 200), "white")
    sheet.paste((200, 0, 0), (10, 20, 50, 40))
    framed = np.asarray(shapes.framed(sheet))
    rows, columns = np.nonzero(framed.min(2) < 128)
    assert framed.shape == (shapes.SIDE, shapes.SIDE, 3)
    assert abs(rows.mean() - shapes.SIDE / 2) < 2 and abs(columns.mean() - shapes.SIDE / 2) < 2
    assert np.asarray(shapes.framed(Image.new("RGB", (30, 20), "white"))).min() == 255


def test_engine_process_makes_it_too(process_engine: LocalEngine, ask: Ask) -> None:
    listener = Recorder()
    (output,) = process_engine.run(ask(), listener)
    assert mesh_of(output).is_watertight and any(step.stage == "decoding" for step in listener.steps)
