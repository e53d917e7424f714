"""Snowmen, robots and worlds far away."""

import math

from starter.scene.objects.kind import Light
from starter.scene.palette import COLOURS, RGB, WHITE, distance, is_dark, is_pale, mix, shade
from starter.scene.pen import Pen, arc

HAT: RGB = (36, 36, 44)


def snowman(pen: Pen, colour: RGB, light: Light) -> None:
    scarfs = [COLOURS[name] for name in ("red", "blue", "green")]
    scarf = pen.random.choice([s for s in scarfs if distance(s, colour) > 90])
    for side in (-1, 1):
        pen.stroke([(side * 0.18, 0.55), (side * 0.44, 0.7)], (100, 66, 40), 0.03)
    pen.ball(0, 0.24, 0.29, 0.25, colour)
    pen.ball(0, 0.56, 0.21, 0.185, colour)
    pen.ball(0, 0.8, 0.155, 0.14, colour)
    pen.rect(-0.15, 0.66, 0.15, 0.71, scarf)
    pen.rect(0.05, 0.52, 0.12, 0.68, shade(scarf, 0.9))
    pen.rect(-0.17, 0.9, 0.17, 0.93, HAT)
    pen.rect(-0.11, 0.93, 0.11, 1.06, HAT)
    eye = (240, 240, 240) if is_dark(colour) else (20, 20, 20)
    for x in (-0.055, 0.055):
        pen.dot(x, 0.83, 0.02, 0.022, eye)
    pen.polygon([(0, 0.8), (0.16, 0.77), (0, 0.765)], (246, 130, 30))
    for y in (0.6, 0.52, 0.45):
        pen.dot(0, y, 0.02, 0.02, eye)


def robot(pen: Pen, colour: RGB, light: Light) -> None:
    joint = shade(colour, 0.72) if not is_dark(colour) else (96, 96, 106)
    for x in (-0.13, 0.13):
        pen.rect(x - 0.07, 0, x + 0.07, 0.2, joint)
    for side in (-1, 1):
        inner, outer = sorted((side * 0.27, side * 0.38))
        pen.rect(inner, 0.24, outer, 0.52, joint)
        pen.ellipse(side * 0.325, 0.22, 0.065, 0.06, shade(joint, 0.84))
    pen.rect(-0.26, 0.18, 0.26, 0.56, colour)
    pen.patch([(0.1, 0.18), (0.26, 0.18), (0.26, 0.56), (0.1, 0.56)], shade(colour, 0.86))
    pen.rect(-0.14, 0.28, 0.14, 0.46, (60, 70, 90))
    pen.dot(-0.06, 0.37, 0.04, 0.04, (240, 80, 70))
    pen.dot(0.06, 0.37, 0.04, 0.04, (90, 220, 120))
    pen.stroke([(0, 0.9), (0, 1.0)], joint, 0.03)
    pen.ellipse(0, 1.02, 0.045, 0.045, (240, 80, 70))
    head = mix(colour, WHITE, 0.12)
    pen.rect(-0.22, 0.6, 0.22, 0.92, head)
    pen.patch([(0.1, 0.6), (0.22, 0.6), (0.22, 0.92), (0.1, 0.92)], shade(head, 0.88))
    for x in (-0.1, 0.1):
        pen.ellipse(x, 0.78, 0.07, 0.07, (255, 240, 130))
        pen.dot(x, 0.78, 0.03, 0.03, (40, 40, 40))
    pen.rect(-0.11, 0.65, 0.11, 0.69, (60, 60, 70))


def planet(pen: Pen, colour: RGB, light: Light) -> None:
    ringed = pen.random.random() < 0.7
    ring = (226, 150, 90) if is_pale(colour) else mix(colour, (255, 240, 210), 0.55)
    radius, tilt = 0.34, 0.3
    if ringed:
        pen.ellipse(0, 0.5, 0.56, 0.15, ring, turn=tilt)
        pen.patch(arc(0, 0.5, 0.44, 0.09, turn=tilt), shade(colour, 0.35))
    pen.ball(0, 0.5, radius, radius, colour)
    for y, height in ((0.62, 0.05), (0.47, 0.06), (0.32, 0.04)):
        half = math.sqrt(max(0.01, radius * radius - (y - 0.5) ** 2)) * 0.94
        pen.patch(
            [(-half, y), (half * 0.9, y + 0.04), (half * 0.9, y + 0.04 + height), (-half, y + height)],
            shade(colour, 0.78),
        )
    if ringed:
        front = arc(0, 0.5, 0.56, 0.15, (180, 360), turn=tilt, steps=16)
        pen.polygon(front + arc(0, 0.5, 0.44, 0.09, (180, 360), turn=tilt, steps=16)[::-1], ring)
