"""Shapes in space as files: what a GLB must be to be kept, and the same shape for other programs. Knows no works."""

import json
import struct

MEDIA_TYPE = "model/gltf-binary"
# Bytes of a file that is kept, at most.
MOST = 64 * 2**20
# The header of a GLB (glTF 2.0 §4.4): magic, version, length; then length and kind of its first chunk, which is JSON.
HEADER, CHUNK = struct.Struct("<4sII"), struct.Struct("<II")
JSON_CHUNK = 0x4E4F534A


class Unreadable(ValueError):
    """No GLB file, or one that cannot be used here."""


def check(data: bytes) -> dict[str, object]:
    """The JSON of a GLB file that has all it needs inside. Raises Unreadable: whoever opens it must not be led to fetch
    anything from elsewhere."""
    try:
        magic, version, length = HEADER.unpack_from(data)
        size, kind = CHUNK.unpack_from(data, HEADER.size)
        begin = HEADER.size + CHUNK.size
        if (magic, version, length, kind) != (b"glTF", 2, len(data), JSON_CHUNK) or length > MOST:
            raise Unreadable("this is no GLB file")
        about = json.loads(data[begin : begin + size])
        outside = [each for name in ("buffers", "images") for each in about.get(name, []) if _leads_out(each)]
    except (struct.error, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise Unreadable("this is no GLB file") from error
    if outside:
        raise Unreadable("parts of this model lie elsewhere")
    return dict(about)


def _leads_out(part: dict[str, object]) -> bool:
    return not str(part.get("uri", "data:")).startswith("data:")
