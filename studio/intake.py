"""Pictures from outside: checked by type and size before they are decoded, then written anew: only pixels remain."""

import io
import warnings
from dataclasses import dataclass

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler
from PIL import Image, ImageOps

from studio.errors import Refused

FORMATS = ("PNG", "JPEG", "WEBP")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of ours: `data` is a PNG without any metadata, upright, RGB or RGBA."""

    data: bytes
    width: int
    height: int


def accept(data: bytes) -> Picture:
    """Decode and re-encode a picture somebody sent; metadata, appended bytes and odd modes are left behind.

    Raises Refused like `pixels`.
    """
    clean = pixels(data)
    out = io.BytesIO()
    clean.save(out, "PNG", compress_level=3)
    return Picture(out.getvalue(), *clean.size)


def pixels(data: bytes, *, longest: int | None = None) -> Image.Image:
    """The pixels of a picture somebody sent, upright, RGB or RGBA, for what is encoded anew anyway.

    `longest`: no side may have more pixels than this, where less than INPUT_MAX_SIDE is wanted. Raises Refused:
    `too_large` (bytes), `unsupported_image_type`, `image_too_large` (pixels or side, told by the header before anything
    is decoded), `invalid_image` (damaged).
    """
    if len(data) > settings.INPUT_MAX_BYTES:
        raise Refused("too_large", limit=f"{settings.INPUT_MAX_BYTES // 2**20} MB")
    # A damaged file makes Pillow raise many kinds of error: measured, OSError alone misses 1.8 % of mutants.
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
            _check_size(picture, longest)
            return _pixels(picture)
    except Refused:
        raise
    except Image.DecompressionBombError:
        raise Refused("image_too_large", limit=_pixel_limit()) from None
    except Image.UnidentifiedImageError:
        raise Refused("unsupported_image_type" if not _looks_known(data) else "invalid_image") from None
    except (OSError, SyntaxError, RuntimeError, ValueError, TypeError, MemoryError):
        raise Refused("invalid_image") from None


def check_live(data: bytes) -> None:
    """Whether a live drawing may be handed on as it is: by its header, because one comes many times a second.

    It is decoded by the worker and kept nowhere. Raises Refused like `accept`, with the limits of live drawing.
    """
    if len(data) > settings.LIVE_MAX_BYTES:
        raise Refused("too_large", limit=f"{settings.LIVE_MAX_BYTES // 1024} kB")
    try:
        picture = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.UnidentifiedImageError:
        raise Refused("unsupported_image_type" if not _looks_known(data) else "invalid_image") from None
    except (OSError, SyntaxError, RuntimeError, ValueError, TypeError, MemoryError, Image.DecompressionBombError):
        raise Refused("invalid_image") from None
    if max(picture.size) > settings.LIVE_MAX_SIDE:
        raise Refused("image_too_large", limit=f"{settings.LIVE_MAX_SIDE} px")


def _check_size(picture: Image.Image, longest: int | None) -> None:
    width, height = picture.size
    if longest is not None and max(width, height) > longest:
        raise Refused("image_too_large", limit=f"{longest} px")
    if width * height > settings.INPUT_MAX_PIXELS or max(width, height) > settings.INPUT_MAX_SIDE:
        raise Refused("image_too_large", limit=_pixel_limit())
    if getattr(picture, "n_frames", 1) > 1:
        raise Refused("unsupported_image_type")


def _pixels(picture: Image.Image) -> Image.Image:
    picture.load()
    upright = ImageOps.exif_transpose(picture)
    transparent = "A" in upright.getbands() or "transparency" in upright.info
    clean = upright.convert("RGBA" if transparent else "RGB")
    clean.info = {}
    return clean


def _looks_known(data: bytes) -> bool:
    return data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


def _pixel_limit() -> str:
    return f"{settings.INPUT_MAX_PIXELS // 1_000_000} MP, {settings.INPUT_MAX_SIDE} px"


class LimitedUploadHandler(FileUploadHandler):
    """Stops an upload at INPUT_MAX_BYTES while it arrives, whatever its Content-Length said."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        if start + len(raw_data) > settings.INPUT_MAX_BYTES:
            raise Refused("too_large", limit=f"{settings.INPUT_MAX_BYTES // 2**20} MB")
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
