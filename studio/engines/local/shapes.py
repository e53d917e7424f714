"""Shapes that the engine process makes of words or of a picture: what it is asked, and what it says. No torch here."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from PIL import Image

from studio.engines.base import EngineError
from studio.engines.board import pictures
from studio.engines.board.scenes import Scene
from studio.engines.local.families import SHAP_E, SHAPED
from studio.engines.local.messages import SHAPE_TOOL, Depths, Follow, Message, Request, Shape, listen
from studio.engines.local.recognise import DEPTH
from studio.engines.solid import given, glb, making, poster
from studio.job import Job, OnStep, Output, Step

TOOL = SHAPE_TOOL
# The network looks at pictures of 224 pixels; what it was taught with had the thing in the middle, with room around it.
SIDE, ROOM = 512, 0.18
PAPER = 250
# Places along a side of the grid in which the surface is looked for: as fine as the network was taught.
GRID = 128
# The longer side of a picture that is looked at for depth.
DEEP = 1024
Ask = Callable[[Request, Follow[None]], None]


def make(job: Job, on_step: OnStep, ask: Ask) -> list[Output]:
    """The shapes of a job of the tool sketch_to_3d.

    Raises EngineError: `unknown_tool` for a model that makes none, `words_required` or `input_required` for nothing to
    begin with, `invalid_image`, and those of the engine; EngineLost; lets pass what `on_step` raises.
    """
    if job.model.family == DEPTH:
        return _relief(job, on_step, ask)
    if job.model.family not in SHAPED:
        raise EngineError("unknown_tool")
    scene = None
    if job.model.family != SHAP_E.name:
        scene = Scene(framed(_picture(job)))
    elif not str(job.params.get("prompt") or "").strip():
        raise EngineError("words_required")
    made: dict[int, Output] = {}

    def hear(message: Message) -> None:
        match message:
            case Shape() as shape:
                made[shape.index] = _output(shape, float(job.params.get("size") or given.METRES))
            case Step() as step:
                on_step(step)

    ask(Request(job, scene=scene, grid=GRID), partial(listen, hear=hear))
    return [made[index] for index in sorted(made)]


def _relief(job: Job, on_step: OnStep, ask: Ask) -> list[Output]:
    """A relief of the picture, or of the drawing, as high as its things are near."""
    if "sketch" not in job.inputs:
        raise EngineError("input_required")
    shown = _picture(job)
    shown.thumbnail((DEEP, DEEP))
    found: list[Depths] = []

    def hear(message: Message) -> None:
        match message:
            case Depths():
                found.append(message)
            case Step():
                on_step(replace(message, step=0, total=0, share=0.0))

    def heard(stage: making.Stage) -> None:
        on_step(Step(stage, share=making.BEGINS[stage], seconds=found[-1].seconds))

    ask(Request(job, look=np.asarray(shown)), partial(listen, hear=hear))
    wish = replace(making.Wish.of(job.params), way="relief", raised="light")
    painted = job.inputs.get("image")
    mesh = making.make(job.inputs["sketch"], painted, wish, heard, found[-1].values.astype(float))
    heard("posing")
    facts = {**making.facts(mesh, wish), "method": "relief by depth"}
    return [Output(poster.render(mesh), "image/png", int(job.params["seed"]), facts, {"model": glb.write(mesh)})]


def _picture(job: Job) -> Image.Image:
    data = job.inputs.get("image") or job.inputs.get("sketch")
    if data is None:
        raise EngineError("input_required")
    return pictures.on_white(pictures.decode(data))


def framed(picture: Image.Image) -> Image.Image:
    """What is on the paper, in the middle of a white square."""
    marks = np.asarray(picture).min(2) < PAPER
    rows, columns = np.flatnonzero(marks.any(1)), np.flatnonzero(marks.any(0))
    if len(rows):
        picture = picture.crop((int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1))
    side = round(max(picture.size) * (1 + 2 * ROOM))
    sheet = Image.new("RGB", (side, side), "white")
    sheet.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    return sheet.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def _output(shape: Shape, metres: float) -> Output:
    mesh = given.coloured(shape.vertices, shape.faces, shape.colours)
    if mesh.volume < 0:
        mesh.invert()
    given.stand(mesh, metres)
    facts = {**shape.facts, "vertices": len(mesh.vertices), "triangles": len(mesh.faces)}
    return Output(poster.render(mesh), "image/png", shape.seed, facts, files={"model": glb.write(mesh)})
