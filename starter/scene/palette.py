"""Colours: the twelve a prompt may name, and the arithmetic that shades them."""

RGB = tuple[int, int, int]

COLOURS: dict[str, RGB] = {
    "red": (214, 48, 42),
    "orange": (240, 138, 36),
    "yellow": (246, 208, 52),
    "green": (64, 160, 72),
    "blue": (52, 104, 214),
    "purple": (138, 66, 184),
    "pink": (244, 140, 180),
    "white": (242, 242, 240),
    "black": (44, 44, 50),
    "brown": (136, 86, 48),
    "gray": (140, 144, 150),
    "cyan": (70, 200, 210),
}
WHITE: RGB = (255, 255, 255)
# Lamp light in a window at night, and the sky mirrored in it by day.
GLOW: RGB = (255, 224, 110)
GLASS: RGB = (176, 218, 242)
WOOD: RGB = (110, 74, 46)


def clamp(value: float) -> int:
    return int(max(0, min(255, value)))


def shade(colour: RGB, factor: float) -> RGB:
    """`colour` darker (factor < 1) or lighter (> 1)."""
    return clamp(colour[0] * factor), clamp(colour[1] * factor), clamp(colour[2] * factor)


def mix(a: RGB, b: RGB, share: float) -> RGB:
    """`a` with `share` (0..1, beyond extrapolates) of `b` in it."""
    return (
        clamp(a[0] * (1 - share) + b[0] * share),
        clamp(a[1] * (1 - share) + b[1] * share),
        clamp(a[2] * (1 - share) + b[2] * share),
    )


def distance(a: RGB, b: RGB) -> int:
    """How far two colours are apart (sum of channel differences, 0..765)."""
    return sum(abs(x - y) for x, y in zip(a, b, strict=True))


def is_dark(colour: RGB) -> bool:
    return sum(colour) < 210


def is_pale(colour: RGB) -> bool:
    return min(colour) > 200
