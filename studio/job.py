"""Plain values that an engine takes and gives. No framework here: an engine may run in any process."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

# Of pictures that are painted ("remote": on a server that does not say how far it is), and of photos
# (studio/engines/photo/stages.py).
Painting = Literal["waiting", "loading", "encoding", "denoising", "decoding", "enlarging", "saving", "remote"]
# Of scenes: a chat model writes their code.
OfScene = Literal["writing"]
OfPhoto = Literal[
    "reading", "faces", "resizing", "encoder", "decoder", "hints", "merging", "finding", "filling", "cleaning"
]
# Of shapes in space (studio/engines/solid/making.py).
OfShape = Literal["depth", "outlines", "shaping", "texture", "posing", "placing"]
Stage = Painting | OfPhoto | OfShape | OfScene
Lane = Literal["live", "interactive", "bulk"]


# The part of a model that drafts of a live board are drawn with, where it has one.
LIVE_VARIANT = "few_steps"


@dataclass(frozen=True, slots=True)
class ModelRef:
    """Which weights to use: a catalogue row as a plain value.

    `source` is a folder or a hub id, `revision` a hub commit (or ""), `parts` names further weights by role
    (`controlnet_scribble`), `dtype` is "auto", "float32", "float16" or "bfloat16". `variant` names a part that takes
    the place of the model's own denoiser: "few_steps", or "" for none. `schedule` are changes to the configuration of
    its scheduler. A `pinned` one stays in memory once it is there. `server` is the only one (Server.name) that is asked
    for it, or "" for any of its kind.
    """

    name: str
    family: str
    source: str
    revision: str = ""
    dtype: str = "auto"
    parts: Mapping[str, str] = field(default_factory=dict)
    variant: str = ""
    schedule: Mapping[str, Any] = field(default_factory=dict)
    pinned: bool = False
    server: str = ""

    def plain(self) -> "ModelRef":
        """The model itself, without a variant."""
        return replace(self, variant="")


@dataclass(frozen=True, slots=True)
class AdapterRef:
    """Weights that change a model for one job: a catalogue row as a plain value.

    `source` is a safetensors file or its folder. A "lora" counts with `weight` (1 as it was trained), an "embedding"
    is what `token` means in the prompts.
    """

    name: str
    kind: Literal["lora", "embedding"]
    source: str
    weight: float = 1.0
    token: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """One generation as an engine sees it. `params` passed the tool's form; `inputs` are bytes by role ("sketch").

    `owner` is opaque and only tells people apart; `attempt` is above 1 when an engine or a worker died with it before.
    `board` is that of a live frame, of which only the newest `revision` is wanted. `media_type` is the kind of file the
    outputs shall be: "image/png" or "image/jpeg". `request_id` names the request that asked for it, for the log.
    """

    id: str
    tool: str
    params: Mapping[str, Any]
    inputs: Mapping[str, bytes]
    model: ModelRef
    owner: str = ""
    lane: Lane = "interactive"
    weight: float = 1.0
    attempt: int = 1
    adapters: tuple[AdapterRef, ...] = ()
    board: str = ""
    revision: int = 0
    media_type: str = "image/png"
    request_id: str = ""

    def same_board(self, other: "Job") -> bool:
        """Whether both are frames of one live board."""
        if self.board.startswith("room:"):  # one for several people, of whom each may pay for their own frames
            return self.board == other.board
        return bool(self.board) and (self.owner, self.board) == (other.owner, other.board)


@dataclass(frozen=True, slots=True)
class Load:
    """How busy the device of an engine is: its name, bytes in use and in all, and pictures in its newest step."""

    device: str
    memory: int
    total: int
    rows: int


# Previews of unfinished pictures that one person is sent in a second, over all their pictures in one worker. More is
# not seen, and each costs its making, an encoding and an answer.
PREVIEWS_PER_SECOND = 10


@dataclass(frozen=True, slots=True)
class Preview:
    """A small picture of the state of things: `rgb` holds height x width x 3 bytes, row by row."""

    width: int
    height: int
    rgb: bytes


@dataclass(frozen=True, slots=True)
class Step:
    """A sign of life from an engine: output `index` of `count` has done `step` of `total` real steps of `stage`.

    `step` and `total` are 0 where a stage has no steps. `seconds` is what the device has worked for the job so far (in
    a shared step only its own share), 0 where the engine does not say. `share` is how much of the whole job is done (0
    to 1), by the time that its stages take; None where steps tell it. A `quiet` one only says that the engine is alive:
    nobody is told. `text` is what was written since the last step, where the engine writes (studio/news/texts.py).
    """

    stage: Stage
    step: int = 0
    total: int = 0
    index: int = 0
    count: int = 1
    preview: Preview | None = None
    seconds: float = 0.0
    share: float | None = None
    quiet: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class Output:
    """One finished picture. `data` is an encoded file of `media_type`; `facts` go into the recipe as they are.

    `files` are what is kept beside it, by role (gallery/keeping.py): {"model": a GLB file} of a shape in space, whose
    picture `data` is.
    """

    data: bytes
    media_type: str
    seed: int
    facts: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)


# Publishes a step; raises `engines.base.Cancelled` when the person no longer wants the result.
OnStep = Callable[[Step], None]
