"""A world as one model: the models that stand in it, each file once however often it stands there, and the ground.

Every model keeps its own meshes as they are (a closed one stays closed) under a node with the name that the person gave
it; what stands where is in the nodes alone. Sky and light are no part of a model: viewers bring their own.
"""

from collections.abc import Iterator

import numpy as np
import trimesh
from numpy.typing import NDArray
from trimesh.visual.material import PBRMaterial

from gallery.pixels import solids
from studio.engines.base import EngineError
from studio.engines.solid import glb, poster
from studio.job import Job, OnStep, Output, Step
from studio.values import worlds
from studio.values.worlds import Ground, Thing

Matrix = NDArray[np.float64]
METHOD = "world"
# How many sides the ground has, and how much farther it reaches than what stands on it.
GROUND_SIDES, BEYOND = 96, 1.2
# How much is done, roughly, when everything was read, and when the picture was drawn.
READ, PICTURED = 0.3, 0.7


def world(job: Job, on_step: OnStep) -> list[Output]:
    """Raises EngineError: invalid_world, world_empty, world_model_gone, invalid_model, world_too_detailed."""
    try:
        document = worlds.read(job.params["world"])
    except ValueError:
        raise EngineError("invalid_world") from None
    if not document.things:
        raise EngineError("world_empty")
    models = _models(job, document.things, on_step)
    triangles = sum(_triangles(models[thing.work]) for thing in document.things)
    if triangles > worlds.MOST_TRIANGLES:
        raise EngineError("world_too_detailed", limit=worlds.MOST_TRIANGLES, triangles=triangles)
    on_step(Step("placing", share=READ))
    scene = together(document.things, models)
    # Without the ground, beside which everything else would be small.
    picture = poster.render(scene)
    on_step(Step("placing", share=PICTURED))
    if job.params.get("ground", True) and document.ground.shown:
        lay(scene, document.ground)
    data = glb.write(scene)
    if len(data) > solids.MOST:
        raise EngineError("world_too_large", limit=f"{solids.MOST // 2**20} MB")
    on_step(Step("placing", share=1.0))
    facts = {"method": METHOD, "models": len(document.things), "triangles": triangles}
    return [Output(picture, "image/png", int(job.params["seed"]), facts, {"model": data})]


def together(things: list[Thing], models: dict[str, trimesh.Scene]) -> trimesh.Scene:
    """One scene in which every thing stands where it should."""
    scene = trimesh.Scene(base_frame="world")
    for work in dict.fromkeys(thing.work for thing in things):
        for _, name, _ in _parts(models[work]):
            scene.geometry[f"{work} {name}"] = models[work].geometry[name]
    taken: set[str] = {"world"}
    for thing in things:
        node = _free(thing.name or "model", taken)
        scene.graph.update(frame_from="world", frame_to=node, matrix=matrix_of(thing))
        for place, name, matrix in _parts(models[thing.work]):
            part = _free(f"{node}, {place}", taken)
            scene.graph.update(frame_from=node, frame_to=part, matrix=matrix, geometry=f"{thing.work} {name}")
    return scene


def matrix_of(thing: Thing) -> Matrix:
    """Where a thing stands, as a 4 x 4 matrix for columns: scaled, turned, moved."""
    x, y, z = np.radians(thing.turn)
    cx, sx, cy, sy, cz, sz = np.cos(x), np.sin(x), np.cos(y), np.sin(y), np.cos(z), np.sin(z)
    around_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    around_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    around_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    matrix = np.eye(4)
    matrix[:3, :3] = around_y @ around_x @ around_z * thing.scale
    matrix[:3, 3] = thing.position
    return matrix


def lay(scene: trimesh.Scene, ground: Ground) -> None:
    """The ground, a disc that is seen from above, a hair below what stands on it. It reaches a little farther than what
    stands there: in a viewer, which shows all of a model, everything would be small in the middle of a wide plain."""
    low, high = scene.bounds[:, [0, 2]]
    radius = min(ground.radius, BEYOND * float(np.hypot(*np.maximum(np.abs(low), np.abs(high)))) + 1.0)
    angles = np.linspace(0, 2 * np.pi, GROUND_SIDES, endpoint=False)
    rim = np.column_stack([radius * np.sin(angles), np.zeros(GROUND_SIDES), radius * np.cos(angles)])
    vertices = np.vstack([[0.0, 0.0, 0.0], rim])
    around = np.arange(GROUND_SIDES)
    faces = np.column_stack([np.zeros_like(around), around + 1, (around + 1) % GROUND_SIDES + 1])
    colour = [_linear(int(ground.colour[at : at + 2], 16)) for at in (1, 3, 5)]
    material = PBRMaterial(name="ground", baseColorFactor=[*colour, 255], metallicFactor=0.0, roughnessFactor=1.0)
    disc = trimesh.Trimesh(vertices, faces, process=False, visual=trimesh.visual.TextureVisuals(material=material))
    below = np.eye(4)
    below[1, 3] = -0.002
    scene.add_geometry(disc, node_name=_free("ground", set(scene.graph.nodes)), geom_name="ground", transform=below)


def _models(job: Job, things: list[Thing], on_step: OnStep) -> dict[str, trimesh.Scene]:
    wanted = list(dict.fromkeys(thing.work for thing in things))
    models = {}
    for count, work in enumerate(wanted):
        on_step(Step("placing", share=READ * count / len(wanted)))
        try:
            models[work] = glb.read(job.inputs[work])
        except KeyError:
            raise EngineError("world_model_gone") from None
    return models


def _parts(model: trimesh.Scene) -> Iterator[tuple[str, str, Matrix]]:
    """Each node of a model that has a mesh: its name, the mesh's, and where it is. Points and lines are left out."""
    for node in model.graph.nodes_geometry:
        matrix, name = model.graph[node]
        if isinstance(model.geometry[name], trimesh.Trimesh):
            yield str(node), str(name), matrix


def _triangles(model: trimesh.Scene) -> int:
    return sum(len(model.geometry[name].faces) for _, name, _ in _parts(model))


def _linear(value: int) -> int:
    """A part of an sRGB colour (0 to 255) as light, which is what a material's factor is (glTF 2.0 §3.9.2)."""
    share = value / 255
    return round(255 * (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4))


def _free(name: str, taken: set[str]) -> str:
    """`name`, with a number where it is taken; then it is."""
    found, count = name, 1
    while found in taken:
        count += 1
        found = f"{name} {count}"
    taken.add(found)
    return found
