"""From a spec to a picture: where things stand, what is painted, which region is whose."""

import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from starter.scene import grounds, skies, styles
from starter.scene.hand import Hand, draw_by_hand
from starter.scene.objects import KINDS, Light
from starter.scene.palette import COLOURS, RGB, clamp, shade
from starter.scene.pen import Pen, Shape, arc
from starter.scene.skies import SKIES, Stop
from starter.scene.spec import Spec, Thing

# Painted on a canvas of CANVAS, kept at SIZE: supersampling is the only anti-aliasing.
CANVAS, SIZE = 512, 256
PARTS = ("sky", "ground", "other", "object")


@dataclass(frozen=True, slots=True)
class Composition:
    """A scene before any brush touches it."""

    spec: Spec
    stops: tuple[Stop, ...]
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Rendering:
    """`picture`: SIZE x SIZE RGB. `clean`: the same before its style. `composition`: to draw it by hand again."""

    picture: Image.Image
    clean: Image.Image
    composition: Composition

    def sketch(self, hand: Hand, seed: int) -> tuple[Image.Image, Image.Image]:
        """(lines, colours) as `hand` would draw them: see draw_by_hand."""
        return draw_by_hand(self.composition.shapes, hand, seed)

    def masks(self) -> dict[str, NDArray[np.bool_]]:
        """For each of PARTS where it is to be seen, (SIZE, SIZE); together they cover the picture."""
        index = Image.new("L", (SIZE, SIZE), 0)
        brush = ImageDraw.Draw(index)
        for shape in self.composition.shapes:
            points, part = [(x * SIZE, y * SIZE) for x, y in shape.points], PARTS.index(shape.part)
            if shape.width:
                brush.line(points, fill=part, width=max(1, round(shape.width * SIZE)), joint="curve")
            elif shape.alpha == 1:
                brush.polygon(points, fill=part)
        values = np.asarray(index)
        return {part: values == k for k, part in enumerate(PARTS)}


def compose(spec: Spec, seed: int) -> Composition:
    """Put everything in its place."""
    pen = Pen(random.Random(seed))
    horizon = pen.random.uniform(0.56, 0.7)
    stops = skies.gradient(SKIES[spec.sky], horizon, pen)
    skies.draw(pen, spec, horizon, stops)
    if spec.sky != "space":
        grounds.draw(pen, spec.ground, spec.sky, horizon)
    elif pen.random.random() < 0.5:
        grounds.moon_ground(pen)
    _place_things(pen, spec, horizon)
    return Composition(spec, tuple(stops), tuple(pen.shapes))


def render(spec: Spec, seed: int) -> Rendering:
    """Paint `spec`; the same seed gives the same picture, bit by bit."""
    composition = compose(spec, seed)
    rng = random.Random(seed ^ 0x5EED)
    clean = _paint(composition).reduce(CANVAS // SIZE)
    lines, _ = draw_by_hand(composition.shapes, Hand(width=1.5, shake=0.4), seed)
    return Rendering(styles.apply(spec.style, clean, lines, rng), clean, composition)


def _paint(composition: Composition) -> Image.Image:
    stops = composition.stops
    rows = np.linspace(0, 1, CANVAS)
    at = [a for a, _ in stops]
    column = np.stack([np.interp(rows, at, [colour[k] for _, colour in stops]) for k in range(3)], -1)
    image = Image.fromarray(np.broadcast_to(column[:, None], (CANVAS, CANVAS, 3)).astype(np.uint8))
    brush = ImageDraw.Draw(image, "RGBA")
    for shape in composition.shapes:
        points = [(x * CANVAS, y * CANVAS) for x, y in shape.points]
        fill = (*shape.fill, round(255 * shape.alpha))
        if shape.width:
            brush.line(points, fill=fill, width=max(2, round(shape.width * CANVAS)), joint="curve")
        else:
            brush.polygon(points, fill=fill)
    return image


@dataclass(frozen=True, slots=True)
class _Stand:
    """Where a thing stands: canvas units; `base` is the y of its foot."""

    x: float
    base: float
    size: float


def _place_things(pen: Pen, spec: Spec, horizon: float) -> None:
    main, other = _stands(pen, spec, horizon)
    if spec.other and other:
        if spec.relation == "behind" or other.base <= main.base:
            order = [(spec.other, other, "other"), (spec.thing, main, "object")]
        else:
            order = [(spec.thing, main, "object"), (spec.other, other, "other")]
    else:
        order = [(spec.thing, main, "object")]
    for thing, stand, part in order:
        pen.part = part
        _put(pen, thing, stand, spec)


def _stands(pen: Pen, spec: Spec, horizon: float) -> tuple[_Stand, _Stand | None]:
    rng = pen.random
    size = {"normal": 0.58, "big": 0.76, "small": 0.4}[spec.size] * rng.uniform(0.93, 1.07)
    x = {"center": 0.5, "left": 0.27, "right": 0.73}[spec.place] + rng.uniform(-0.04, 0.04)
    if spec.other is None:
        if KINDS[spec.thing.kind].width >= 0.5 and spec.place != "center":
            size = min(size, 0.5)
        low = rng.uniform(0.88, 0.95) if spec.size == "big" else rng.uniform(horizon + 0.12, 0.92)
        return _lift(pen, spec.thing.kind, _Stand(x, max(horizon + 0.06, min(0.96, low)), size)), None
    if spec.relation == "behind":
        main = _Stand(
            0.5 + rng.choice([-1, 1]) * rng.uniform(0.06, 0.12), rng.uniform(0.88, 0.95), rng.uniform(0.4, 0.46)
        )
        away = 0.5 + (0.5 - main.x) * rng.uniform(1.6, 2.4)
        other = _Stand(away, rng.uniform(horizon + 0.05, 0.76), rng.uniform(0.42, 0.5))
    else:
        side = -1 if spec.relation == "left" else 1
        main = _Stand(0.5 - side * rng.uniform(0.17, 0.22), rng.uniform(horizon + 0.12, 0.92), rng.uniform(0.42, 0.5))
        other = _Stand(0.5 + side * rng.uniform(0.24, 0.28), rng.uniform(horizon + 0.1, 0.92), rng.uniform(0.34, 0.42))
    return _lift(pen, spec.thing.kind, main), _lift(pen, spec.other.kind, other)


def _lift(pen: Pen, kind: str, stand: _Stand) -> _Stand:
    """What flies leaves the ground; what is wide keeps off the border."""
    size = stand.size
    x = min(max(stand.x, KINDS[kind].width * size * 0.9), 1 - KINDS[kind].width * size * 0.9)
    if not KINDS[kind].flies:
        return _Stand(x, stand.base, size)
    middle = pen.random.uniform(0.4, 0.54)
    return _Stand(x, min(0.9, middle + size * 0.52), size)


def _put(pen: Pen, thing: Thing, stand: _Stand, spec: Spec) -> None:
    kind, light = KINDS[thing.kind], SKIES[spec.sky]
    flip = -1.0 if pen.random.random() < 0.5 else 1.0
    colour = _near(COLOURS[thing.colour], pen.random)
    if not kind.flies and spec.sky != "space":
        pen.at(stand.x, stand.base, stand.size)
        for scale, alpha in ((1.12, 0.14), (0.95, 0.2)):
            pen.patch(arc(0.05, 0, kind.width * scale, 0.05 * scale, steps=20), (16, 20, 40), alpha)
    pen.at(stand.x, stand.base, stand.size, flip)
    kind.draw(pen, shade(colour, light.objects), Light(light.lamps, spec.ground == "snow" and spec.sky != "space"))


def _near(colour: RGB, rng: random.Random) -> RGB:
    return clamp(colour[0] + rng.gauss(0, 8)), clamp(colour[1] + rng.gauss(0, 8)), clamp(colour[2] + rng.gauss(0, 8))
