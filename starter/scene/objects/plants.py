"""What grows."""

import math

from starter.scene.objects.kind import Light
from starter.scene.palette import RGB, WHITE, distance, is_pale, mix, shade
from starter.scene.pen import Pen, arc

TRUNK: RGB = (116, 76, 46)
LEAF: RGB = (60, 140, 62)


def tree(pen: Pen, colour: RGB, light: Light) -> None:
    trunk = TRUNK if distance(TRUNK, colour) > 70 else (70, 48, 36)
    pen.polygon([(-0.11, 0), (0.11, 0), (0.06, 0.5), (-0.06, 0.5)], trunk)
    pen.patch([(0.02, 0), (0.11, 0), (0.06, 0.5), (0.01, 0.5)], shade(trunk, 0.76))
    pen.crown(0, 0.66, pen.random.uniform(0.32, 0.38), colour)
    if light.snowy:
        pen.patch(
            [(-0.2, 0.86), (-0.08, 0.98), (0.08, 0.98), (0.2, 0.86), (0.1, 0.89), (0, 0.85), (-0.1, 0.89)],
            (242, 247, 252),
        )


def pine(pen: Pen, colour: RGB, light: Light) -> None:
    pen.rect(-0.05, 0, 0.05, 0.2, (104, 68, 42))
    width = pen.random.uniform(0.3, 0.38)
    needle = shade(colour, 0.84)
    for k in range(3):
        low, half = 0.14 + k * 0.24, width * (1 - 0.25 * k)
        pen.polygon([(-half, low), (half, low), (0, low + 0.4)], needle)
        pen.patch([(half * 0.15, low), (half, low), (0, low + 0.4)], shade(needle, 0.78))
        if light.snowy:
            pen.patch([(-half * 0.4, low + 0.24), (half * 0.4, low + 0.24), (0, low + 0.4)], (240, 246, 252))


def flower(pen: Pen, colour: RGB, light: Light) -> None:
    pen.stroke([(0, 0), (0.02, 0.25), (0, 0.6)], LEAF, 0.045)
    pen.ellipse(0.14, 0.24, 0.14, 0.055, LEAF, turn=0.5)
    pen.ellipse(-0.14, 0.18, 0.14, 0.055, shade(LEAF, 0.85), turn=-0.5 + math.pi)
    petals, first = pen.random.choice([5, 6, 8]), pen.random.uniform(0, 1)
    for k in range(petals):
        angle = first + 2 * math.pi * k / petals
        x, y = 0.2 * math.cos(angle), 0.7 + 0.2 * math.sin(angle)
        tone = colour if k % 2 else shade(colour, 0.9)
        pen.ellipse(x, y, 0.15, 0.09 if petals > 6 else 0.115, tone, turn=angle)
        pen.dot(x * 0.8, 0.7 + (y - 0.7) * 0.8, 0.05, 0.05, mix(colour, WHITE, 0.25))
    pen.ball(0, 0.7, 0.105, 0.105, (250, 200, 60) if distance(colour, (250, 200, 60)) > 90 else (130, 80, 40))


def mushroom(pen: Pen, colour: RGB, light: Light) -> None:
    pen.polygon([(-0.14, 0), (0.14, 0), (0.1, 0.5), (-0.1, 0.5)], (240, 228, 204))
    pen.patch([(0.04, 0), (0.14, 0), (0.1, 0.5), (0.03, 0.5)], (214, 200, 176))
    pen.polygon(arc(0, 0.44, 0.44, 0.48, (0, 180)), colour)
    pen.patch(arc(0.1, 0.44, 0.34, 0.4, (-2, 70)), shade(colour, 0.86))
    pen.patch(arc(-0.08, 0.5, 0.28, 0.34, (20, 160)), mix(colour, WHITE, 0.14))
    spot = (220, 90, 80) if is_pale(colour) else (250, 246, 236)
    for x, y, radius in ((-0.22, 0.6, 0.07), (0.05, 0.74, 0.08), (0.24, 0.58, 0.055), (-0.02, 0.54, 0.05)):
        pen.ellipse(x, y, radius, radius * 0.9, spot)
