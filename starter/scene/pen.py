"""The pen: records a scene as a list of shapes, so that one scene can be painted once and drawn by many hands.

Objects are designed in a frame of their own: x to the right from the middle, y UP from the base line, one unit = the
object's size. A shape is kept in canvas units (0..1, y down).
"""

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from starter.scene.palette import RGB, WHITE, mix, shade

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """One polygon or line.

    `fill`: its colour. `alpha`: 0..1. `line`: a person would draw it.
    `width`: for an open line its width in canvas units, for a polygon 0. `erase`: hides the lines below it in a
    drawing although it has none itself.
    """

    points: tuple[Point, ...]
    fill: RGB
    part: str
    line: bool = True
    width: float = 0.0
    alpha: float = 1.0
    erase: bool = False


@dataclass(slots=True)
class Pen:
    """Where shapes are put. `part` names the region ("sky", "ground", "object", "other") that they belong to."""

    random: random.Random
    shapes: list[Shape] = field(default_factory=list)
    part: str = "sky"
    lines: bool = True
    x: float = 0.5
    base: float = 1.0
    size: float = 1.0
    flip: float = 1.0

    def at(self, x: float, base: float, size: float, flip: float = 1.0) -> "Pen":
        """Move the frame: `x` and `base` in canvas units, `flip` -1 mirrors."""
        self.x, self.base, self.size, self.flip = x, base, size, flip
        return self

    def on_canvas(self) -> "Pen":
        """The frame whose y runs up from the lower edge of the canvas."""
        return self.at(0.0, 1.0, 1.0)

    @contextmanager
    def unlined(self) -> Iterator[None]:
        """What is put down inside is painted but never part of a drawing."""
        before, self.lines = self.lines, False
        yield
        self.lines = before

    def polygon(
        self,
        points: Iterable[Point],
        fill: RGB,
        *,
        line: bool = True,
        alpha: float = 1.0,
        erase: bool = False,
    ) -> None:
        """A filled polygon with an outline."""
        placed = tuple((self.x + x * self.size * self.flip, self.base - y * self.size) for x, y in points)
        self.shapes.append(Shape(placed, fill, self.part, line and self.lines, 0.0, alpha, erase))

    def patch(self, points: Iterable[Point], fill: RGB, alpha: float = 1.0) -> None:
        """A polygon without an outline: a shadow, a stripe, a light."""
        self.polygon(points, fill, line=False, alpha=alpha)

    def rect(self, x0: float, y0: float, x1: float, y1: float, fill: RGB, *, line: bool = True) -> None:
        self.polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], fill, line=line)

    def ellipse(
        self, x: float, y: float, rx: float, ry: float, fill: RGB, *, line: bool = True, turn: float = 0.0
    ) -> None:
        """`turn` in radians, anticlockwise."""
        self.polygon(arc(x, y, rx, ry, turn=turn), fill, line=line)

    def dot(self, x: float, y: float, rx: float, ry: float, fill: RGB, *, alpha: float = 1.0) -> None:
        """An ellipse without an outline."""
        self.patch(arc(x, y, rx, ry, steps=18), fill, alpha)

    def ball(self, x: float, y: float, rx: float, ry: float, fill: RGB) -> None:
        """An ellipse lit from the upper left."""
        self.ellipse(x, y, rx, ry, shade(fill, 0.84))
        self.dot(x - rx * 0.1, y + ry * 0.1, rx * 0.84, ry * 0.84, fill)
        self.dot(x - rx * 0.3, y + ry * 0.34, rx * 0.36, ry * 0.3, mix(fill, WHITE, 0.38))

    def stroke(self, points: Sequence[Point], fill: RGB, width: float, *, line: bool = True) -> None:
        """An open line of `width` object units."""
        placed = tuple((self.x + x * self.size * self.flip, self.base - y * self.size) for x, y in points)
        self.shapes.append(Shape(placed, fill, self.part, line and self.lines, width * self.size))

    def crown(self, x: float, y: float, radius: float, fill: RGB, lobes: int = 7) -> None:
        """A leafy ball: one wavy contour, lobes in two tones."""
        wave = []
        for k in range(44):
            angle = 2 * math.pi * k / 44
            out = radius * (1 + 0.09 * math.cos(7 * angle))
            wave.append((x + out * math.cos(angle), y + 0.95 * out * math.sin(angle)))
        self.polygon(wave, shade(fill, 0.8))
        for scale, ring, tone, shift in ((0.52, 0.52, shade(fill, 0.8), 0.0), (0.42, 0.45, fill, 0.03)):
            for k in range(lobes):
                angle = 2 * math.pi * k / lobes
                centre = x - shift + radius * ring * math.cos(angle), y + shift + radius * ring * 0.9 * math.sin(angle)
                self.dot(*centre, radius * scale, radius * scale * 0.92, tone)
        self.dot(x - radius * 0.3, y + radius * 0.35, radius * 0.3, radius * 0.25, mix(fill, (255, 255, 220), 0.25))


def arc(
    x: float,
    y: float,
    rx: float,
    ry: float,
    span: tuple[float, float] = (0.0, 360.0),
    *,
    turn: float = 0.0,
    steps: int = 26,
) -> list[Point]:
    """Points of an ellipse over `span` degrees, anticlockwise; a whole one is not closed twice."""
    start, end = span
    count = steps if end - start >= 360 else steps + 1
    points = []
    for k in range(count):
        angle = math.radians(start + (end - start) * k / steps)
        u, v = rx * math.cos(angle), ry * math.sin(angle)
        points.append((x + u * math.cos(turn) - v * math.sin(turn), y + u * math.sin(turn) + v * math.cos(turn)))
    return points
