"""Eight skies: gradient, light, stars and weather."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from starter.scene.palette import RGB, WHITE, clamp, mix, shade
from starter.scene.pen import Pen, arc
from starter.scene.spec import Spec

Stop = tuple[float, RGB]


@dataclass(frozen=True, slots=True)
class Sky:
    """`stops`: colour by height from the top (0) to the horizon (1). `ground` and `objects`: how bright they lie in
    this light; `tint`: what it mixes into the ground, and how much; `lamps`: windows are lit."""

    stops: tuple[Stop, ...]
    ground: float = 1.0
    objects: float = 1.0
    tint: tuple[RGB, float] = ((255, 255, 255), 0.0)
    lamps: bool = False
    stars: int = 0


SKIES: dict[str, Sky] = {
    "day": Sky(((0.0, (78, 156, 234)), (1.0, (200, 232, 250)))),
    "night": Sky(((0.0, (10, 14, 48)), (1.0, (46, 60, 122))), 0.45, 0.76, lamps=True, stars=36),
    "sunset": Sky(
        ((0.0, (92, 70, 140)), (0.55, (236, 116, 92)), (1.0, (255, 202, 108))), 0.92, 0.96, ((250, 140, 90), 0.2)
    ),
    "storm": Sky(((0.0, (52, 58, 74)), (1.0, (132, 140, 152))), 0.66, 0.86),
    "space": Sky(((0.0, (12, 8, 32)), (0.6, (34, 16, 66)), (1.0, (14, 12, 44))), 0.5, 0.95, lamps=True, stars=48),
    "dawn": Sky(
        ((0.0, (150, 182, 226)), (0.5, (246, 200, 214)), (1.0, (255, 240, 204))), 1.0, 0.98, ((255, 210, 206), 0.24)
    ),
    "rainbow": Sky(((0.0, (112, 166, 214)), (1.0, (218, 234, 242))), 0.96),
    "aurora": Sky(((0.0, (6, 14, 40)), (1.0, (22, 52, 84))), 0.46, 0.76, ((60, 200, 160), 0.12), lamps=True, stars=30),
}


def gradient(sky: Sky, horizon: float, pen: Pen) -> list[Stop]:
    """The stops of the sky above `horizon` (canvas units), each a little off."""

    def near(colour: RGB) -> RGB:
        return (
            clamp(colour[0] + pen.random.gauss(0, 7)),
            clamp(colour[1] + pen.random.gauss(0, 7)),
            clamp(colour[2] + pen.random.gauss(0, 7)),
        )

    return [(at * horizon, near(colour)) for at, colour in sky.stops]


def draw(pen: Pen, spec: Spec, horizon: float, stops: list[Stop]) -> None:
    """Everything above the horizon, behind everything else."""
    pen.part = "sky"
    sky = SKIES[spec.sky]
    _stars(pen, sky.stars, 1.0 if spec.sky == "space" else horizon)
    special: dict[str, Callable[[Pen, float], None]] = {
        "space": _nebula,
        "aurora": _aurora,
        "rainbow": _rainbow,
        "sunset": _streaks,
        "dawn": _haze,
    }
    if spec.sky in special:
        special[spec.sky](pen, horizon)
    side = {"left": 0.8, "right": 0.2}.get(spec.place) or pen.random.choice(
        [0.16, 0.84, pen.random.uniform(0.12, 0.88)]
    )
    if spec.sun:
        _sun(pen, spec.sky, side, horizon, stops)
    if spec.moon:
        _moon(pen, side, stops)
    if spec.clouds:
        tone = (255, 232, 226) if spec.sky == "dawn" else (250, 252, 255)
        for _ in range(pen.random.choice([1, 2, 3])):
            _cloud(
                pen, pen.random.uniform(0.1, 0.9), pen.random.uniform(0.12, 0.36), pen.random.uniform(0.2, 0.32), tone
            )
    if spec.sky == "storm":
        _storm(pen)


def _stars(pen: Pen, count: int, low: float) -> None:
    pen.on_canvas()
    for _ in range(count):
        radius = pen.random.choice([0.003, 0.004, 0.005, 0.008])
        x, y = pen.random.random(), 1 - pen.random.random() * low
        pen.patch([(x - radius, y), (x, y + radius), (x + radius, y), (x, y - radius)], (255, 252, 226))


def _nebula(pen: Pen, horizon: float) -> None:
    for _ in range(3):
        pen.at(pen.random.random(), pen.random.random(), pen.random.uniform(0.14, 0.3))
        colour = pen.random.choice([(110, 50, 170), (50, 70, 170), (150, 50, 130)])
        for scale in (1.0, 0.8, 0.6, 0.4):
            pen.patch(arc(0, 0, scale, scale * 0.66, turn=0.5), colour, 0.16)


def _aurora(pen: Pen, horizon: float) -> None:
    """Curtains of light: waves drawn as upright strips that fade upwards."""
    pen.on_canvas()
    for colour in pen.random.sample([(70, 240, 150), (60, 220, 200), (150, 110, 240), (110, 250, 120)], 2):
        base, phase, wave = pen.random.uniform(0.52, 0.72), pen.random.uniform(0, 6), pen.random.uniform(5, 9)
        slope = pen.random.uniform(-0.15, 0.15)
        xs = [k / 24 for k in range(25)]
        low = [base + 0.05 * math.sin(wave * x + phase) + slope * (x - 0.5) for x in xs]
        for height, alpha in ((0.26, 0.16), (0.18, 0.2), (0.11, 0.26), (0.05, 0.34)):
            top = [(x, y + height * (1 + 0.35 * math.sin(23 * x + phase))) for x, y in zip(xs, low, strict=True)]
            pen.patch(list(zip(xs, low, strict=True)) + top[::-1], colour, alpha)


def _rainbow(pen: Pen, horizon: float) -> None:
    pen.at(pen.random.uniform(0.3, 0.7), horizon + pen.random.uniform(0.0, 0.12), pen.random.uniform(0.44, 0.54))
    bands = [(226, 60, 60), (244, 150, 50), (250, 226, 80), (90, 190, 90), (70, 120, 220), (140, 90, 200)]
    for k, colour in enumerate(bands):
        outer, inner = 1 - 0.045 * k, 1 - 0.045 * (k + 1)
        ring = arc(0, 0, outer, outer, (0, 180), steps=40) + arc(0, 0, inner, inner, (0, 180), steps=40)[::-1]
        pen.patch(ring, colour, 0.72)
    pen.stroke(arc(0, 0, 1, 1, (0, 180), steps=40), bands[0], 0.004)
    pen.stroke(arc(0, 0, 0.73, 0.73, (0, 180), steps=40), bands[-1], 0.004)


def _streaks(pen: Pen, horizon: float) -> None:
    for _ in range(pen.random.choice([0, 3, 4])):
        pen.at(pen.random.random(), pen.random.uniform(0.12, 0.36), 0.3)
        pen.dot(0, 0, 0.6, 0.07, (250, 160, 130), alpha=0.8)


def _haze(pen: Pen, horizon: float) -> None:
    for _ in range(3):
        pen.at(pen.random.random(), horizon - pen.random.uniform(0.0, 0.16), 0.5)
        pen.dot(0, 0, 0.7, 0.07, (255, 246, 240), alpha=0.55)


def _sun(pen: Pen, sky: str, x: float, horizon: float, stops: list[Stop]) -> None:
    low = sky != "day"
    pen.at(x, horizon - 0.05 if low else pen.random.uniform(0.12, 0.24), 0.26 if low else 0.2)
    colour = {"day": (255, 224, 80), "sunset": (255, 236, 150)}.get(sky, (255, 250, 220))
    for radius, alpha in ((0.74, 0.2), (0.62, 0.3), (0.52, 0.4)):
        pen.dot(0, 0, radius, radius, mix(colour, WHITE, 0.15), alpha=alpha)
    pen.ellipse(0, 0, 0.42, 0.42, colour)


def _moon(pen: Pen, x: float, stops: list[Stop]) -> None:
    pen.at(x, pen.random.uniform(0.12, 0.24), 0.2)
    colour = (250, 242, 200)
    for radius, alpha in ((0.72, 0.1), (0.58, 0.14)):
        pen.dot(0, 0, radius, radius, colour, alpha=alpha)
    pen.ellipse(0, 0, 0.42, 0.42, colour)
    if pen.random.random() < 0.35:
        pen.dot(0.17, 0.06, 0.36, 0.36, mix(stops[0][1], stops[-1][1], 0.25))
    else:
        pen.dot(0.1, 0.1, 0.08, 0.08, shade(colour, 0.88))
        pen.dot(-0.14, -0.1, 0.1, 0.1, shade(colour, 0.88))


_PUFFS = ((-0.4, 0.1, 0.16), (-0.2, 0.2, 0.2), (0.05, 0.24, 0.22), (0.28, 0.16, 0.18), (0.45, 0.08, 0.12))


def _cloud(pen: Pen, x: float, y: float, size: float, colour: RGB) -> None:
    pen.at(x, y, size)
    for px, py, radius in _PUFFS:
        pen.ellipse(px, py, radius, radius * 0.8, colour)
    with pen.unlined():
        for px, py, radius in _PUFFS:
            # Painted again without a line, a little smaller: only the outline of the whole cloud stays in a drawing.
            pen.polygon(arc(px, py, radius * 0.94, radius * 0.74), colour, erase=True)
        pen.rect(-0.5, -0.04, 0.52, 0.1, shade(colour, 0.94))


def _storm(pen: Pen) -> None:
    for k in range(4):
        grey = pen.random.choice([(86, 92, 104), (104, 110, 122), (70, 76, 90)])
        x, y, size = (
            (k + pen.random.uniform(0.1, 0.9)) / 4,
            pen.random.uniform(0.06, 0.2),
            pen.random.uniform(0.34, 0.5),
        )
        if k < 2:
            _cloud(pen, x, y, size, grey)
        else:
            with pen.unlined():
                _cloud(pen, x, y, size, grey)
    pen.on_canvas()
    if pen.random.random() < 0.7:
        x = pen.random.choice([0.14, 0.86])
        bolt = [(x, 0.8), (x - 0.04, 0.67), (x + 0.02, 0.67), (x - 0.03, 0.5)]
        pen.stroke(bolt, (255, 244, 160), 0.014)
    for _ in range(26):
        rx, ry = pen.random.random(), pen.random.uniform(0.35, 0.9)
        pen.stroke([(rx, ry), (rx - 0.015, ry - 0.06)], (176, 186, 200), 0.004, line=False)
