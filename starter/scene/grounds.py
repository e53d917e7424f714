"""Eight grounds, from the horizon down."""

import math
from collections.abc import Callable

from starter.scene.objects.kind import Light
from starter.scene.objects.plants import pine
from starter.scene.palette import GLOW, RGB, WHITE, mix, shade
from starter.scene.pen import Pen
from starter.scene.skies import SKIES, Sky

Tone = Callable[[RGB], RGB]
# Snow lies bright even at night.
DIMMEST_SNOW = 0.62


def draw(pen: Pen, ground: str, sky: str, horizon: float) -> None:
    """`horizon`: canvas units from the top."""
    pen.part = "ground"
    pen.on_canvas()
    light = SKIES[sky]
    _GROUNDS[ground](pen, horizon, light)


def moon_ground(pen: Pen) -> None:
    """What one may stand on in space: the edge of a cratered world."""
    pen.part = "ground"
    pen.at(0.5, 1.0, 1.0)
    pen.ellipse(0, -0.72, 1.1, 0.92, (120, 116, 130))
    for x, y, rx in ((-0.2, 0.1, 0.07), (0.24, 0.08, 0.09), (0.02, 0.03, 0.05)):
        pen.dot(x, y, rx, rx * 0.3, (92, 88, 104))


def _tone(light: Sky, least: float = 0.0) -> Tone:
    def lit(colour: RGB) -> RGB:
        return shade(mix(colour, *light.tint), max(light.ground, least))

    return lit


def _band(pen: Pen, top: float, colour: RGB, wave: tuple[float, float, float], *, line: bool = True) -> None:
    """A strip down to the lower border. `top` from the top of the canvas; `wave` of its edge: height, rate, phase."""
    height, rate, phase = wave
    edge = [(x, 1 - (top + height * math.sin(rate * x + phase))) for x in (-0.05 + 1.1 * k / 23 for k in range(24))]
    pen.polygon([*edge, (1.05, -0.05), (-0.05, -0.05)], colour, line=line)


def _hills(pen: Pen, horizon: float, light: Sky, colours: tuple[RGB, RGB, RGB], least: float = 0.0) -> None:
    lit, rng, phase = _tone(light, least), pen.random, pen.random.uniform(0, 6)
    _band(pen, horizon - 0.02, lit(colours[0]), (0.03, rng.uniform(3, 6), phase))
    _band(pen, horizon + 0.08, lit(colours[1]), (0.025, rng.uniform(3, 6), phase + 2))
    _band(pen, horizon + 0.21, lit(colours[2]), (0.02, 4, phase + 4), line=False)


def _grass(pen: Pen, horizon: float, light: Sky) -> None:
    _hills(pen, horizon, light, ((124, 190, 96), (94, 168, 70), (76, 148, 58)))
    lit = _tone(light)
    for _ in range(34):
        x, y, tall = pen.random.random(), pen.random.uniform(0.02, 0.86 - horizon), pen.random.uniform(0.015, 0.03)
        pen.patch([(x - 0.006, y), (x + 0.006, y), (x + 0.004, y + tall)], lit((60, 132, 50)))


def _sand(pen: Pen, horizon: float, light: Sky) -> None:
    _hills(pen, horizon, light, ((238, 206, 142), (222, 184, 116), (208, 166, 98)))


def _snow(pen: Pen, horizon: float, light: Sky) -> None:
    _hills(pen, horizon, light, ((222, 234, 248), (238, 245, 252), (250, 252, 255)), DIMMEST_SNOW)


def _sea(pen: Pen, horizon: float, light: Sky) -> None:
    water = _tone(light)((50, 128, 190))
    _band(pen, horizon, water, (0.0, 1, 0))
    _band(pen, horizon + 0.1, shade(water, 0.9), (0.006, 22, 1.0), line=False)
    _band(pen, horizon + 0.2, shade(water, 0.8), (0.008, 18, 2.0), line=False)
    for _ in range(11):
        x, y, half = (
            pen.random.random(),
            1 - (horizon + 0.03 + pen.random.random() * (0.95 - horizon)),
            pen.random.uniform(0.04, 0.1),
        )
        pen.stroke([(x - half, y), (x, y + 0.008), (x + half, y)], mix(water, WHITE, 0.42), 0.006, line=False)


def _city(pen: Pen, horizon: float, light: Sky) -> None:
    lit, rng = _tone(light), pen.random
    window = GLOW if light.lamps else (206, 226, 240)
    x, base = -0.03, 1 - horizon - 0.02
    while x < 1.0:
        width, height = rng.uniform(0.1, 0.2), rng.uniform(0.16, 0.44)
        wall = lit(rng.choice([(150, 150, 164), (176, 150, 134), (128, 140, 160), (170, 166, 150)]))
        pen.rect(x, base, x + width, base + height, wall)
        y = base + height - 0.05
        while y > base + 0.03:
            for k in range(3):
                if rng.random() < 0.75:
                    middle = x + width * (k + 0.5) / 3
                    pen.patch(
                        [
                            (middle - 0.013, y),
                            (middle + 0.013, y),
                            (middle + 0.013, y + 0.026),
                            (middle - 0.013, y + 0.026),
                        ],
                        window,
                    )
            y -= 0.06
        x += width + rng.uniform(0, 0.015)
    pen.rect(-0.05, -0.05, 1.05, base, lit((112, 114, 122)))
    pen.patch([(0, base), (1, base), (1, base - 0.025), (0, base - 0.025)], lit((184, 182, 178)))
    for k in range(5):
        left = k * 0.22 + 0.02
        pen.patch([(left, 0.055), (left + 0.11, 0.055), (left + 0.11, 0.07), (left, 0.07)], lit((236, 230, 190)))


def _mountain(pen: Pen, horizon: float, light: Sky) -> None:
    lit, rng = _tone(light), pen.random
    ice = _tone(light, 0.6)((246, 250, 254))
    base = 1 - horizon - 0.04
    for row, (colour, count) in enumerate((((136, 150, 176), 2), ((108, 124, 150), 3))):
        for k in range(count):
            x = (k + rng.uniform(0.2, 0.8)) / count
            height = rng.uniform(0.28, 0.44) - 0.08 * row
            half, rock = height * rng.uniform(0.8, 1.1), lit(colour)
            top = base + height
            pen.polygon([(x - half, base), (x, top), (x + half, base)], rock)
            pen.patch([(x, top), (x + half, base), (x + half * 0.2, base)], shade(rock, 0.8))
            cap, low = 0.3 * half, top - 0.3 * height
            pen.patch(
                [
                    (x, top),
                    (x - cap, low),
                    (x - cap * 0.3, low + 0.03),
                    (x, low - 0.02),
                    (x + cap * 0.4, low + 0.03),
                    (x + cap, low),
                ],
                ice,
            )
    phase = rng.uniform(0, 6)
    _band(pen, horizon + 0.02, lit((104, 160, 84)), (0.02, 5, phase))
    _band(pen, horizon + 0.14, lit((86, 144, 68)), (0.02, 4, phase + 2), line=False)


def _forest(pen: Pen, horizon: float, light: Sky) -> None:
    lit, rng, phase = _tone(light), pen.random, pen.random.uniform(0, 6)
    _band(pen, horizon, lit((88, 140, 72)), (0.02, 4, phase))
    for k in range(9):
        pen.at((k + rng.uniform(0.2, 0.8)) / 9, horizon + rng.uniform(0.0, 0.04), rng.uniform(0.26, 0.42))
        needle = lit(rng.choice([(70, 140, 84), (56, 122, 80), (84, 150, 78)]))
        if k % 2:
            with pen.unlined():
                pine(pen, needle, Light())
        else:
            pine(pen, needle, Light())
    pen.on_canvas()
    _band(pen, horizon + 0.1, lit((80, 134, 62)), (0.02, 4, phase + 2), line=False)
    _band(pen, horizon + 0.24, lit((70, 120, 54)), (0.02, 4, phase + 3), line=False)


def _field(pen: Pen, horizon: float, light: Sky) -> None:
    """Ripe wheat in rows that run to one point."""
    lit, rng = _tone(light), pen.random
    phase, vanish = rng.uniform(0, 6), rng.uniform(0.3, 0.7)
    _band(pen, horizon - 0.02, lit((140, 180, 96)), (0.02, 4, phase))
    base = 1 - horizon - 0.05
    pen.rect(-0.05, -0.05, 1.05, base, lit((232, 190, 84)))
    for k in range(-7, 8):
        left = vanish + k * 0.22
        pen.patch(
            [(left, -0.05), (left + 0.09, -0.05), (vanish + k * 0.055 + 0.015, base), (vanish + k * 0.055, base)],
            lit((204, 154, 58)),
        )
    for _ in range(46):
        y = base * rng.random() ** 1.4
        x, tall = rng.random(), 0.02 + 0.035 * (base - y)
        pen.stroke([(x, y), (x + 0.004, y + tall)], lit((246, 216, 120)), 0.005, line=False)


_GROUNDS: dict[str, Callable[[Pen, float, Sky], None]] = {
    "grass": _grass,
    "sand": _sand,
    "snow": _snow,
    "sea": _sea,
    "city": _city,
    "mountain": _mountain,
    "forest": _forest,
    "field": _field,
}
