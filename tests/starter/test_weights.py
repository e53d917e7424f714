"""The weights that ship: whole, small enough, still making the picture they made when they were committed."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from starter.model import Model
from starter.sheets import RECORDED, recorded
from starter.train import networks
from studio.engines.local import upscaler

STARTER = Path(__file__).resolve().parents[2] / "starter"
WEIGHTS = STARTER / "weights"
PARTS = {**networks.PARTS, "unet-few-step": networks.PARTS["unet"], "upscaler": upscaler.Upscaler}

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module")
def full() -> Model:
    torch.set_num_threads(1)
    return Model(WEIGHTS, 8)


@pytest.fixture(scope="module")
def few() -> Model:
    torch.set_num_threads(1)
    return Model(WEIGHTS, 4, few=True)


def redness(image: Image.Image) -> float:
    pixels = np.asarray(image, float)[30:110, 30:100]
    return float((pixels[..., 0] - pixels[..., 2]).mean())


@pytest.mark.parametrize("name", PARTS)
def test_every_network_has_exactly_its_weights(name: str) -> None:
    found: dict[str, Any] = PARTS[name].from_pretrained(WEIGHTS / name, output_loading_info=True)[1]
    assert not any(found[gap] for gap in ("missing_keys", "unexpected_keys", "mismatched_keys"))


def test_the_facts_list_the_hash_of_every_file_of_weights() -> None:
    facts = json.loads((WEIGHTS / "facts.json").read_text())["sha256"]
    files = {p.relative_to(WEIGHTS).as_posix(): p for p in WEIGHTS.rglob("*.safetensors")}
    assert facts == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}


def test_all_weights_together_stay_small() -> None:
    assert sum(p.stat().st_size for p in WEIGHTS.rglob("*") if p.is_file()) < 36e6


def test_a_fixed_prompt_and_seed_give_the_recorded_picture() -> None:
    made = np.asarray(recorded(WEIGHTS), float)
    kept = np.asarray(Image.open(STARTER / RECORDED).convert("RGB"), float)
    assert np.abs(made - kept).mean() < 1.5
    assert kept.std() > 20


def test_few_steps_without_guidance_make_red_and_blue_what_they_are_called(few: Model) -> None:
    for red, blue in (("a red house, cartoon", "a blue house, cartoon"), ("红色的房子,卡通", "蓝色的房子,卡通")):
        made = few.from_words([red, blue])
        assert redness(made[0]) > redness(made[1]) + 15


def test_few_steps_follow_a_drawing(few: Model) -> None:
    places = []
    for x in (80, 176):
        lines = Image.new("L", (256, 256))
        circle = np.hypot(*np.mgrid[-100:156, -x : 256 - x])
        lines.paste(255, mask=Image.fromarray((np.abs(circle - 48) < 1.6).astype(np.uint8) * 255))
        pixels = np.asarray(few.from_lines(["a red hot air balloon over the sea, blue sky"], [lines])[0], float)
        red = (pixels[..., 0] - pixels[..., 2]).clip(0)
        places.append(float((red.sum(0) * np.arange(128)).sum() / red.sum()))
    assert places[1] > places[0] + 20


def test_doubling_adds_pixels_and_sharpness(full: Model) -> None:
    made = full.from_words(["a white lighthouse by the sea, cartoon"])
    doubled = np.asarray(full.doubled(made)[0], float)
    plain = np.asarray(made[0].resize((256, 256), Image.Resampling.BILINEAR), float)
    assert doubled.shape == (256, 256, 3)
    assert np.abs(doubled - plain).mean() < 8
    assert np.abs(np.diff(doubled, axis=1)).mean() > 1.03 * np.abs(np.diff(plain, axis=1)).mean()
