"""What the scene knows of a kind of object."""

from collections.abc import Callable
from dataclasses import dataclass

from starter.scene.palette import RGB
from starter.scene.pen import Pen


@dataclass(frozen=True, slots=True)
class Light:
    """Where an object stands: lamps are lit at `night`, branches are white when it is `snowy`."""

    night: bool = False
    snowy: bool = False


Draw = Callable[[Pen, RGB, Light], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """`draw` puts it into a frame about 1 high; `colours` are its usual ones; `width` is half of its base."""

    draw: Draw
    colours: tuple[str, ...]
    width: float
    flies: bool = False
    sky: str = ""
    ground: str = ""
