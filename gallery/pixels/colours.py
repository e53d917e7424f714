"""Which colours rule a picture, by the names that people search for. Pillow only: the web tier has no numpy."""

import colorsys
from collections import Counter

from PIL import Image

# A name ends at that hue (degrees). Brown is a dark orange, pink a light red or magenta.
HUES = ((15, "red"), (45, "orange"), (68, "yellow"), (165, "green"), (200, "teal"), (262, "blue"), (310, "purple"))
NAMES = ("red", "orange", "yellow", "green", "teal", "blue", "purple", "pink", "brown", "black", "grey", "white")
SIDE = 24
# A colour that covers less than this share does not rule the picture; at most so many do.
LEAST = 0.12
MOST = 3


def name_of(red: int, green: int, blue: int) -> str:
    """The name of one colour, each channel 0..255."""
    hue, lightness, saturation = colorsys.rgb_to_hls(red / 255, green / 255, blue / 255)
    chroma = (max(red, green, blue) - min(red, green, blue)) / 255
    if lightness < 0.12:
        return "black"
    if chroma < 0.12:
        return "white" if lightness > 0.86 else "grey"
    degrees = hue * 360
    if degrees >= 310 or degrees < 15:
        return "pink" if (degrees >= 310 and degrees < 345) or lightness > 0.7 else "red"
    if 15 <= degrees < 50 and lightness < 0.4 and saturation < 0.85:
        return "brown"
    return next(name for end, name in HUES if degrees < end)


def ruling(picture: Image.Image) -> list[str]:
    """The names of up to three colours that cover most of `picture`, the strongest first. Transparent is white."""
    small = picture.convert("RGBA").resize((SIDE, SIDE), Image.Resampling.BOX)
    paper = Image.new("RGBA", small.size, "white")
    paper.alpha_composite(small)
    flat = paper.convert("RGB").tobytes()
    counted = Counter(name_of(*flat[at : at + 3]) for at in range(0, len(flat), 3))
    return [name for name, count in counted.most_common(MOST) if count >= LEAST * SIDE * SIDE]
