"""Pictures from outside: checked by type and size, decoded in a process apart (process/decoding.py), written anew."""

import io
import struct
import warnings
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler
from PIL import Image

from gallery import keeping
from studio.process import decoding
from studio.words.errors import Refused

FORMATS = ("PNG", "JPEG", "WEBP")
# Where a PNG says its bits a level and whether it has colours, and what a grey one with 16 bits says there.
DEPTH_AT, DEEP_GREY = 24, (16, 0)
# Pillow warns of damaged files, in words that the files choose: whoever sends many would fill the log.
warnings.filterwarnings("ignore", module=r"PIL\.")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of ours: `data` is a PNG without any metadata, upright, RGB or RGBA, or grey with 16 bits a level."""

    data: bytes
    width: int
    height: int


def accept(data: bytes) -> Picture:
    """Decode and re-encode a picture somebody sent; metadata, appended bytes and odd modes are left behind.

    Raises Refused like `pixels`.
    """
    about, png = _decoded(data, "png", None)
    return Picture(png, about["width"], about["height"])


def pixels(data: bytes, *, longest: int | None = None) -> Image.Image:
    """The pixels of a picture somebody sent, upright, RGB or RGBA, for what is encoded anew anyway.

    `longest`: no side may have more pixels than this, where less than INPUT_MAX_SIDE is wanted. Raises Refused:
    `too_large` (bytes), `unsupported_image_type`, `image_too_large` (pixels or side, told by the header before anything
    is decoded), `invalid_image` (damaged), `image_too_complex` (it took the decoder too long or too much memory),
    `busy`.
    """
    about, raw = _decoded(data, "raw", longest)
    return Image.frombytes(about["mode"], (about["width"], about["height"]), raw)


def shallow(png: bytes) -> bytes:
    """A PNG of ours with 8 bits a level: most that read pictures would cut 16 bits to white."""
    depth, kind = struct.unpack_from("BB", png, DEPTH_AT)
    if (depth, kind) != DEEP_GREY:
        return png
    out = io.BytesIO()
    keeping.decode(png).save(out, "PNG", compress_level=1)
    return out.getvalue()


def _decoded(data: bytes, form: str, longest: int | None) -> tuple[dict[str, Any], bytes]:
    if len(data) > settings.INPUT_MAX_BYTES:
        raise Refused("too_large", limit=f"{settings.INPUT_MAX_BYTES // 2**20} MB")
    try:
        about, out = decoding.decode(data, form=form, longest=longest)
    except decoding.TooComplex:
        raise Refused("image_too_complex") from None
    except decoding.Busy:
        raise Refused("busy") from None
    if "refused" in about:
        too_large: dict[str, Any] = {"limit": f"{longest} px" if longest else _pixel_limit()}
        raise Refused(about["refused"], **(too_large if about["refused"] == "image_too_large" else {}))
    return about, out


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
