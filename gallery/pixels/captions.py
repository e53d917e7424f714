"""Words on a picture: which font writes them, and the transparent layer they become. Pages show this very layer."""

import functools
from pathlib import Path

from django.conf import settings
from PIL import Image, ImageDraw, ImageFont

from gallery.pixels.editing import Caption

MARGIN = 0.04
# No font has a picture for this: what it draws instead stands for every character that it lacks.
NOWHERE = "\U0010fffe"
PROBE = 24.0


class Unwritable(ValueError):
    """No font here has these characters."""

    def __init__(self, characters: str) -> None:
        super().__init__(characters)
        self.characters = characters


def layer(caption: Caption, width: int, height: int) -> Image.Image:
    """RGBA of `width` × `height` pixels with the caption on it, made smaller where the line is too long.

    The words have a thin edge, dark or light, so that they are read on any picture. Raises Unwritable.
    """
    path = _font_for(caption.font, caption.text)
    size = max(6.0, caption.size * min(width, height))
    room = width * (1 - 2 * MARGIN)
    taken = _font(path, size).getlength(caption.text)
    if taken > room:
        size = max(1.0, size * room / taken)
    font = _font(path, size)
    words = Image.new("RGBA", (width, height))
    place, anchor = {
        "top": (height * MARGIN, "ma"),
        "middle": (height / 2, "mm"),
        "bottom": (height * (1 - MARGIN), "md"),
    }[caption.place]
    ImageDraw.Draw(words).text(
        (width / 2, place),
        caption.text,
        font=font,
        fill=caption.color,
        anchor=anchor,
        stroke_width=max(1, round(size / 18)),
        stroke_fill="#000000a0" if _is_light(caption.color) else "#ffffffa0",
    )
    return words


def _is_light(colour: str) -> bool:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return 299 * red + 587 * green + 114 * blue > 128_000


def _font_for(kind: str, text: str) -> Path | None:
    """The first font of that kind that has all of `text`; None is Pillow's own, which knows Latin letters."""
    choices = [Path(each) for each in settings.CAPTION_FONTS[kind] if Path(each).is_file()]
    lacking = text
    for path in [*choices, None]:
        missing = "".join(dict.fromkeys(each for each in text if not each.isspace() and not _has(path, each)))
        if not missing:
            return path
        lacking = min(lacking, missing, key=len)
    raise Unwritable(lacking)


@functools.lru_cache(maxsize=4096)
def _has(path: Path | None, character: str) -> bool:
    return _drawn(path, character) != _drawn(path, NOWHERE)


def _drawn(path: Path | None, character: str) -> tuple[tuple[int, int], bytes]:
    mask = _font(path, PROBE).getmask(character)
    return mask.size, bytes(mask)


@functools.lru_cache(maxsize=16)
def _font(path: Path | None, size: float) -> ImageFont.FreeTypeFont:
    if path:
        return ImageFont.truetype(str(path), size)
    own = ImageFont.load_default(size)
    assert isinstance(own, ImageFont.FreeTypeFont), "Pillow was built without FreeType"
    return own
