"""A world as one model: everything stands where it was placed, closed meshes stay closed, and there are limits."""

import io
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
import trimesh
from PIL import Image

from studio.engines.base import Cancelled, EngineError
from studio.engines.plain import PlainEngine
from studio.engines.solid import glb, poster
from studio.job import Job, ModelRef, Output, Step
from studio.values import worlds

BOX, BALL = str(uuid4()), str(uuid4())


def solid(shape: trimesh.Trimesh, colour: tuple[int, int, int] = (200, 80, 40)) -> bytes:
    shape.visual = trimesh.visual.ColorVisuals(shape, vertex_colors=[*colour, 255])
    return glb.write(shape)


@pytest.fixture(scope="module")
def inputs() -> dict[str, bytes]:
    return {BOX: solid(trimesh.creation.box((1, 2, 3))), BALL: solid(trimesh.creation.icosphere(subdivisions=1))}


def thing(work: str, name: str = "", at: Any = (0, 0, 0), turn: Any = (0, 0, 0), scale: float = 1) -> dict[str, Any]:
    return {"id": uuid4().hex, "work": work, "name": name, "position": list(at), "turn": list(turn), "scale": scale}


def document(*things: dict[str, Any], shown: bool = False) -> dict[str, Any]:
    return {
        "version": 1,
        "things": list(things),
        "ground": {"shown": shown, "colour": "#88aa66", "radius": 20},
        "light": {"azimuth": 40, "height": 60, "strength": 2},
        "sky": {"top": "#5d9fdb", "horizon": "#dbeaf4"},
    }


def made(inputs: dict[str, bytes], world: dict[str, Any], **params: Any) -> tuple[Output, list[Step]]:
    steps: list[Step] = []
    params = {"world": world, "ground": True, "seed": 0, "count": 1, "prompt": ""} | params
    job = Job("j", "world", params, inputs, ModelRef("plain", "plain", "plain"))
    (output,) = PlainEngine().run(job, steps.append)
    return output, steps


def bounds(scene: trimesh.Scene, node: str) -> list[list[float]]:
    matrix, name = scene.graph[node]
    shape = scene.geometry[name].copy()
    shape.apply_transform(matrix)
    return np.round(shape.bounds, 3).tolist()


def test_two_models_stand_where_they_were_placed_turned_and_scaled(inputs) -> None:
    things = [thing(BOX, "Hut", (4, 1, -2), (0, 90, 0)), thing(BALL, "Moon", (0, 6, 0), scale=2), thing(BOX, "Hut")]
    output, steps = made(inputs, document(*things))
    scene = trimesh.load_scene(io.BytesIO(output.files["model"]), file_type="glb")
    parts = {str(node): bounds(scene, node) for node in scene.graph.nodes_geometry}
    hut, moon, second = (
        next(parts[each] for each in parts if each.startswith(name)) for name in ("Hut,", "Moon", "Hut 2")
    )
    # Turned by a quarter, what was long along z is long along x.
    assert hut == [[2.5, 0.0, -2.5], [5.5, 2.0, -1.5]]
    assert np.allclose(moon, [[-2, 4, -2], [2, 8, 2]], atol=0.3)
    assert second == [[-0.5, -1.0, -1.5], [0.5, 1.0, 1.5]]
    assert len(scene.geometry) == 2, "a model that stands there twice is in the file once"
    assert all(each.is_watertight for each in scene.geometry.values())
    assert output.facts["models"] == 3 and output.facts["triangles"] == 12 + 80 + 12
    assert Image.open(io.BytesIO(output.data)).format == "PNG"
    shares = [step.share for step in steps]
    assert shares == sorted(shares) and shares[-1] == 1.0


def test_tilted_things_turn_in_the_order_that_the_page_shows() -> None:
    from studio.engines.plain.world import matrix_of

    tilted = worlds.Thing.model_validate(thing(BOX, turn=(90, 90, 0)))
    # Three.js, "YXZ": first about x, then about y. What pointed up lies along +x.
    assert np.allclose(matrix_of(tilted)[:3, :3] @ [0, 1, 0], [1, 0, 0])


@pytest.mark.parametrize(("shown", "wanted", "there"), [(True, True, True), (True, False, False), (False, True, False)])
def test_the_ground_is_part_of_it_where_it_is_shown_and_wanted(inputs, monkeypatch, shown, wanted, there) -> None:
    monkeypatch.setattr(poster, "render", lambda _scene: b"")  # drawn once above, and it takes its time
    output, _ = made(inputs, document(thing(BALL, at=(3, 1, 0)), shown=shown), ground=wanted)
    scene = trimesh.load_scene(io.BytesIO(output.files["model"]), file_type="glb")
    assert ("ground" in scene.geometry) is there
    if there:
        low, high = scene.geometry["ground"].bounds
        assert np.allclose(high - low, 2 * np.array([1.2 * np.hypot(4, 1) + 1, 0, 1.2 * np.hypot(4, 1) + 1]), atol=0.1)
        assert (scene.geometry["ground"].face_normals[:, 1] > 0.99).all(), "seen from above"
        # #88aa66 as light.
        assert np.allclose(scene.geometry["ground"].visual.material.baseColorFactor, [63, 103, 34, 255], atol=1)


def test_names_of_all_sorts_are_kept_apart(inputs) -> None:
    names = ["world", "ground", "", "", "a/b, 一只猫 <script>", "world"]
    output, _ = made(inputs, document(*(thing(BALL, name, (n * 3, 1, 0)) for n, name in enumerate(names)), shown=True))
    scene = trimesh.load_scene(io.BytesIO(output.files["model"]), file_type="glb")
    assert len(list(scene.graph.nodes_geometry)) == len(names) + 1


def test_what_cannot_be_made_says_why(inputs, monkeypatch) -> None:
    def code(world: Any, given: dict[str, bytes] = inputs) -> str:
        with pytest.raises(EngineError) as refused:
            made(given, world)
        return refused.value.code

    assert code(document()) == "world_empty"
    assert code({"version": 1}) == "invalid_world"
    assert code(document(thing(str(uuid4())))) == "world_model_gone"
    assert code(document(thing(BOX)), {BOX: b"glTF no model"}) == "invalid_model"
    monkeypatch.setattr(worlds, "MOST_TRIANGLES", 90)
    assert code(document(thing(BOX), thing(BALL))) == "world_too_detailed"


def test_it_stops_when_it_is_no_longer_wanted(inputs) -> None:
    def unwanted(step: Step) -> None:
        if step.share:
            raise Cancelled

    job = Job("j", "world", {"world": document(thing(BOX), thing(BALL)), "seed": 0}, inputs, ModelRef("p", "p", "p"))
    with pytest.raises(Cancelled):
        PlainEngine().run(job, unwanted)
