"""The card that stands for a code scene in lists: its code as coloured bars, in the scene's own colours.

Drawn here and not by the scene: what a scene shows is made in a browser, by code that nobody trusts, and could be sent
in as anything (docs/decisions.md).
"""

import io
import math
import re
from collections.abc import Iterator

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]

WIDTH, HEIGHT = 1024, 768
# Drawn so many times as large, for smooth edges.
TIMES = 2
PAPER_TOP, PAPER_LOW = (24, 34, 36), (13, 19, 21)
PLAIN, QUIET, WORD, TEXT = (150, 165, 166), (78, 94, 96), (72, 190, 172), (232, 176, 84)
OWN = ((72, 190, 172), (232, 176, 84), (120, 150, 210))
LINES, LEFT, TOP, LINE, CHARACTER, LONGEST = 38, 64, 60, 17, 5.2, 78

TOKEN = re.compile(
    r"""(?P<comment>//.*)|(?P<text>"[^"]*"|'[^']*'|`[^`]*`)|(?P<colour>0x[0-9a-fA-F]{6}\b)|(?P<word>[A-Za-z_$][\w$]*)"""
    r"""|(?P<other>[^\s"'`A-Za-z_$]+)"""
)
COLOUR = re.compile(r"(?:0x|#)([0-9a-fA-F]{6})\b")
WORDS = frozenset(
    ("import", "from", "export", "default", "function", "return", "const", "let", "var", "new", "for", "of", "in", "if",
     "else", "while", "class", "extends", "this", "as")
)  # fmt: skip


def draw(code: str) -> bytes:
    """A PNG of WIDTH × HEIGHT; the same for the same code."""
    card = _paper()
    pen = ImageDraw.Draw(card)
    lines = [line for line in code.splitlines() if line.strip()][:LINES]
    for number, line in enumerate(lines):
        for start, length, colour in _bars(line):
            _bar(pen, number, start, length, colour)
    _solid(pen, _palette(code))
    out = io.BytesIO()
    card.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).save(out, "PNG")
    return out.getvalue()


def _paper() -> Image.Image:
    strip = Image.new("RGB", (1, 2))
    strip.putpixel((0, 0), PAPER_TOP)
    strip.putpixel((0, 1), PAPER_LOW)
    return strip.resize((WIDTH * TIMES, HEIGHT * TIMES), Image.Resampling.BILINEAR)


def _bars(line: str) -> Iterator[tuple[int, int, Colour]]:
    """(first character, characters, colour) of each token."""
    for match in TOKEN.finditer(line.replace("\t", "  ")[:LONGEST]):
        token, kind = match.group(), match.lastgroup
        named = COLOUR.search(token)
        if kind == "comment":
            colour = QUIET
        elif named:
            colour = _rgb(named[1])
        elif kind == "text":
            colour = TEXT
        elif token in WORDS:
            colour = WORD
        else:
            colour = PLAIN if kind == "word" else QUIET
        yield match.start(), len(token), colour


def _bar(pen: ImageDraw.ImageDraw, number: int, start: int, length: int, colour: Colour) -> None:
    left, top = (LEFT + start * CHARACTER) * TIMES, (TOP + number * LINE) * TIMES
    right, high = left + (length * CHARACTER - 2) * TIMES, 7 * TIMES
    # Fading out to the right, where the solid stands.
    shown = max(0.25, 1.0 - max(0.0, left / TIMES - 420) / 260)
    mixed = tuple(round(each * shown + under * (1 - shown)) for each, under in zip(colour, PAPER_LOW, strict=True))
    pen.rounded_rectangle((left, top, max(right, left + high), top + high), high / 2, fill=mixed)


def _palette(code: str) -> tuple[Colour, ...]:
    """Three colours of the scene, the most frequent first, without near black and white; ours where it names fewer."""
    named = [_rgb(each) for each in COLOUR.findall(code)]
    lively = [each for each in named if max(each) - min(each) > 40 and max(each) > 80]
    ordered = sorted(dict.fromkeys(lively), key=lambda each: -lively.count(each))
    return (*ordered, *OWN)[:3]


def _solid(pen: ImageDraw.ImageDraw, palette: tuple[Colour, ...]) -> None:
    """A cube seen from a corner, its faces in the scene's colours."""
    x, y, side = 770 * TIMES, 400 * TIMES, 150 * TIMES
    wide, low = side * math.cos(math.radians(30)), side * 0.5
    middle, top, bottom = (x, y), (x, y - 2 * low), (x, y + side)
    left, right = (x - wide, y - low), (x + wide, y - low)
    left_low, right_low = (x - wide, y - low + side), (x + wide, y - low + side)
    pen.ellipse((x - 1.25 * wide, y + side - low, x + 1.25 * wide, y + side + low), fill=(10, 14, 16))
    pen.polygon((top, right, middle, left), fill=_lit(palette[0], 1.12))
    pen.polygon((left, middle, bottom, left_low), fill=_lit(palette[1], 0.86))
    pen.polygon((right, middle, bottom, right_low), fill=_lit(palette[2], 0.66))


def _lit(colour: Colour, light: float) -> Colour:
    red, green, blue = (min(255, round(each * light)) for each in colour)
    return red, green, blue


def _rgb(digits: str) -> Colour:
    value = int(digits, 16)
    return value >> 16, value >> 8 & 255, value & 255
