"""How large a photo is when the network sees it: presets for people and buildings, proportions kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from math import log, sqrt
from typing import Literal

Name = Literal["person", "building"]
# Sides that the network sees are multiples of this (network.MULTIPLE), and at least as long as the second.
MULTIPLE, SHORTEST = 32, 64
# What `size` may be: the side of a square.
LEAST_SIZE, MOST_SIZE = 128, 1536


@dataclass(frozen=True, slots=True)
class Preset:
    """Network sizes that suit: the least, the usual one and the most."""

    least: int
    usual: int
    most: int


@dataclass(frozen=True, slots=True)
class Choice:
    """What suits a photo best, as far as is known."""

    preset: Name
    size: int


# The network was taught at 256. Seen small, skin and cloth are one surface with one colour; seen large, walls and
# windows are told apart.
PRESETS: Mapping[Name, Preset] = {
    "person": Preset(460, 576, 680),
    "building": Preset(960, 1120, 1280),
}
# Without a detector: from this side on (pixels, of a square of as many), wider than high, it is more likely a place.
PLACE_SIDE, PLACE_SHAPE = 1600, 1.2


def auto(width: int, height: int, faces: int | None = None) -> Choice:
    """The preset and size for a photo of these sides; `faces` a detector has found, None without a detector.

    A photo with faces is of people, one without is not. Without a detector, large and wide photos are taken for places:
    seen as small as a portrait they would lose what makes them up. No photo is shown larger than it is.
    """
    side = sqrt(width * height)
    looks = side >= PLACE_SIDE and width >= PLACE_SHAPE * height
    place = looks if faces is None else faces == 0
    name: Name = "building" if place else "person"
    preset = PRESETS[name]
    return Choice(name, min(preset.usual, max(LEAST_SIZE, int(side))))


def three(name: Name) -> tuple[int, int, int]:
    """The sizes to try side by side."""
    preset = PRESETS[name]
    return preset.least, preset.usual, preset.most


def network_shape(width: int, height: int, size: int) -> tuple[int, int]:
    """Width and height that the network sees of a photo of these sides: as many pixels as a square of `size`, in the
    photo's proportions, to the next multiples of 32.

    A stretched face has stretched colours, which is why it is not the square that others use; as many pixels, because
    what the network needs of time and memory goes by them. ValueError for a size outside 128..1536.
    """
    if not LEAST_SIZE <= size <= MOST_SIZE:
        raise ValueError(f"A network size is between {LEAST_SIZE} and {MOST_SIZE}, not {size}.")
    shape = sqrt(width / height)
    short = size * min(shape, 1 / shape)
    # A strip's short side may have to be lengthened; its long one then has what is left of the pixels.
    long = size * size / max(short, SHORTEST)

    def off(sides: tuple[int, int]) -> float:
        """How far two sides are from the photo's proportions, and, half as bad, from its pixels."""
        wanted = log(long / max(short, SHORTEST))
        return abs(log(sides[0] / sides[1]) - wanted) + abs(log(sides[0] * sides[1] / size**2)) / 2

    longer, shorter = min(product(_multiples(long), _multiples(short)), key=off)
    return (longer, shorter) if width >= height else (shorter, longer)


def _multiples(side: float) -> tuple[int, int]:
    below = max(SHORTEST, int(side) // MULTIPLE * MULTIPLE)
    return below, below + MULTIPLE
