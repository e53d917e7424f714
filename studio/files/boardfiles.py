"""The files of boards: imported pictures and thumbnails, re-encoded, on a shelf of their own. No rows are made here."""

import io

from django.conf import settings
from PIL import Image

from gallery.files import Shelf
from studio.files import intake
from studio.models import Board, BoardPicture, BoardVersion
from studio.words.errors import Refused

PICTURE_QUALITY, THUMBNAIL_QUALITY = 92, 80


def _named(digests: list[str]) -> set[str]:
    named = set(BoardPicture.objects.filter(sha256__in=digests).values_list("sha256", flat=True))
    for model in (Board, BoardVersion):
        named |= set(model.objects.filter(thumbnail__in=digests).values_list("thumbnail", flat=True))
    return named


BOARDS = Shelf("boards", 0x626F61726473, _named)


def picture(data: bytes) -> tuple[bytes, int, int]:
    """A picture for a board as (WebP, width, height). Raises Refused (studio/files/intake.py)."""
    pixels = intake.pixels(data)
    return _webp(pixels, PICTURE_QUALITY), *pixels.size


def thumbnail(data: bytes) -> bytes:
    """A small picture of a board as WebP, no side over BOARD_THUMBNAIL. Raises Refused (studio/files/intake.py)."""
    pixels = intake.pixels(data)
    pixels.thumbnail((settings.BOARD_THUMBNAIL, settings.BOARD_THUMBNAIL))
    return _webp(pixels, THUMBNAIL_QUALITY)


def small_of(row: Board | BoardVersion) -> bytes:
    """The small picture (WebP) of a board or a version. Raises Refused("not_found") where there is none yet."""
    if not row.thumbnail:
        raise Refused("not_found")
    return BOARDS.store.read(row.thumbnail)


def sweep() -> int:
    """Remove files that no board names any more."""
    return BOARDS.sweep(settings.SWEEP_AFTER)


def _webp(pixels: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    pixels.save(out, "WEBP", quality=quality, method=2)
    return out.getvalue()
