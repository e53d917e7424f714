"""Damaged picture files without end: sound ones of every kind, with bits turned, pieces cut, spliced, swapped, lengths
and sizes that lie, and files that unpack to far more than they are."""

import io
import random
import struct
import zlib
from collections.abc import Callable
from functools import cache
from typing import Any

from PIL import Image, PngImagePlugin

PNG = b"\x89PNG\r\n\x1a\n"
A1111 = (
    "a boat\nNegative prompt: fog\nSteps: 20, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 42, Size: 512x768, Model: x"
)
TEXTS = {
    "parameters": A1111,
    "prompt": '{"3": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 20, "cfg": 7, "model": ["4", 0]}}}',
    "workflow": '{"nodes": [{"id": 1, "type": "KSampler", "widgets_values": [1, "fixed", 20]}], "links": [[1, 2, 0]]}',
    "invokeai_metadata": '{"positive_prompt": "a boat", "width": 512, "height": 512, "seed": 3, "loras": [{}]}',
    "brushwire": '{"tool": "text_to_image", "model": "fake", "seed": 7, "params": {"prompt": "a boat", "steps": 4}}',
}


@cache
def sound_ones() -> tuple[bytes, ...]:
    """Small sound files: the formats we take, in every mode, and those we do not."""
    picture = Image.effect_noise((37, 29), 60).convert("RGB")
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0110] = 6, 'prompt:{"1": {}}', 'workflow:{"nodes": []}'
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + A1111.encode("utf-16-be")
    info = PngImagePlugin.PngInfo()
    for name, text in TEXTS.items():
        info.add_text(name, text, zip=name == "workflow")
    info.add_itxt("parameters", A1111, zip=True)
    files = [_saved(picture.convert(mode), "PNG") for mode in ("1", "L", "LA", "P", "RGBA", "I;16")]
    files += [_saved(picture, "PNG", pnginfo=info, exif=exif, icc_profile=b"x" * 200, dpi=(72, 72))]
    files += [_saved(picture.convert(mode), "JPEG", quality=60) for mode in ("L", "RGB", "CMYK")]
    files += [_saved(picture, "JPEG", progressive=True, exif=exif, comment=b"hello", icc_profile=b"x" * 200)]
    files += [_saved(picture, "WEBP", quality=50, exif=exif, xmp=b"<brushwire:Recipe>{}</brushwire:Recipe>")]
    files += [_saved(picture.convert("RGBA"), "WEBP", lossless=True)]
    more = [picture.rotate(90), picture.rotate(180)]
    files += [_saved(picture, kind, save_all=True, append_images=more) for kind in ("PNG", "WEBP", "GIF", "TIFF")]
    files += [_saved(picture, kind) for kind in ("BMP", "ICO", "TGA", "PPM", "PDF")]
    return (*files, b"<svg xmlns='http://www.w3.org/2000/svg'><rect/></svg>", b"PK\x03\x04" + bytes(30), b"%!PS\n", b"")


@cache
def bombs() -> tuple[bytes, ...]:
    """Small files that ask for much."""
    nothing = zlib.compress(bytes(5_000_000), 9)
    tall = _chunk(b"IHDR", struct.pack(">IIBBBBB", 5_000, 6_000, 8, 6, 0, 0, 0))
    too_much = [
        _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 6, 0, 0, 0))
        for width, height in ((2**31 - 1, 2**31 - 1), (1, 2**31 - 1), (100_000, 100_000), (0, 0), (1, 10_000))
    ]
    text = _chunk(b"zTXt", b"parameters\0\0" + nothing)
    profile = _chunk(b"iCCP", b"x\0\0" + nothing)
    many = b"".join(_chunk(b"tEXt", b"parameters\0Steps: 1") for _ in range(2_000))
    body, end = _chunk(b"IDAT", nothing), _chunk(b"IEND", b"")
    small = _chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0))
    files = [PNG + head + body + end for head in (tall, *too_much)]
    files += [PNG + small + extra + body + end for extra in (text, profile, many, text * 30)]
    jpeg = bytearray(_saved(Image.new("L", (8, 8)), "JPEG"))
    at = jpeg.index(b"\xff\xc0")
    jpeg[at + 5 : at + 9] = b"\xff\xff\xff\xff"
    return (*files, bytes(jpeg))


class Mutants:
    """Makes one damaged file after the other."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def next(self) -> bytes:
        """The next one. Now and then it is a sound file, or a bomb as it is."""
        chance = self.chance
        if chance.random() < 0.02:
            return chance.choice(bombs())
        data = chance.choice(sound_ones())
        for _ in range(chance.choice([0, 1, 1, 1, 2, 3])):
            data = chance.choice(_ACTS)(data, chance)
        return data


def _bits(data: bytes, chance: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(chance.choice([1, 1, 3, 20]) if out else 0):
        out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    return bytes(out)


def _bytes(data: bytes, chance: random.Random) -> bytes:
    at, what = chance.randint(0, len(data)), chance.choice([0x00, 0xFF, 0x7F, 0x80])
    length = chance.choice([1, 2, 4, 8])
    return data[:at] + bytes([what]) * length + data[at + length :]


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randint(0, len(data))]


def _without(data: bytes, chance: random.Random) -> bytes:
    at = chance.randint(0, len(data))
    return data[:at] + data[at + chance.randint(1, 40) :]


def _with_more(data: bytes, chance: random.Random) -> bytes:
    at = chance.choice([0, len(data), chance.randint(0, len(data))])
    return data[:at] + chance.choice([chance.randbytes(20), b"<script>", data[:100], bytes(3000)]) + data[at:]


def _two(data: bytes, chance: random.Random) -> bytes:
    """The beginning of one file and the end of another."""
    other = chance.choice(sound_ones())
    return data[: chance.randint(0, len(data))] + other[chance.randint(0, len(other)) :]


def _number(data: bytes, chance: random.Random) -> bytes:
    """A length or a size that lies."""
    at = chance.randint(0, min(len(data), 200))
    lie = chance.choice([0, 1, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, len(data), chance.getrandbits(16)])
    kind = chance.choice([">I", "<I", ">H", "<H"])
    packed = struct.pack(kind, lie % 2 ** (8 * struct.calcsize(kind)))
    return data[:at] + packed + data[at + len(packed) :]


def _chunks(data: bytes, chance: random.Random) -> bytes:
    """A PNG's chunks lost, doubled, swapped or changed, each with a right checksum: the decoder must look further."""
    if not data.startswith(PNG):
        return _number(data, chance)
    parts = _split(data)
    for _ in range(chance.randint(1, 3)):
        if len(parts) < 2:
            break
        one, two = chance.randrange(len(parts)), chance.randrange(len(parts))
        match chance.randrange(4):
            case 0:
                del parts[one]
            case 1:
                parts.insert(two, parts[one])
            case 2:
                parts[one], parts[two] = parts[two], parts[one]
            case 3:
                parts[one] = (parts[one][0], _bits(parts[one][1], chance))
    return PNG + b"".join(_chunk(kind, body) for kind, body in parts)


_ACTS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _bits, _bits, _bytes, _cut, _without, _with_more, _two, _number, _chunks, _chunks,
)  # fmt: skip


def _split(data: bytes) -> list[tuple[bytes, bytes]]:
    parts, at = [], 8
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        parts.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return parts


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()
