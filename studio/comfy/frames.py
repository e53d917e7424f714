"""ComfyUI's binary frames: an event number, then what belongs to it; all integers are 32 bits, big-endian."""

import json
import struct
from collections.abc import Mapping

PREVIEW, PREVIEW_TOLD = 1, 4
_FORMATS = {"image/jpeg": 1, "image/png": 2}


def preview(data: bytes, media_type: str) -> bytes:
    """A picture by itself (event 1): a preview, or what SaveImageWebsocket delivers."""
    return struct.pack(">II", PREVIEW, _FORMATS[media_type]) + data


def preview_told(data: bytes, media_type: str, about: Mapping[str, str]) -> bytes:
    """A preview with what it is of (event 4), for clients that said they understand it."""
    told = json.dumps(dict(about) | {"image_type": media_type}, separators=(",", ":")).encode()
    return struct.pack(">II", PREVIEW_TOLD, len(told)) + told + data
