"""The pixels of a coloured photo into a file: PNG with 8 or 16 bits a level, or JPEG."""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.engines.photo.reading import bands

Pixels = NDArray[np.uint8] | NDArray[np.uint16]
Bytes = NDArray[np.uint8]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Photos grow by a few hundredths at this level, and take a third of the time.
LEVEL = 2
QUALITY = 93


def encoded(pixels: Pixels, media_type: str, done: Callable[[float], None]) -> bytes:
    """The file of RGB or RGBA `pixels` (h, w, 3 or 4). `done` hears how much is (0 to 1)."""
    return _jpeg(pixels) if media_type == "image/jpeg" else _png(pixels, done)


def _jpeg(pixels: Pixels) -> bytes:
    """What is transparent is white, as JPEG knows no transparency."""
    small = (pixels >> 8).astype(np.uint8) if pixels.dtype == np.uint16 else pixels
    picture = Image.fromarray(small)
    if picture.mode == "RGBA":
        sheet = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(sheet, picture).convert("RGB")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY, subsampling=0)
    return out.getvalue()


def _png(pixels: Pixels, done: Callable[[float], None]) -> bytes:
    """PNG (ISO/IEC 15948), sRGB. Pillow cannot write 16 bits of colour."""
    height, width, channels = pixels.shape
    deep = pixels.dtype == np.uint16
    head = struct.pack(">IIBBBBB", width, height, 16 if deep else 8, 6 if channels == 4 else 2, 0, 0, 0)
    parts = [SIGNATURE, _chunk(b"IHDR", head), _chunk(b"sRGB", b"\x00")]
    packer = zlib.compressobj(LEVEL)
    for rows, lines in _filtered(pixels):
        if packed := packer.compress(lines):
            parts.append(_chunk(b"IDAT", packed))
        done(rows.stop / height)
    return b"".join([*parts, _chunk(b"IDAT", packer.flush()), _chunk(b"IEND", b"")])


def _filtered(pixels: Pixels) -> Iterator[tuple[slice, bytes]]:
    """Each row as its difference to the mean of what is to its left and above (filter 3), which suits photos."""
    height, width, channels = pixels.shape
    each = channels * pixels.dtype.itemsize
    last: Bytes = np.zeros(width * each, np.uint8)
    for rows in bands(height, width):
        lines = _bytes(pixels[rows])
        above = np.concatenate([last[None], lines[:-1]]).astype(np.uint16)
        above[:, each:] += lines[:, :-each]
        last = lines[-1]
        made = np.full((len(lines), lines.shape[1] + 1), 3, np.uint8)
        made[:, 1:] = lines - (above >> 1).astype(np.uint8)
        yield rows, made.tobytes()


def _bytes(pixels: Any) -> Bytes:
    """(rows, bytes), the high byte of each level first."""
    ordered = pixels.astype(">u2") if pixels.dtype == np.uint16 else np.ascontiguousarray(pixels)
    lines: Bytes = ordered.view(np.uint8).reshape(len(pixels), -1)
    return lines


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
