"""The texts inside PNG, JPEG and WebP files, taken out without decoding a pixel, within limits. Never raises.

A file may come from anywhere: every length is checked against what is there, compressed text is unpacked only so far,
and only names that somebody asks for are looked at.
"""

import html
import re
import struct
import zlib
from collections.abc import Iterator

TEXT_MAX = 2_000_000  # bytes of one text; a large ComfyUI graph has some hundred thousand
BLOCKS_MAX = 20_000
ENTRIES_MAX = 200
USER_COMMENT, EXIF_IFD, MAKE, MODEL = 0x9286, 0x8769, 0x010F, 0x0110
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 7: 1}
RECIPE = re.compile(r"<brushwire:Recipe>([^<]*)</brushwire:Recipe>")
XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\0"
NAMES = {"parameters", "brushwire", "invokeai_metadata", "prompt", "workflow"}


def texts(data: bytes) -> dict[str, str]:
    """Name -> text for those of NAMES that the file has. EXIF's UserComment counts as `parameters`."""
    found: dict[str, str] = {}
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        for kind, chunk in _png_blocks(data):
            name, text = _png_text(kind, chunk)
            if name in NAMES:
                found.setdefault(name, text)
        return found
    blocks = _jpeg_blocks(data) if data.startswith(b"\xff\xd8") else _webp_blocks(data)
    for name, block in blocks:
        more = _from_exif(block) if name == "exif" else _from_xmp(block)
        found = more | found
    return found


def _png_blocks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 8
    for _ in range(BLOCKS_MAX):
        if place + 12 > len(data):
            return
        length, kind = struct.unpack_from(">I4s", data, place)
        if kind == b"IEND" or place + 12 + length > len(data):
            return
        if kind in (b"tEXt", b"zTXt", b"iTXt") and length <= TEXT_MAX:
            yield kind, data[place + 8 : place + 8 + length]
        place += 12 + length


def _png_text(kind: bytes, block: bytes) -> tuple[str, str]:
    key, _, rest = block.partition(b"\0")
    name = key.decode("latin-1")
    if name not in NAMES:
        return "", ""
    if kind == b"tEXt":
        # The standard says Latin-1; some programs write UTF-8 all the same.
        return name, _utf8_or_latin(rest)
    if kind == b"zTXt":
        return name, _utf8_or_latin(_unpacked(rest[1:]))
    packed, rest = rest[:1] == b"\1", rest[2:]
    text = rest.partition(b"\0")[2].partition(b"\0")[2]
    return name, (_unpacked(text) if packed else text).decode("utf-8", "replace")


def _unpacked(data: bytes) -> bytes:
    """At most TEXT_MAX bytes; nothing where there would be more."""
    try:
        out = zlib.decompressobj().decompress(data, TEXT_MAX + 1)
    except zlib.error:
        return b""
    return out if len(out) <= TEXT_MAX else b""


def _jpeg_blocks(data: bytes) -> Iterator[tuple[str, bytes]]:
    place = 2
    for _ in range(BLOCKS_MAX):
        if place + 4 > len(data) or data[place] != 0xFF or data[place + 1] == 0xDA:
            return
        (length,) = struct.unpack_from(">H", data, place + 2)
        block = data[place + 4 : place + 2 + length]
        if data[place + 1] == 0xE1 and block.startswith(b"Exif\0\0"):
            yield "exif", block[6:]
        elif data[place + 1] == 0xE1 and block.startswith(XMP_HEAD):
            yield "xmp", block[len(XMP_HEAD) :]
        place += 2 + max(length, 2)


def _webp_blocks(data: bytes) -> Iterator[tuple[str, bytes]]:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return
    place = 12
    for _ in range(BLOCKS_MAX):
        if place + 8 > len(data):
            return
        kind, length = struct.unpack_from("<4sI", data, place)
        block = data[place + 8 : place + 8 + length] if length <= TEXT_MAX else b""
        if kind == b"EXIF":
            yield "exif", block.removeprefix(b"Exif\0\0")
        elif kind == b"XMP ":
            yield "xmp", block
        place += 8 + length + length % 2


def _from_xmp(block: bytes) -> dict[str, str]:
    match = RECIPE.search(block.decode("utf-8", "replace"))
    return {"brushwire": html.unescape(match[1])} if match else {}


def _from_exif(tiff: bytes) -> dict[str, str]:
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 8:
        return {}
    first = _entries(tiff, struct.unpack_from(order + "I", tiff, 4)[0], order)
    found = {}
    # ComfyUI's WebP files: "prompt:{…}" and "workflow:{…}" where a camera would write its name.
    for tag in (MODEL, MAKE):
        name, _, text = first.get(tag, b"").rstrip(b"\0").decode("utf-8", "replace").partition(":")
        if name in ("prompt", "workflow"):
            found[name] = text
    pointer = first.get(EXIF_IFD, b"")
    if len(pointer) == 4:
        inner = _entries(tiff, struct.unpack(order + "I", pointer)[0], order)
        if comment := _comment(inner.get(USER_COMMENT, b"")):
            found["parameters"] = comment
    return found


def _entries(tiff: bytes, place: int, order: str) -> dict[int, bytes]:
    """The values of one directory by their tags, as far as they lie within the block."""
    if place + 2 > len(tiff):
        return {}
    found = {}
    (count,) = struct.unpack_from(order + "H", tiff, place)
    for number in range(min(count, ENTRIES_MAX)):
        at = place + 2 + 12 * number
        if at + 12 > len(tiff):
            break
        tag, kind, length = struct.unpack_from(order + "HHI", tiff, at)
        size = SIZES.get(kind, 0) * length
        start = at + 8 if size <= 4 else struct.unpack_from(order + "I", tiff, at + 8)[0]
        if 0 < size <= TEXT_MAX and start + size <= len(tiff):
            found[tag] = tiff[start : start + size]
    return found


def _comment(value: bytes) -> str:
    """A UserComment: its first eight bytes name the code. UTF-16 comes in either byte order, whatever the file's is."""
    code, text = value[:8], value[8:]
    if code == b"UNICODE\0":
        text = text[: len(text) // 2 * 2]
        return _likelier(text.decode("utf-16-be", "replace"), text.decode("utf-16-le", "replace")).strip("\0\ufeff")
    if code in (b"ASCII\0\0\0", b"\0" * 8):
        return _utf8_or_latin(text).strip("\0")
    return _utf8_or_latin(value).strip("\0")


def _likelier(one: str, other: str) -> str:
    """Which of two readings is meant: that with the words every such text has, else that with more plain letters."""
    for word in ("Steps:", "Sampler:", "{"):
        if (word in one) != (word in other):
            return one if word in one else other
    return max(one, other, key=lambda text: sum(letter.isascii() for letter in text))


def _utf8_or_latin(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
