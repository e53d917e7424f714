"""Photos of every kind are read upright, with all their levels; what is none is refused by its name."""

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from studio.engines.base import EngineError
from studio.engines.photo import lab, presets, reading

Filed = Callable[..., bytes]
RAMP = np.tile(np.linspace(0, 255, 64).round().astype(np.uint8), (40, 1))
L = lab.to_lab(np.repeat(RAMP[..., None] / 255, 3, axis=2))[..., 0]


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "P", "CMYK", "1"])
def test_greys_have_the_same_lightness_in_every_mode(mode: str, filed: Filed) -> None:
    picture = Image.fromarray(RAMP).convert("RGB" if mode == "CMYK" else "L").convert(mode)
    photo = reading.read(
        filed(picture, "TIFF") if mode == "none" else filed(picture, "JPEG" if mode == "CMYK" else "PNG")
    )
    assert (photo.width, photo.height) == (64, 40)
    assert not photo.coloured and photo.alpha is None and not photo.deep
    if mode != "1":
        assert np.abs(photo.lightness - L).max() < (3 if mode == "CMYK" else 0.01)


def test_sixteen_bits_keep_their_levels(filed: Filed) -> None:
    fine = np.tile(np.linspace(20000, 20300, 64).astype(np.uint16), (40, 1))
    photo = reading.read(filed(fine))
    assert photo.deep and len(np.unique(photo.lightness)) == 64
    assert abs(float(photo.lightness[0, 0]) - float(lab.to_lab(np.full(3, 20000 / 65535))[0])) < 0.01


def test_transparency_is_kept_and_full_opacity_is_none(filed: Filed) -> None:
    pixels = np.dstack([RAMP, RAMP])
    assert np.array_equal(reading.read(filed(pixels)).alpha, RAMP)
    assert reading.read(filed(np.dstack([RAMP, np.full_like(RAMP, 255)]))).alpha is None
    clear = Image.fromarray(RAMP)
    assert reading.read(filed(clear, transparency=255)).alpha[0, -1] == 0  # type: ignore[index]


def test_photos_stand_upright(filed: Filed) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    photo = reading.read(filed(Image.fromarray(RAMP), "JPEG", exif=exif, quality=95))
    assert (photo.width, photo.height) == (40, 64)
    assert photo.lightness[0].mean() < photo.lightness[-1].mean()


def test_a_photo_with_colours_is_told_and_one_gone_yellow_is_not(filed: Filed) -> None:
    yellowed = np.dstack([RAMP, (RAMP * 0.93).astype(np.uint8), (RAMP * 0.85).astype(np.uint8)])
    coloured = yellowed.copy()
    coloured[:20, :30] = [180, 40, 40]
    assert not reading.read(filed(yellowed)).coloured
    assert reading.read(filed(coloured)).coloured


def test_what_is_no_photo_is_refused_by_its_name(filed: Filed, monkeypatch: pytest.MonkeyPatch) -> None:
    moving = filed(Image.new("RGB", (64, 64)), "WEBP", save_all=True, append_images=[Image.new("RGB", (64, 64), "red")])
    good = filed(RAMP)
    refused = {
        "unsupported_image_type": [moving, b"no picture", filed(Image.fromarray(RAMP), "GIF"), b""],
        "image_too_small": [filed(RAMP[:31]), filed(RAMP[:, :31])],
        "invalid_image": [good[: len(good) // 2], good[:60] + b"\x00\x01" + good[62:]],
    }
    monkeypatch.setattr(reading, "MOST_PIXELS", 64 * 64)
    refused["image_too_large"] = [filed(np.zeros((64, 65), np.uint8))]
    for code, files in refused.items():
        for data in files:
            with pytest.raises(EngineError) as told:
                reading.read(data)
            assert told.value.code == code


@pytest.mark.parametrize("sides", [(4000, 3000), (3000, 4000), (5000, 200), (10_000, 300), (500, 500), (64, 1600)])
def test_networks_see_photos_in_their_proportions(sides: tuple[int, int]) -> None:
    for size in (256, 576, 1120):
        width, height = presets.network_shape(*sides, size)
        assert width % 32 == height % 32 == 0
        assert 0.85 < width * height / size**2 < 1.15
        if min(width, height) > 64:
            assert 0.8 < (width / height) / (sides[0] / sides[1]) < 1.25
    with pytest.raises(ValueError, match="between 128 and 1536"):
        presets.network_shape(*sides, 64)


def test_presets_suit_what_is_in_the_photo() -> None:
    assert presets.auto(4000, 3000).preset == "building"
    assert presets.auto(4000, 3000, faces=2).preset == "person"
    assert presets.auto(800, 600, faces=0).preset == "building"
    assert presets.auto(600, 900) == presets.Choice("person", 576)
    assert presets.auto(300, 300).size == 300 and presets.auto(32, 32).size == presets.LEAST_SIZE
    assert presets.three("person") == (460, 576, 680) and presets.three("building") == (960, 1120, 1280)
