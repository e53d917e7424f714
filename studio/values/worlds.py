"""A world's document as it is kept: models that stand on a ground, under a sky. Knows no framework, no files, no rows.

Metres, Y up, right-handed, as in glTF. static/js/world/document.js makes and changes it in the browser.
"""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

# The tool that makes one model of a world (studio/tools/world.py).
TOOL = "world"

MAX_THINGS = 100
# What is put together as one model: bytes of all models, each counted once, and triangles of all that stands there.
MODELS_BYTES, MOST_TRIANGLES = 64 * 2**20, 1_000_000
# How far from the middle something may stand, and how large or small it may be made.
FARTHEST, SMALLEST, LARGEST = 500.0, 0.01, 100.0

Metres = Annotated[float, Field(ge=-FARTHEST, le=FARTHEST, allow_inf_nan=False)]
Degrees = Annotated[float, Field(ge=-360, le=360, allow_inf_nan=False)]
Scale = Annotated[float, Field(ge=SMALLEST, le=LARGEST, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[\w-]+$")]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
WorkId = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


class Part(BaseModel):
    """What every part of a world shares: nothing unknown is kept."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Thing(Part):
    """A model that stands somewhere: its origin is at `position`, and it is made `scale` times as large.

    `turn` are degrees around x, y and z: first around its own z, then x, then y (three.js calls this order YXZ).
    """

    id: Name
    work: WorkId
    name: Annotated[str, Field(max_length=80)]
    position: Annotated[list[Metres], Field(min_length=3, max_length=3)]
    turn: Annotated[list[Degrees], Field(min_length=3, max_length=3)]
    scale: Scale


class Ground(Part):
    """A disc of `radius` metres around the middle, at height 0."""

    shown: bool
    colour: Colour
    radius: Annotated[float, Field(ge=2, le=FARTHEST)]


class Light(Part):
    """The sun: where it stands (degrees; `azimuth` 0 is towards +z, `height` above the horizon), how bright it is."""

    azimuth: Annotated[float, Field(ge=0, le=360)]
    height: Annotated[float, Field(ge=2, le=90)]
    strength: Annotated[float, Field(ge=0, le=4)]


class Sky(Part):
    """Its colour above, and at the horizon."""

    top: Colour
    horizon: Colour


class World(Part):
    """A whole world."""

    version: Literal[1]
    things: Annotated[list[Thing], Field(max_length=MAX_THINGS)]
    ground: Ground
    light: Light
    sky: Sky

    @field_validator("things")
    @classmethod
    def _each_once(cls, things: list[Thing]) -> list[Thing]:
        if len({thing.id for thing in things}) < len(things):
            raise ValueError("two things have the same id")
        return things


def check(document: bytes) -> World:
    """The world in `document` (JSON). Raises ValueError for anything that is none."""
    try:
        return World.model_validate_json(document)
    except ValidationError as error:
        raise ValueError(_fault(error)) from None


def read(document: Any) -> World:
    """The same of a document that was read from JSON already. Raises ValueError."""
    try:
        return World.model_validate(document)
    except ValidationError as error:
        raise ValueError(_fault(error)) from None


def works(world: World) -> set[UUID]:
    """The works whose models stand in it."""
    return {UUID(thing.work) for thing in world.things}


def _fault(error: ValidationError) -> str:
    return f"{error.error_count()} faults, the first: {error.errors()[0]['msg']}"
