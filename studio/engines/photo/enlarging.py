"""A picture made larger without a network, and what every way to do it has in common: its limit, and transparency."""

from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image

from studio.engines.base import EngineError

# What a result may have: as many pixels as a picture that is sent in.
MOST_PIXELS = 33_000_000
# Rows of the result that are made at a time.
BAND = 512
# Lanczos looks three pixels far.
REACH = 3
METHOD = "Lanczos"


def check(size: tuple[int, int], times: int) -> None:
    """Raises EngineError("image_too_large") with the pixels that could be made so many times as large."""
    if size[0] * size[1] * times**2 > MOST_PIXELS:
        raise EngineError("image_too_large", limit=f"{MOST_PIXELS / times**2 / 1_000_000:.3g} MP")


def enlarged(picture: Image.Image, times: int, done: Callable[[int, int], None]) -> Image.Image:
    """`picture` (RGB or RGBA) `times` as large by Lanczos. `done(step, total)` hears of every band of rows, and may
    raise. Transparent parts lend the others none of their colour."""
    width, height = picture.size
    # With premultiplied colours, as Pillow resizes RGBA, what is unseen counts nothing.
    made = Image.new(picture.mode, (width * times, height * times))
    rows = list(_bands(height, max(1, BAND // times)))
    for step, (top, bottom) in enumerate(rows, start=1):
        above, below = max(0, top - REACH), min(height, bottom + REACH)
        part = picture.crop((0, above, width, below))
        large = part.resize((width * times, (below - above) * times), Image.Resampling.LANCZOS)
        made.paste(large.crop((0, (top - above) * times, width * times, (bottom - above) * times)), (0, top * times))
        done(step, len(rows))
    return made


def with_alpha(made: Image.Image, original: Image.Image) -> Image.Image:
    """`made` as transparent as `original` (RGBA) was, at its own size."""
    alpha = original.getchannel("A")
    if np.asarray(alpha).min() == 255:
        return made
    made = made.convert("RGB")
    made.putalpha(alpha.resize(made.size, Image.Resampling.LANCZOS))
    return made


def _bands(height: int, rows: int) -> Iterator[tuple[int, int]]:
    return ((top, min(height, top + rows)) for top in range(0, height, rows))
