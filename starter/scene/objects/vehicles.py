"""What carries people, on land, on water and in the air."""

import math

from starter.scene.objects.kind import Light
from starter.scene.palette import COLOURS, GLASS, GLOW, RGB, WHITE, WOOD, distance, is_pale, mix, shade
from starter.scene.pen import Pen, arc

TYRE: RGB = (38, 38, 42)


def _wheel(pen: Pen, x: float, y: float, radius: float) -> None:
    pen.ellipse(x, y, radius, radius, TYRE)
    pen.dot(x, y, radius * 0.5, radius * 0.5, (190, 192, 198))


def boat(pen: Pen, colour: RGB, light: Light) -> None:
    sail = pen.random.choice([(250, 248, 240), (250, 230, 200), (240, 250, 255)])
    if is_pale(colour):
        sail = (230, 120, 90)
    pen.rect(-0.015, 0.2, 0.02, 1.0, WOOD)
    pen.polygon([(0.035, 0.3), (0.44, 0.3), (0.035, 0.97)], sail)
    pen.patch([(0.2, 0.3), (0.44, 0.3), (0.035, 0.97)], shade(sail, 0.93))
    pen.polygon([(-0.03, 0.3), (-0.34, 0.3), (-0.03, 0.84)], shade(sail, 0.9))
    pen.polygon([(-0.5, 0.24), (0.54, 0.24), (0.38, 0), (-0.36, 0)], colour)
    pen.patch([(-0.47, 0.2), (0.51, 0.2), (0.54, 0.24), (-0.5, 0.24)], mix(colour, WHITE, 0.45))
    pen.patch([(-0.42, 0.09), (0.44, 0.09), (0.38, 0), (-0.36, 0)], shade(colour, 0.75))


def car(pen: Pen, colour: RGB, light: Light) -> None:
    glass = GLOW if light.night else GLASS
    pen.polygon([(-0.3, 0.36), (-0.2, 0.6), (0.16, 0.6), (0.32, 0.36)], shade(colour, 0.92))
    pen.polygon([(-0.23, 0.37), (-0.16, 0.55), (-0.02, 0.55), (-0.02, 0.37)], glass)
    pen.polygon([(0.02, 0.37), (0.02, 0.55), (0.14, 0.55), (0.25, 0.37)], glass)
    body = [(-0.52, 0.12), (-0.52, 0.32), (-0.3, 0.37), (0.32, 0.37), (0.5, 0.3), (0.54, 0.12)]
    pen.polygon(body, colour)
    pen.patch([(-0.52, 0.12), (-0.52, 0.18), (0.53, 0.18), (0.54, 0.12)], shade(colour, 0.7))
    pen.patch(
        [(-0.5, 0.3), (-0.3, 0.345), (0.32, 0.345), (0.48, 0.28), (0.32, 0.37), (-0.3, 0.37)], mix(colour, WHITE, 0.3)
    )
    pen.dot(0.48, 0.25, 0.035, 0.04, (255, 240, 160))
    pen.dot(-0.505, 0.26, 0.02, 0.03, (220, 50, 40))
    for x in (-0.3, 0.3):
        _wheel(pen, x, 0.12, 0.125)


def train(pen: Pen, colour: RGB, light: Light) -> None:
    """A steam engine going to the right."""
    dark = shade(colour, 0.72)
    for x, y, radius, alpha in ((-0.02, 0.98, 0.13, 0.5), (0.12, 0.86, 0.1, 0.65), (0.22, 0.76, 0.07, 0.8)):
        pen.dot(x, y, radius, radius * 0.8, (236, 238, 240), alpha=alpha)
    pen.polygon([(0.24, 0.42), (0.34, 0.42), (0.37, 0.7), (0.21, 0.7)], (60, 60, 68))
    pen.rect(-0.1, 0.2, 0.46, 0.46, colour)
    pen.patch([(-0.1, 0.38), (0.46, 0.38), (0.46, 0.43), (-0.1, 0.43)], mix(colour, WHITE, 0.35))
    pen.dot(0.08, 0.47, 0.07, 0.06, (214, 170, 70))
    pen.rect(-0.5, 0.14, -0.08, 0.68, colour)
    pen.patch([(-0.2, 0.14), (-0.08, 0.14), (-0.08, 0.68), (-0.2, 0.68)], dark)
    pen.rect(-0.42, 0.4, -0.18, 0.6, GLOW if light.night else GLASS)
    pen.polygon([(-0.56, 0.68), (-0.02, 0.68), (-0.06, 0.75), (-0.52, 0.75)], (70, 66, 72))
    pen.polygon([(0.46, 0.1), (0.6, 0.06), (0.46, 0.26)], (90, 84, 84))
    pen.rect(-0.5, 0.12, 0.48, 0.2, (70, 66, 72))
    for x, radius in ((-0.34, 0.14), (0.02, 0.1), (0.27, 0.1)):
        _wheel(pen, x, radius, radius)


def plane(pen: Pen, colour: RGB, light: Light) -> None:
    wing = shade(colour, 0.76)
    pen.polygon([(-0.02, 0.56), (0.14, 0.56), (-0.14, 0.8), (-0.22, 0.8)], shade(colour, 0.66))
    pen.polygon([(-0.5, 0.55), (-0.56, 0.8), (-0.44, 0.8), (-0.3, 0.57)], wing)
    nose = arc(0.3, 0.5, 0.26, 0.11, (-90, 90), steps=14)
    pen.polygon([(-0.56, 0.56), (-0.3, 0.4), *nose, (-0.5, 0.6)], colour)
    pen.patch(
        [(-0.45, 0.5), (-0.3, 0.4), *arc(0.3, 0.5, 0.26, 0.11, (-90, -20), steps=8), (0.2, 0.46)], shade(colour, 0.8)
    )
    pen.polygon([(0.36, 0.52), (0.5, 0.52), (0.44, 0.58), (0.36, 0.59)], GLOW if light.night else GLASS)
    for k in range(5):
        pen.dot(-0.26 + k * 0.12, 0.535, 0.028, 0.028, GLOW if light.night else (70, 110, 160))
    pen.polygon([(-0.04, 0.47), (0.18, 0.47), (-0.12, 0.18), (-0.24, 0.18)], wing)


def balloon(pen: Pen, colour: RGB, light: Light) -> None:
    stripe = mix(colour, (255, 250, 225), 0.7)
    if is_pale(colour):
        stripe = (226, 120, 100)
    for side in (-1, 1):
        pen.stroke([(side * 0.2, 0.42), (side * 0.09, 0.16)], (90, 70, 50), 0.012)
    envelope = [(0.36 * math.cos(t), 0.66 + 0.34 * math.sin(t)) for t in _steps(-0.5, math.pi + 0.5, 30)]
    pen.polygon([*envelope, (-0.1, 0.27), (0.1, 0.27)], colour)
    for left, right in ((-0.2, -0.07), (0.07, 0.2)):
        edge = []
        for y in _steps(0.3, 0.98, 14):
            bulge = math.sqrt(max(0.0, 1 - ((y - 0.66) / 0.35) ** 2)) if y > 0.5 else 0.89 - (0.5 - y) * 2.6
            edge.append((y, bulge))
        pen.patch([(left * w, y) for y, w in edge] + [(right * w, y) for y, w in edge[::-1]], stripe)
    pen.dot(-0.16, 0.82, 0.1, 0.08, mix(colour, WHITE, 0.4), alpha=0.7)
    pen.rect(-0.1, 0.02, 0.1, 0.16, (150, 98, 54))
    pen.patch([(-0.11, 0.13), (0.11, 0.13), (0.11, 0.16), (-0.11, 0.16)], (110, 70, 40))


def rocket(pen: Pen, colour: RGB, light: Light) -> None:
    flame = pen.random.uniform(0.16, 0.26)
    pen.polygon(
        [(-0.1, 0.16), (0.1, 0.16), (0.03, 0.16 - flame), (0, 0.1 - flame), (-0.03, 0.16 - flame)], (250, 150, 40)
    )
    pen.patch([(-0.05, 0.16), (0.05, 0.16), (0, 0.14 - flame * 0.6)], (255, 236, 130))
    fin = (60, 90, 180) if distance(colour, COLOURS["red"]) < 150 else (200, 50, 50)
    pen.polygon([(-0.16, 0.42), (-0.32, 0.14), (-0.13, 0.2)], fin)
    pen.polygon([(0.16, 0.42), (0.32, 0.14), (0.13, 0.2)], shade(fin, 0.85))
    right = [(0.13, 0.17), (0.185, 0.4), (0.17, 0.62), (0.1, 0.82)]
    pen.polygon([(-0.13, 0.17), *right, (0, 0.98), *[(-x, y) for x, y in right[:0:-1]]], colour)
    pen.patch([(0.05, 0.17), *right, (0.03, 0.94)], shade(colour, 0.82))
    pen.polygon([(0, 0.98), (-0.1, 0.82), (0.1, 0.82)], fin)
    pen.ellipse(0, 0.58, 0.085, 0.085, shade(fin, 0.7))
    pen.dot(0, 0.58, 0.06, 0.06, (150, 220, 250))


def _steps(start: float, end: float, count: int) -> list[float]:
    return [start + (end - start) * k / (count - 1) for k in range(count)]
