"""What people send is measured before it is decoded, and only its pixels get in."""

import io
import random

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from studio.files import intake
from studio.words.errors import Refused


def encoded(kind: str, size: tuple[int, int] = (40, 30), mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "red" if mode != "L" else 128).save(out, kind, **options)
    return out.getvalue()


def refusal(data: bytes) -> str:
    with pytest.raises(Refused) as refused:
        intake.accept(data)
    return refused.value.code


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_the_three_kinds_become_a_png_of_ours(kind: str) -> None:
    picture = intake.accept(encoded(kind))
    assert (picture.width, picture.height) == (40, 30)
    assert Image.open(io.BytesIO(picture.data)).format == "PNG"


def test_metadata_and_appended_bytes_stay_outside() -> None:
    info = PngInfo()
    info.add_text("secret", "my address")
    data = encoded("PNG", pnginfo=info) + b"<script>alert(1)</script>"
    clean = intake.accept(data).data
    assert b"my address" not in clean and b"script" not in clean


def test_a_photo_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = intake.accept(encoded("JPEG", exif=exif))
    assert (picture.width, picture.height) == (30, 40)


def test_transparency_is_kept() -> None:
    clean = Image.open(io.BytesIO(intake.accept(encoded("PNG", mode="RGBA")).data))
    assert clean.mode == "RGBA"


def test_a_grey_png_of_16_bits_keeps_them_upright_and_is_8_bits_where_pixels_are_asked() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    sent, grey = io.BytesIO(), Image.new("I;16", (40, 30), 0x8123)
    grey.save(sent, "PNG", exif=exif)
    picture = intake.accept(sent.getvalue())
    clean = Image.open(io.BytesIO(picture.data))
    assert (clean.mode, clean.size, clean.getpixel((5, 5)), clean.getexif()) == ("I;16", (30, 40), 0x8123, {})
    assert intake.pixels(sent.getvalue()).getpixel((5, 5)) == (0x81, 0x81, 0x81)
    grey.save(sent := io.BytesIO(), "PNG", transparency=0)
    assert Image.open(io.BytesIO(intake.accept(sent.getvalue()).data)).mode == "RGBA", "what is transparent has 8"


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "BMP"])
def test_other_kinds_are_refused(kind: str) -> None:
    assert refusal(encoded(kind)) == "unsupported_image_type"


def test_an_animation_is_refused() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    assert refusal(out.getvalue()) == "unsupported_image_type"


def test_too_many_pixels_are_refused_before_decoding() -> None:
    out = io.BytesIO()
    Image.new("1", (9000, 8960)).save(out, "PNG")
    assert len(out.getvalue()) < 20_000 and refusal(out.getvalue()) == "image_too_large"
    long = io.BytesIO()
    Image.new("1", (10_001, 10)).save(long, "PNG")
    assert refusal(long.getvalue()) == "image_too_large"


def test_too_many_bytes_are_refused() -> None:
    assert refusal(b"\x89PNG\r\n\x1a\n" + b"\0" * (20 * 1024 * 1024)) == "too_large"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_truncated_picture_is_refused(kind: str) -> None:
    noise = Image.frombytes("RGB", (64, 64), random.Random(1).randbytes(64 * 64 * 3))
    out = io.BytesIO()
    noise.save(out, kind)
    assert refusal(out.getvalue()[: len(out.getvalue()) // 2]) == "invalid_image"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_no_damage_raises_anything_but_a_refusal(kind: str) -> None:
    chance = random.Random(2)
    whole = encoded(kind)
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            intake.accept(bytes(data))
        except Refused as refused:
            assert refused.code in ("invalid_image", "unsupported_image_type", "image_too_large")
