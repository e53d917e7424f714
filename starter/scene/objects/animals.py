"""Beasts and birds."""

from starter.scene.objects.kind import Light
from starter.scene.palette import COLOURS, RGB, WHITE, distance, is_dark, is_pale, mix, shade
from starter.scene.pen import Pen

PUPIL: RGB = (26, 28, 28)


def _darker(colour: RGB, factor: float) -> RGB:
    # A black animal has lighter, not darker, limbs: otherwise nothing of it can be told apart.
    return (80, 80, 90) if is_dark(colour) else shade(colour, factor)


def cat(pen: Pen, colour: RGB, light: Light) -> None:
    limb = _darker(colour, 0.78)
    pen.stroke([(0.22, 0.08), (0.42, 0.12), (0.46, 0.32), (0.38, 0.44)], limb, 0.08)
    pen.ball(0, 0.26, 0.27, 0.3, colour)
    pen.dot(0, 0.2, 0.13, 0.18, mix(colour, WHITE, 0.45))
    for x in (-0.12, 0.12):
        pen.ellipse(x, 0.04, 0.085, 0.055, colour)
    for side in (-1, 1):
        pen.polygon([(side * 0.25, 0.68), (side * 0.25, 0.98), (side * 0.05, 0.84)], colour)
        pen.patch([(side * 0.215, 0.74), (side * 0.22, 0.9), (side * 0.1, 0.82)], (240, 160, 160))
    pen.ball(0, 0.67, 0.275, 0.225, colour)
    for side in (-1, 1):
        pen.ellipse(side * 0.115, 0.7, 0.06, 0.065, (250, 250, 190) if is_dark(colour) else WHITE)
        pen.dot(side * 0.115, 0.7, 0.03, 0.055, PUPIL)
    pen.patch([(-0.03, 0.625), (0.03, 0.625), (0, 0.59)], (220, 110, 120))
    whisker = (200, 200, 200) if is_dark(colour) else (60, 60, 60)
    for side in (-1, 1):
        for dy in (0.0, 0.065):
            pen.stroke([(side * 0.1, 0.6), (side * 0.34, 0.56 + dy)], whisker, 0.01, line=False)


def dog(pen: Pen, colour: RGB, light: Light) -> None:
    dark = _darker(colour, 0.65)
    pen.stroke([(-0.36, 0.42), (-0.5, 0.62)], colour, 0.07)
    for x in (-0.16, 0.26, -0.3, 0.12):
        pen.rect(x - 0.055, 0, x + 0.055, 0.26, shade(colour, 0.88) if x in (-0.16, 0.26) else colour)
    pen.ball(-0.03, 0.36, 0.37, 0.19, colour)
    pen.ball(0.31, 0.64, 0.2, 0.2, colour)
    pen.ellipse(0.47, 0.58, 0.12, 0.085, mix(colour, WHITE, 0.35))
    pen.dot(0.57, 0.61, 0.04, 0.035, PUPIL)
    pen.ellipse(0.17, 0.62, 0.075, 0.19, dark, turn=-0.15)
    pen.dot(0.37, 0.7, 0.05, 0.055, WHITE)
    pen.dot(0.38, 0.7, 0.03, 0.038, PUPIL)
    collar = (50, 90, 200) if distance(colour, COLOURS["red"]) < 120 else (210, 50, 50)
    pen.patch([(0.14, 0.44), (0.36, 0.44), (0.36, 0.49), (0.14, 0.49)], collar)


def rabbit(pen: Pen, colour: RGB, light: Light) -> None:
    inner = (244, 170, 180)
    pen.ball(0.3, 0.12, 0.1, 0.1, WHITE if not is_pale(colour) else (214, 210, 206))
    pen.ball(0, 0.24, 0.28, 0.26, colour)
    pen.dot(0, 0.19, 0.14, 0.16, mix(colour, WHITE, 0.5))
    for x in (-0.14, 0.14):
        pen.ellipse(x, 0.04, 0.12, 0.055, mix(colour, WHITE, 0.12))
    for side in (-1, 1):
        pen.ellipse(side * 0.11, 0.88, 0.07, 0.24, colour, turn=side * -0.18)
        pen.dot(side * 0.11, 0.88, 0.032, 0.16, inner)
    pen.ball(0, 0.58, 0.215, 0.19, colour)
    for side in (-1, 1):
        pen.dot(side * 0.09, 0.61, 0.038, 0.048, PUPIL)
        pen.dot(side * 0.085, 0.625, 0.013, 0.016, WHITE)
        pen.dot(side * 0.05, 0.5, 0.055, 0.04, mix(colour, WHITE, 0.45))
    pen.patch([(-0.03, 0.545), (0.03, 0.545), (0, 0.515)], (230, 110, 130))


def penguin(pen: Pen, colour: RGB, light: Light) -> None:
    """Its back has the colour; the belly stays white."""
    for side in (-1, 1):
        pen.ellipse(side * 0.12, 0.03, 0.12, 0.045, (250, 160, 40))
        pen.ellipse(side * 0.29, 0.36, 0.07, 0.24, _darker(colour, 0.8), turn=side * 0.3)
    pen.ball(0, 0.38, 0.28, 0.36, colour)
    pen.dot(0, 0.33, 0.2, 0.29, (246, 246, 244) if not is_pale(colour) else (190, 200, 212))
    pen.ball(0, 0.8, 0.2, 0.19, colour)
    for side in (-1, 1):
        pen.dot(side * 0.075, 0.8, 0.07, 0.09, (246, 246, 244) if not is_pale(colour) else (190, 200, 212))
    for side in (-1, 1):
        pen.dot(side * 0.07, 0.83, 0.028, 0.036, PUPIL)
    pen.polygon([(-0.06, 0.76), (0.06, 0.76), (0, 0.68)], (250, 160, 40))


def bird(pen: Pen, colour: RGB, light: Light) -> None:
    pen.polygon([(-0.26, 0.5), (-0.64, 0.64), (-0.62, 0.52), (-0.56, 0.44)], _darker(colour, 0.8))
    up = pen.random.random() < 0.6
    far = [(0.14, 0.6), (-0.06, 0.62), (-0.1, 0.98), (0.06, 0.9)]
    if up:
        pen.polygon(far, _darker(colour, 0.66))
    pen.ball(0, 0.5, 0.34, 0.19, colour)
    pen.ball(0.3, 0.64, 0.16, 0.15, colour)
    pen.dot(0.06, 0.41, 0.2, 0.075, mix(colour, WHITE, 0.5))
    pen.polygon([(0.43, 0.69), (0.62, 0.63), (0.43, 0.59)], (250, 170, 50))
    pen.dot(0.35, 0.68, 0.045, 0.048, WHITE)
    pen.dot(0.36, 0.68, 0.028, 0.032, PUPIL)
    above = [(0.12, 0.55), (-0.2, 0.52), (-0.46, 0.98), (-0.3, 0.98), (-0.1, 0.88)]
    below = [(0.14, 0.56), (-0.22, 0.55), (-0.46, 0.2), (-0.28, 0.2), (-0.08, 0.26)]
    pen.polygon(above if up else below, _darker(colour, 0.8))


def butterfly(pen: Pen, colour: RGB, light: Light) -> None:
    spot = mix(colour, WHITE, 0.6) if not is_pale(colour) else (250, 180, 90)
    for side in (-1, 1):
        pen.ellipse(side * 0.24, 0.3, 0.2, 0.16, shade(colour, 0.82), turn=side * -0.6)
        pen.dot(side * 0.25, 0.29, 0.09, 0.07, spot)
        pen.ellipse(side * 0.29, 0.64, 0.3, 0.2, colour, turn=side * 0.55)
        pen.dot(side * 0.33, 0.68, 0.13, 0.1, spot)
        pen.dot(side * 0.45, 0.76, 0.045, 0.045, mix(colour, (30, 26, 30), 0.6))
        pen.stroke([(side * 0.02, 0.74), (side * 0.1, 0.94)], (60, 50, 50), 0.016)
    pen.ellipse(0, 0.5, 0.045, 0.28, (64, 52, 50))
