"""What worker and engine process say to each other, and how a worker's thread follows its job. No torch here."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.engines.base import Cancelled, EngineError, EngineLost
from studio.engines.board import scenes, sketch
from studio.engines.board.pictures import on_white
from studio.engines.board.scenes import Scene
from studio.engines.local.families import ESRGAN, SHAPED
from studio.job import Job, OnStep, Output, Preview, Step

FINAL_SIDE = 256
# How the roles of a model's further weights begin that read a drawing's lines; the rest is a name of sketch.VIEWS.
CONTROL_PART = "controlnet_"
# What networks can do that only make pictures larger or cleaner.
ESRGAN_TOOLS = ("upscale", "restore")
# What a family makes that makes no pictures, see shapes.py.
SHAPE_TOOL = "sketch_to_3d"
TOOLS = ("text_to_image", "sketch_to_image", *scenes.TOOLS)
# The role of a model's further weights that make pictures larger.
UPSCALER_PART = "upscaler"
# The role of a network that finds faces in photos.
FACES_PART = "faces"
# The role of a small autoencoder of the same latents, which shows them clearer than a linear map.
PREVIEW_PART = "preview_vae"


@dataclass(frozen=True, slots=True)
class Drawing:
    """What the job's model wants to see of a drawing, see `sketch.Sketch`: `lines` and `colours` with the ControlNet of
    role `control`, otherwise `board`."""

    control: str = ""
    board: Image.Image | None = None
    lines: Image.Image | None = None
    colours: Image.Image | None = None


@dataclass(frozen=True, slots=True)
class Grey:
    """A photo as a network sees it that shall give it its colours: (h, w) in 0..1, for output `index`."""

    index: int
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Request:
    """A job as the engine process takes it; `drawing` is its sketch, `scene` its picture, already read. `greys` are
    what colours are asked for, `look` (h, w) is a photo whose faces shall be counted first (photos.py), or (h, w, 3) a
    picture of which is asked how near everything is (shapes.py). `grid`: a shape is looked for at so many places along
    a side (shapes.py)."""

    job: Job
    drawing: Drawing | None = None
    scene: Scene | None = None
    greys: tuple[Grey, ...] = ()
    look: NDArray[np.uint8] | None = None
    grid: int = 0

    @property
    def of_photo(self) -> bool:
        """Whether it is about a photo's colours, or about depth, which takes no pipeline."""
        return bool(self.greys) or self.look is not None

    @property
    def of_shape(self) -> bool:
        """Whether it becomes a shape in space."""
        return self.job.tool == SHAPE_TOOL and not self.of_photo

    @property
    def only_upscaler(self) -> bool:
        """Whether its picture goes through the network that enlarges, and through nothing else."""
        return self.job.tool in ESRGAN_TOOLS


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished picture: `rgb` holds height x width x 3 bytes, row by row. `seconds` is as in `Step`."""

    index: int
    seed: int
    width: int
    height: int
    rgb: bytes
    seconds: float
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Colours:
    """What a network gave for a Grey: a and b (2, h, w) in units of Lab. `network` tells which, and where it ran;
    `seconds` is as in `Step`."""

    index: int
    ab: NDArray[np.float32]
    seconds: float
    network: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A finished shape: `vertices` (n, 3) with Y up, counter-clockwise `faces` (m, 3), and the `colours` (n, 3; light,
    0 to 255) of the vertices. `seconds` is as in `Step`."""

    index: int
    seed: int
    vertices: NDArray[np.float32]
    faces: NDArray[np.int32]
    colours: NDArray[np.uint8]
    seconds: float
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Faces:
    """How many a photo shows; None where the memory was too small to look. `seconds` is as in `Step`."""

    count: int | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Depths:
    """How near everything in a picture is (h, w; 0 to 1). `seconds` is as in `Step`."""

    values: NDArray[np.float32]
    seconds: float


@dataclass(frozen=True, slots=True)
class Done:
    """All pictures were sent."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The job failed: a code of studio/words/errors.py, and what fills its text."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Replaced:
    """A newer frame of the same live board took this one's place."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The engine process is gone."""


@dataclass(frozen=True, slots=True)
class Holds:
    """The models now in memory, by name. Belongs to no job: its ticket is 0."""

    names: frozenset[str]


Message = Step | Picture | Shape | Colours | Faces | Depths | Done | Failed | Replaced | Lost
Tell = Callable[[Message], None]
T_co = TypeVar("T_co", covariant=True)


class Follow(Protocol[T_co]):
    """Listens to a request until it ends: `next_message` waits for the next of its messages, `cancel` gives it up."""

    def __call__(self, next_message: Callable[[], Message], *, cancel: Callable[[], None]) -> T_co: ...


def request(job: Job) -> Request:
    """`job` with its inputs read. Raises EngineError("unknown_tool", "invalid_image" or "nothing_marked").

    Drawings are read in the worker: in the engine's process nothing but the step loop should be busy.
    """
    only = job.tool in ESRGAN_TOOLS
    if job.tool not in TOOLS or (job.model.family == ESRGAN.name and not only) or job.model.family in SHAPED:
        raise EngineError("unknown_tool")
    if times(job) > 1 and not job.model.parts.get(UPSCALER_PART) and job.model.family != ESRGAN.name:
        raise EngineError("model_unavailable", model=job.model.name)
    if job.tool == "sketch_to_image":
        return Request(job, _drawing(job))
    return Request(job, scene=scenes.read(job) if job.tool in scenes.TOOLS else None)


def times(job: Job) -> int:
    """How many times as large the job's pictures are made at the end."""
    return int(job.params.get("scale", 2) if job.tool == "upscale" else job.params.get("upscale", 1))


def _drawing(job: Job) -> Drawing:
    params = job.params
    read = sketch.read(job.inputs["sketch"], int(params["width"]), int(params["height"]), sketch.Options.of(params))
    role = _control(job)
    if not role:
        return Drawing(board=read.board)
    lines = sketch.VIEWS[role.removeprefix(CONTROL_PART)](read)
    return Drawing(control=role, lines=lines, colours=read.colours)


def _control(job: Job) -> str:
    """The role of the ControlNet that reads the drawing: the one asked for, else the model's first, "" for none."""
    known = [role for role in job.model.parts if role.startswith(CONTROL_PART)]
    wanted = str(job.params.get("control") or "")
    if wanted == "none" or not known:
        return ""
    role = CONTROL_PART + wanted if wanted else known[0]
    if role not in known or role.removeprefix(CONTROL_PART) not in sketch.VIEWS:
        raise EngineError("model_unavailable", model=job.model.name)
    return role


def listen(next_message: Callable[[], Message], *, cancel: Callable[[], None], hear: Callable[[Message], None]) -> None:
    """Take in what the engine process says of a request until it ends; whatever `hear` raises gives it up.

    Raises EngineError, Cancelled for a live frame that was replaced by a newer one, EngineLost when the process died.
    """
    while True:
        match next_message():
            case Done():
                return
            case Failed(code, params):
                raise EngineError(code, **params)
            case Replaced():
                raise Cancelled
            case Lost():
                raise EngineLost
            case message:
                try:
                    hear(message)
                except BaseException:
                    cancel()
                    raise


def follow(
    next_message: Callable[[], Message], *, on_step: OnStep, cancel: Callable[[], None], job: Job
) -> list[Output]:
    """Pass the steps of `job` to `on_step` until it ends; its pictures in order, as files of `job.media_type`.

    Whatever `on_step` raises passes through, after `cancel`. Raises what `listen` raises.
    """
    outputs: dict[int, Output] = {}
    finish = scenes.finisher(job)
    count = 1

    def hear(message: Message) -> None:
        nonlocal count
        match message:
            case Step() as step:
                count = step.count
                on_step(step)
            case Picture() as made:
                picture = finish(Image.frombytes("RGB", (made.width, made.height), made.rgb))
                outputs[made.index] = Output(encoded(picture, job.media_type), job.media_type, made.seed, made.facts)
                shown = of_picture(picture)
                on_step(Step("decoding", index=made.index, count=count, preview=shown, seconds=made.seconds))

    listen(next_message, cancel=cancel, hear=hear)
    return [outputs[index] for index in sorted(outputs)]


def png(picture: Image.Image) -> bytes:
    """`picture` as a PNG file, not compressed: it is read again at once, by whoever keeps it."""
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=0)
    return file.getvalue()


def encoded(picture: Image.Image, media_type: str) -> bytes:
    """`picture` as a file: "image/png", or "image/jpeg" of high quality."""
    if media_type == "image/png":
        return png(picture)
    file = io.BytesIO()
    flat = on_white(picture) if picture.mode == "RGBA" else picture
    flat.save(file, "JPEG", quality=92)
    return file.getvalue()


def of_picture(picture: Image.Image) -> Preview:
    """A finished picture as a preview of at most 256 pixels a side."""
    small = picture.convert("RGB")
    small.thumbnail((FINAL_SIDE, FINAL_SIDE))
    return Preview(small.width, small.height, small.tobytes())
