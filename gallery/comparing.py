"""How far two pictures differ, as numbers and as a picture. Both are works that the caller may show."""

import io
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageOps, ImageStat

from gallery import files, keeping
from gallery.models import Work, WorkFile
from gallery.pixels.turns import turn

# Differences are shown so many times brighter: one of 255 is seen, 32 and more is white.
BRIGHTER = 8


@dataclass(frozen=True, slots=True)
class Difference:
    """Of all pixels and their red, green and blue: the `largest` and `mean` difference, 0..255, and the share of pixels
    (0..1) that `changed` at all."""

    largest: int
    mean: float
    changed: float

    @property
    def percent(self) -> float:
        """`changed`, 0..100."""
        return 100 * self.changed

    @property
    def none(self) -> bool:
        """Not one bit differs."""
        return self.largest == 0


class OtherSize(Exception):
    """The two pictures have different sizes: nothing to subtract."""


def difference(one: Work, other: Work) -> Difference:
    """Raises OtherSize, turns.Busy, turns.TooLarge, FileNotFoundError."""
    with turn(one.width * one.height):
        apart = _apart(one, other)
        each = _brightest(apart)
        unchanged = each.histogram()[0]
        return Difference(
            largest=int(each.getextrema()[1]),  # type: ignore[arg-type]
            mean=sum(ImageStat.Stat(apart).mean) / 3,
            changed=1 - unchanged / (one.width * one.height),
        )


def picture(one: Work, other: Work) -> bytes:
    """The difference as a PNG, BRIGHTER than it is: black where nothing changed. Raises like `difference`."""
    with turn(one.width * one.height):
        each = _brightest(_apart(one, other)).point(lambda value: min(255, BRIGHTER * value))
        out = io.BytesIO()
        ImageOps.colorize(each, "black", "white", mid="orange").save(out, "PNG", compress_level=1)
        return out.getvalue()


def _apart(one: Work, other: Work) -> Image.Image:
    if (one.width, one.height) != (other.width, other.height):
        raise OtherSize
    return ImageChops.difference(_pixels(one), _pixels(other))


def _brightest(apart: Image.Image) -> Image.Image:
    red, green, blue = apart.split()
    return ImageChops.lighter(ImageChops.lighter(red, green), blue)


def _pixels(work: Work) -> Image.Image:
    file = work.file(WorkFile.Role.IMAGE)
    if file is None:
        raise FileNotFoundError(work.pk)
    return keeping.decode(files.WORKS.store.read(file.sha256)).convert("RGB")
