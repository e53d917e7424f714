"""The hands: how different people would draw the same scene.

A drawing is made of the shapes that carry a line. Nearer shapes hide what is behind them, as in the picture.
"""

import math
import random
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from PIL import Image, ImageDraw

from starter.scene.palette import RGB
from starter.scene.pen import Point, Shape

CANVAS, SIZE = 512, 256
GREY: RGB = (128, 128, 128)


@dataclass(frozen=True, slots=True)
class Hand:
    """One way to draw. Lengths are pixels of the finished drawing (SIZE).

    `width`: of the pen, 1..6. `shake`: how far lines stray. `whole`: share of the shapes that are drawn at all.
    `gaps`: share of every line that is missing. `scene`: the surroundings are drawn too, not the objects alone.
    `few`: only the largest shapes of each object. `twice`: lines are drawn over again. `colour`: share of shapes
    that are coloured in.
    """

    width: float = 2.5
    shake: float = 1.0
    whole: float = 1.0
    gaps: float = 0.0
    scene: bool = True
    few: bool = False
    twice: bool = False
    colour: float = 1.0


HANDS: dict[str, Hand] = {
    "neat": Hand(width=2.0, shake=0.4),
    "thin": Hand(width=1.2, shake=0.8),
    "thick": Hand(width=4.5, shake=1.2),
    "shaky": Hand(width=2.5, shake=3.2),
    "rough": Hand(width=1.8, shake=1.8, twice=True),
    "gappy": Hand(width=2.4, shake=1.0, gaps=0.22),
    "partial": Hand(width=2.6, shake=1.2, whole=0.6),
    "few strokes": Hand(width=3.0, shake=2.0, few=True, scene=False),
    "object alone": Hand(width=2.6, shake=1.2, scene=False),
}


def any_hand(rng: random.Random) -> Hand:
    """A hand of one of the kinds, with a pen and a steadiness of its own."""
    name = rng.choice(tuple(HANDS))
    hand = HANDS[name]
    return Hand(
        width=hand.width * rng.uniform(0.8, 1.3),
        shake=hand.shake * rng.uniform(0.6, 1.3),
        whole=hand.whole,
        gaps=hand.gaps,
        scene=hand.scene,
        few=hand.few,
        twice=hand.twice,
        colour=rng.choice([1.0, 0.8, 0.6]),
    )


def draw_by_hand(shapes: Iterable[Shape], hand: Hand, seed: int) -> tuple[Image.Image, Image.Image]:
    """(lines: SIZE x SIZE "L", white on black; colours: RGB, coloured areas on grey, without lines)."""
    rng = random.Random(seed)
    lines, colours = Image.new("L", (CANVAS, CANVAS), 0), Image.new("RGB", (CANVAS, CANVAS), GREY)
    pencil, crayon = ImageDraw.Draw(lines), ImageDraw.Draw(colours)
    pen_width = max(1, round(hand.width * CANVAS / SIZE))
    for shape in _drawn(list(shapes), hand, rng):
        closed = not shape.width
        corners = _on_paper(shape.points, closed, hand.shake * CANVAS / SIZE, rng)
        if closed and (shape.line or shape.erase) and shape.alpha == 1:
            pencil.polygon(corners, fill=0)
            if rng.random() < hand.colour:
                crayon.polygon(corners, fill=shape.fill)
        elif not closed and rng.random() < hand.colour:
            crayon.line(corners, fill=shape.fill, width=max(2, round(shape.width * CANVAS)), joint="curve")
        if shape.line and (rng.random() < hand.whole or _is_body(shape)):
            for _ in range(2 if hand.twice else 1):
                path = _on_paper(shape.points, closed, hand.shake * CANVAS / SIZE, rng) if hand.twice else corners
                _line(pencil, [*path, path[0]] if closed else path, pen_width, hand.gaps, rng)
    return lines.reduce(CANVAS // SIZE), colours.reduce(CANVAS // SIZE)


def _drawn(shapes: list[Shape], hand: Hand, rng: random.Random) -> list[Shape]:
    chosen = [s for s in shapes if s.line or s.erase]
    if not hand.scene:
        chosen = [s for s in chosen if s.part in {"object", "other"}]
    if hand.few:
        for part in ("object", "other"):
            areas = sorted((_area(s.points) for s in chosen if s.part == part), reverse=True)
            least = areas[min(len(areas), 4) - 1] if areas else 0.0
            chosen = [s for s in chosen if s.part != part or _area(s.points) >= least]
    return chosen


def _is_body(shape: Shape) -> bool:
    """The large part of an object, which nobody leaves out."""
    return shape.part == "object" and _area(shape.points) > 0.04


def _area(points: tuple[Point, ...]) -> float:
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return (max(xs) - min(xs)) * (max(ys) - min(ys))


def _on_paper(points: tuple[Point, ...], closed: bool, shake: float, rng: random.Random) -> list[Point]:
    """The points in canvas pixels, strayed: the whole a little off, corners more, long sides wavering."""
    dx, dy = rng.gauss(0, shake * 0.5), rng.gauss(0, shake * 0.5)
    corners = [
        (x * CANVAS + dx + rng.gauss(0, shake * 0.45), y * CANVAS + dy + rng.gauss(0, shake * 0.45)) for x, y in points
    ]
    if shake < 1:
        return corners
    path: list[Point] = []
    ends = zip(corners, corners[1:] + corners[:1] if closed else corners[1:], strict=False)
    for (x0, y0), (x1, y1) in ends:
        pieces = max(1, min(8, int(math.hypot(x1 - x0, y1 - y0) / 40)))
        path.append((x0, y0))
        for k in range(1, pieces):
            share = k / pieces
            path.append(
                (x0 + (x1 - x0) * share + rng.gauss(0, shake * 0.4), y0 + (y1 - y0) * share + rng.gauss(0, shake * 0.4))
            )
    return path if closed else [*path, corners[-1]]


def _line(pencil: ImageDraw.ImageDraw, path: list[Point], width: int, gaps: float, rng: random.Random) -> None:
    if not gaps:
        pencil.line(path, fill=255, width=width, joint="curve")
        return
    for start, end in pairwise(path):
        if rng.random() >= gaps:
            pencil.line([start, end], fill=255, width=width)
