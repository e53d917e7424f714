"""Houses and towers."""

from math import cos, pi, sin

from starter.scene.objects.kind import Light
from starter.scene.palette import COLOURS, GLASS, GLOW, RGB, WHITE, WOOD, distance, is_dark, is_pale, mix, shade
from starter.scene.pen import Pen, arc


def house(pen: Pen, colour: RGB, light: Light) -> None:
    rng = pen.random
    roof = rng.choice([(150, 60, 50), (90, 70, 110), (110, 76, 54), (70, 90, 120)])
    if distance(roof, colour) < 110:
        roof = (206, 150, 96) if is_dark(colour) else (84, 62, 60)
    half, wall, top = rng.uniform(0.40, 0.5), rng.uniform(0.42, 0.52), rng.uniform(0.82, 0.95)
    if rng.random() < 0.6:
        pen.rect(half * 0.45, top * 0.68, half * 0.45 + 0.11, top, (130, 80, 70))
    pen.rect(-half, 0, half, wall, colour)
    pen.patch([(half * 0.5, 0), (half, 0), (half, wall), (half * 0.5, wall)], shade(colour, 0.86))
    flat = half * 0.2 if rng.random() < 0.4 else 0.0
    pen.polygon([(-half - 0.08, wall), (half + 0.08, wall), (flat, top), (-flat, top)], roof)
    pen.patch([(half * 0.3, wall), (half + 0.08, wall), (flat, top)], shade(roof, 0.84))
    pen.patch([(-half, wall - 0.03), (half, wall - 0.03), (half, wall), (-half, wall)], shade(colour, 0.7))
    pen.rect(-0.09, 0, 0.1, 0.28, (100, 64, 44))
    pen.dot(0.065, 0.14, 0.015, 0.015, (230, 200, 120))
    for x in (-half * 0.68, half * 0.68):
        low = wall * 0.4
        pen.rect(x - 0.085, low, x + 0.085, low + 0.17, GLOW if light.night else GLASS)
        pen.patch(
            [(x - 0.008, low), (x + 0.008, low), (x + 0.008, low + 0.17), (x - 0.008, low + 0.17)], (240, 236, 226)
        )


def lighthouse(pen: Pen, colour: RGB, light: Light) -> None:
    if light.night:
        for spread, alpha in ((0.20, 0.16), (0.14, 0.2), (0.08, 0.26)):
            pen.patch([(0, 0.87), (1.7, 1.0 + spread), (1.7, 0.84 - spread)], (255, 240, 170), alpha)
    pen.polygon([(-0.3, 0), (0.32, 0), (0.22, 0.07), (-0.2, 0.07)], (110, 104, 100))
    band = (190, 60, 50) if is_pale(colour) else colour
    wall = (244, 242, 236)

    def half(y: float) -> float:
        return 0.17 - 0.085 * y

    pen.polygon([(-half(0), 0.06), (half(0), 0.06), (half(0.74), 0.78), (-half(0.74), 0.78)], wall)
    if not is_pale(colour):
        for low, high in ((0.12, 0.26), (0.4, 0.54), (0.66, 0.78)):
            pen.polygon([(-half(low), low), (half(low), low), (half(high), high), (-half(high), high)], band)
    side = [(half(0.06) * 0.45, 0.06), (half(0.06), 0.06), (half(0.74), 0.78), (half(0.74) * 0.45, 0.78)]
    pen.patch(side, (40, 40, 60), 0.22)
    pen.rect(-0.15, 0.78, 0.15, 0.82, shade(band, 0.6))
    pen.rect(-0.085, 0.82, 0.085, 0.92, GLOW if light.night or pen.random.random() < 0.5 else GLASS)
    pen.polygon([(-0.12, 0.92), (0.12, 0.92), (0, 1.03)], shade(band, 0.85))
    pen.rect(-0.05, 0.06, 0.05, 0.17, (90, 60, 44))


def castle(pen: Pen, colour: RGB, light: Light) -> None:
    roofs = [(180, 50, 60), (60, 80, 170), (120, 60, 140), (70, 70, 80)]
    roof = pen.random.choice([r for r in roofs if distance(r, colour) > 120])
    hole = GLOW if light.night else shade(colour, 0.4)
    pen.rect(-0.3, 0, 0.3, 0.46, colour)
    for k in range(5):
        left = -0.3 + 0.12 * k
        pen.rect(left + 0.015, 0.46, left + 0.085, 0.53, colour)
    for side in (-1, 1):
        x, wall = side * 0.38, colour if side < 0 else shade(colour, 0.88)
        pen.rect(x - 0.12, 0, x + 0.12, 0.62, wall)
        pen.patch([(x + 0.04, 0), (x + 0.12, 0), (x + 0.12, 0.62), (x + 0.04, 0.62)], shade(wall, 0.86))
        pen.polygon([(x - 0.16, 0.62), (x + 0.16, 0.62), (x, 0.92)], roof)
        pen.patch([(x + 0.03, 0.62), (x + 0.16, 0.62), (x, 0.92)], shade(roof, 0.8))
        pen.rect(x - 0.03, 0.4, x + 0.03, 0.5, hole)
    pen.rect(-0.11, 0.46, 0.11, 0.74, shade(colour, 0.94))
    pen.polygon([(-0.14, 0.74), (0.14, 0.74), (0, 1.03)], roof)
    pen.stroke([(0, 1.03), (0, 1.12)], (70, 60, 60), 0.014, line=False)
    pen.patch([(0.007, 1.12), (0.1, 1.095), (0.007, 1.06)], (220, 60, 60))
    pen.rect(-0.03, 0.56, 0.03, 0.66, hole)
    pen.polygon([(-0.09, 0), (0.09, 0), *arc(0, 0.16, 0.09, 0.1, (0, 180), steps=12)], (70, 46, 36))


def pagoda(pen: Pen, colour: RGB, light: Light) -> None:
    roof = (176, 66, 52) if is_dark(colour) else (66, 74, 84)
    storeys = pen.random.choice([3, 4])
    high = 0.9 / storeys
    pen.rect(-0.38, 0, 0.38, 0.05, (150, 144, 138))
    for k in range(storeys):
        half, low = 0.3 * (1 - 0.2 * k), 0.05 + k * high
        pen.rect(-half, low, half, low + high * 0.62, colour)
        right = [(half * 0.4, low), (half, low), (half, low + high * 0.6), (half * 0.4, low + high * 0.6)]
        pen.patch(right, shade(colour, 0.8))
        door = half * 0.22
        hole = GLOW if light.night else shade(colour, 0.45)
        pen.rect(-door, low, door, low + high * 0.42, hole, line=k == 0)
        edge, y = half + 0.13, low + high * 0.6
        pen.polygon(
            [
                (-edge - 0.02, y + 0.07),
                (-edge + 0.08, y),
                (edge - 0.08, y),
                (edge + 0.02, y + 0.07),
                (half * 0.62, y + high * 0.4),
                (-half * 0.62, y + high * 0.4),
            ],
            roof,
        )
        pen.patch(
            [(-edge + 0.08, y), (edge - 0.08, y), (edge - 0.05, y + 0.02), (-edge + 0.05, y + 0.02)], shade(roof, 1.35)
        )
    pen.rect(-0.015, 0.05 + storeys * high, 0.015, 0.13 + storeys * high, (200, 160, 60))


def windmill(pen: Pen, colour: RGB, light: Light) -> None:
    cap = shade(COLOURS["brown"], 0.8) if distance(colour, COLOURS["brown"]) > 90 else (150, 60, 50)
    pen.polygon([(-0.22, 0), (0.22, 0), (0.13, 0.62), (-0.13, 0.62)], colour)
    pen.patch([(0.06, 0), (0.22, 0), (0.13, 0.62), (0.05, 0.62)], shade(colour, 0.82))
    pen.polygon([(-0.17, 0.61), *arc(0, 0.62, 0.16, 0.18, (0, 180), steps=12)[::-1], (0.17, 0.61)], cap)
    pen.polygon([(-0.06, 0), (0.06, 0), *arc(0, 0.14, 0.06, 0.06, (0, 180), steps=10)], WOOD)
    pen.rect(-0.04, 0.36, 0.04, 0.46, GLOW if light.night else GLASS)
    sail = (250, 244, 226) if not is_pale(colour) else (226, 110, 80)
    turn = pen.random.uniform(0.1, 1.4)

    for k in range(4):
        a = turn + k * pi / 2
        along, across = (cos(a), sin(a)), (-sin(a), cos(a))

        def place(
            u: float, v: float, p: tuple[float, float] = along, q: tuple[float, float] = across
        ) -> tuple[float, float]:
            return u * p[0] + v * q[0], 0.68 + u * p[1] + v * q[1]

        pen.polygon([place(0.1, 0.01), place(0.46, 0.01), place(0.46, 0.12), place(0.1, 0.1)], sail)
        pen.stroke([place(0, 0), place(0.48, 0)], WOOD, 0.022, line=False)
        for u in (0.2, 0.3, 0.4):
            pen.stroke([place(u, 0.01), place(u, 0.11)], mix(sail, WOOD, 0.5), 0.01, line=False)
    pen.dot(0, 0.68, 0.035, 0.035, mix(WOOD, WHITE, 0.2))
