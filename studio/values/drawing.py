"""A board's document as it is kept: layers of marks, checked strictly. Knows no framework, no pixels and no storage.

Lengths are board units: the longest side is 512, the origin is the middle. static/js/studio/canvas/drawing.js says
what each kind of mark means and paints it. Here it is known just well enough that nothing else can be kept.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

MAX_LAYERS = 24
# A merged layer holds what it was merged from; deeper than this nobody merges by hand.
MAX_DEPTH = 32

Length = Annotated[float, Field(ge=-100_000, le=100_000, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
Size = Annotated[float, Field(gt=0, le=2000)]
Name = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[\w-]+$")]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
Point = Annotated[list[Length], Field(min_length=2, max_length=2)]
Outline = Annotated[list[Length], Field(min_length=4, max_length=200_000)]
Outlines = Annotated[list[Outline], Field(min_length=1, max_length=20_000)]


class Part(BaseModel):
    """What every part of a drawing shares: nothing unknown is kept."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Made(Part):
    """What every mark shares: who made it (a user's id) and when (ms since 1970), where that is known."""

    by: Annotated[int | None, Field(ge=0)] = None
    t: Annotated[int | None, Field(ge=0, le=2**53)] = None


class Stroke(Made):
    """A line drawn by hand; `points` is flat: x, y, pressure (0..1)."""

    id: Name
    kind: Literal["stroke"]
    tool: Literal["brush", "eraser"]
    color: Colour
    size: Size
    opacity: Share
    points: Annotated[list[Length], Field(min_length=3, max_length=300_000)]

    @field_validator("points")
    @classmethod
    def _whole_points(cls, points: list[float]) -> list[float]:
        if len(points) % 3:
            raise ValueError("points come in threes")
        return points


class Shape(Made):
    id: Name
    kind: Literal["line", "rectangle", "ellipse"]
    color: Colour
    size: Size
    opacity: Share
    start: Annotated[Point, Field(alias="from")]
    to: Point
    filled: bool


class Area(Made):
    id: Name
    kind: Literal["area"]
    color: Colour
    opacity: Share
    loops: Outlines


class Cut(Made):
    id: Name
    kind: Literal["cut"]
    loops: Outlines


class Move(Made):
    id: Name
    kind: Literal["move"]
    loops: Outlines
    matrix: Annotated[list[Length], Field(min_length=6, max_length=6)]


class Picture(Made):
    """An imported picture in the middle of the board; `picture` names one of the board's pictures."""

    id: Name
    kind: Literal["picture"]
    picture: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    width: Size
    height: Size


class Group(Made):
    id: Name
    kind: Literal["group"]
    opacity: Share
    marks: list["Mark"]


Mark = Annotated[Stroke | Shape | Area | Cut | Move | Picture | Group, Field(discriminator="kind")]


class Layer(Part):
    id: Name
    kind: Literal["paint", "mask", "hints"]
    name: Annotated[str, Field(max_length=80)]
    visible: bool
    locked: bool
    opacity: Share
    marks: list[Mark]


class Drawing(Part):
    """A whole drawing, its layers from the lowest to the highest."""

    version: Literal[1]
    width: Annotated[float, Field(ge=16, le=512)]
    height: Annotated[float, Field(ge=16, le=512)]
    layers: Annotated[list[Layer], Field(min_length=1, max_length=MAX_LAYERS)]

    @field_validator("layers")
    @classmethod
    def _not_too_deep(cls, layers: list[Layer]) -> list[Layer]:
        if max((_depth(layer.marks) for layer in layers), default=0) > MAX_DEPTH:
            raise ValueError("merged too often")
        return layers


def check(document: bytes) -> Drawing:
    """The drawing in `document` (JSON). Raises ValueError for anything that is none."""
    try:
        return Drawing.model_validate_json(document)
    except ValidationError as error:
        raise ValueError(f"{error.error_count()} faults, the first: {error.errors()[0]['msg']}") from None


def pictures(drawing: Drawing) -> set[str]:
    """The ids of all pictures that the drawing shows."""
    return {name for layer in drawing.layers for name in _pictures(layer.marks)}


def _pictures(marks: list[Mark]) -> set[str]:
    found = {mark.picture for mark in marks if isinstance(mark, Picture)}
    for mark in marks:
        if isinstance(mark, Group):
            found |= _pictures(mark.marks)
    return found


def _depth(marks: list[Mark]) -> int:
    return max((1 + _depth(mark.marks) for mark in marks if isinstance(mark, Group)), default=0)
