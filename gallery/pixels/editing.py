"""What can be done to a finished picture: operations, checked strictly. Knows no pixels (gallery/pixels/rendering.py).

An edit is a list of operations in one fixed order, each kind at most once, so that the page can show every list again.
Shares are of the picture's sides, 0..1; amounts are 0..1 or, where two directions make sense, -1..1.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator, model_validator

MAX_CAPTION = 120
SMALLEST_CROP = 0.02

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Swing = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]

# A colour matrix: three rows of red, green, blue and a constant (0..255). A look mixes one with doing nothing.
IDENTITY = (1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0)
LOOKS: dict[str, tuple[float, ...]] = {
    "mono": (0.299, 0.587, 0.114, 0, 0.299, 0.587, 0.114, 0, 0.299, 0.587, 0.114, 0),
    "sepia": (0.393, 0.769, 0.189, 0, 0.349, 0.686, 0.168, 0, 0.272, 0.534, 0.131, 0),
    "warm": (1.12, 0, 0, 6, 0, 1.02, 0, 2, 0, 0, 0.86, 0),
    "cool": (0.86, 0, 0, 0, 0, 1.0, 0, 2, 0, 0, 1.12, 6),
    "fade": (0.66, 0.1, 0.04, 40, 0.06, 0.7, 0.04, 38, 0.06, 0.12, 0.62, 42),
}
# The Gaussian's standard deviation at full amount, as a share of the shorter side.
BLUR = 0.02
SHARPEN_RADIUS = 0.004
SHARPEN = 1.5
VIGNETTE = 0.8


class Operation(BaseModel):
    """What every operation shares: nothing unknown is kept."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Turn(Operation):
    """By quarters of a turn, clockwise."""

    kind: Literal["turn"]
    quarters: Literal[1, 2, 3]


class Flip(Operation):
    """`across` mirrors left and right, `down` top and bottom."""

    kind: Literal["flip"]
    across: bool
    down: bool


class Straighten(Operation):
    """Turn clockwise by `degrees` about the middle; the largest part of the same proportions without corners stays."""

    kind: Literal["straighten"]
    degrees: Annotated[float, Field(ge=-45, le=45, allow_inf_nan=False)]


class Crop(Operation):
    """Keep the rectangle that begins at (`x`, `y`)."""

    kind: Literal["crop"]
    x: Share
    y: Share
    width: Annotated[float, Field(ge=SMALLEST_CROP, le=1)]
    height: Annotated[float, Field(ge=SMALLEST_CROP, le=1)]

    @model_validator(mode="after")
    def _inside(self) -> "Crop":
        if self.x + self.width > 1.0001 or self.y + self.height > 1.0001:
            raise ValueError("the rectangle leaves the picture")
        return self


class Adjust(Operation):
    kind: Literal["adjust"]
    brightness: Swing = 0.0
    contrast: Swing = 0.0
    saturation: Swing = 0.0
    temperature: Swing = 0.0


class Filter(Operation):
    kind: Literal["filter"]
    name: Literal["mono", "sepia", "warm", "cool", "fade", "sharpen", "blur", "vignette"]
    amount: Share


class Caption(Operation):
    """Words on the picture; `size` is a share of the shorter side."""

    kind: Literal["caption"]
    text: Annotated[str, Field(min_length=1, max_length=MAX_CAPTION)]
    place: Literal["top", "middle", "bottom"]
    font: Literal["sans", "serif"]
    size: Annotated[float, Field(ge=0.02, le=0.25, allow_inf_nan=False)]
    color: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]

    @field_validator("text")
    @classmethod
    def _one_line(cls, text: str) -> str:
        if not text.isprintable() or not text.strip():
            raise ValueError("a caption is one line of words")
        return text


AnyOperation = Annotated[Turn | Flip | Straighten | Crop | Adjust | Filter | Caption, Field(discriminator="kind")]
Edit = list[AnyOperation]
ORDER = ("turn", "flip", "straighten", "crop", "adjust", "filter", "caption")
_EDIT: TypeAdapter[Edit] = TypeAdapter(Annotated[Edit, Field(min_length=1, max_length=len(ORDER))])
_CAPTION: TypeAdapter[Caption] = TypeAdapter(Caption)


class BadEdit(ValueError):
    """This is no list of operations that can be carried out."""


def check(operations: Any) -> Edit:
    """The operations in `operations` (decoded JSON). Raises BadEdit."""
    try:
        edit = _EDIT.validate_python(operations)
    except ValidationError as error:
        raise BadEdit(f"{error.error_count()} faults, the first: {error.errors()[0]['msg']}") from None
    places = [ORDER.index(operation.kind) for operation in edit]
    if sorted(set(places)) != places:
        raise BadEdit(f"operations come once each, in the order {', '.join(ORDER)}")
    return edit


def check_caption(value: Any) -> Caption:
    """One caption. Raises BadEdit."""
    try:
        return _CAPTION.validate_python(value)
    except ValidationError as error:
        raise BadEdit(str(error.errors()[0]["msg"])) from None


def constants() -> dict[str, Any]:
    """The numbers of the formulas, for the page that previews them."""
    numbers = {"blur": BLUR, "sharpenRadius": SHARPEN_RADIUS, "sharpen": SHARPEN, "vignette": VIGNETTE}
    return {"looks": {name: list(matrix) for name, matrix in LOOKS.items()}, "maxCaption": MAX_CAPTION, **numbers}
