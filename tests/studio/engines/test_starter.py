"""The starter model through the engine: words, drawings, colours and previews do what a person expects."""

import hashlib
import io
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from studio.engines.local.engine import DeviceEngine
from studio.job import Job, Preview
from tests.studio.engines.conftest import STARTER
from tests.studio.engines.contract import Recorder, pixels
from tests.studio.engines.sketches import drawing

SEEDS = (1, 2)

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
Make = Callable[..., np.ndarray[Any, Any]]


@pytest.fixture
def make(local_engine: DeviceEngine, ask_starter: Callable[..., Job]) -> Make:
    """Pictures of two seeds (seed, height, width, channel), in 0..255."""

    def make(tool: str = "text_to_image", **params: Any) -> np.ndarray[Any, Any]:
        made = local_engine.run(ask_starter(tool, **{"steps": 6, "count": 2, "seed": 1} | params), Recorder())
        return np.stack([np.asarray(Image.open(io.BytesIO(o.data)), float) for o in made])

    return make


def redness(pictures: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return pictures[..., 0] - pictures[..., 2]


def ball(x: int, fill: tuple[int, int, int] | None = None) -> bytes:
    board = Image.new("RGBA", (512, 512), (0, 0, 0, 0))
    ImageDraw.Draw(board).ellipse((x - 100, 120, x + 100, 320), fill=fill, outline=(20, 20, 20), width=8)
    file = io.BytesIO()
    board.save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("red", "blue"),
    [
        ("a red house on the grass, cartoon", "a blue house on the grass, cartoon"),
        ("草地上的红色房子，卡通", "草地上的蓝色房子，卡通"),
    ],
)
def test_colour_word_changes_the_colour_in_english_and_chinese(make: Make, red: str, blue: str) -> None:
    middle = np.s_[:, 40:110, 30:100]
    assert redness(make(prompt=red)[middle]).mean() > redness(make(prompt=blue)[middle]).mean() + 15


def test_night_is_darker_than_day_in_english_and_chinese(make: Make) -> None:
    for day, night in (("a tree, sunny day", "a tree at night"), ("一棵树，晴天", "一棵树，夜晚")):
        assert make(prompt=day)[:, :40].mean() > make(prompt=night)[:, :40].mean() + 30


def test_moved_lines_move_the_object(make: Make) -> None:
    places = []
    for x in (140, 370):
        red = redness(
            make("sketch_to_image", sketch=ball(x), prompt="a red hot air balloon over the sea, blue sky")
        ).clip(0)
        places.append(float((red.sum((0, 1)) * np.arange(128)).sum() / red.sum()))
    assert places[1] > places[0] + 25


def test_painted_colour_comes_through_without_a_word(make: Make) -> None:
    painted = {}
    for name, colour in (("red", (220, 40, 40)), ("blue", (40, 80, 220))):
        pictures = make("sketch_to_image", sketch=ball(256, colour), prompt="a hot air balloon", strength=0.6)
        painted[name] = redness(pictures[:, 40:70, 50:78]).mean()
    assert painted["red"] > painted["blue"] + 40


def test_sketch_without_words_still_makes_a_picture(make: Make) -> None:
    assert make("sketch_to_image", sketch=drawing("lighthouse"), prompt="", count=1).std() > 10


@pytest.mark.parametrize("tool", ["text_to_image", "sketch_to_image"])
def test_previews_sharpen_towards_the_result(
    local_engine: DeviceEngine, ask_starter: Callable[..., Job], tool: str
) -> None:
    for seed in SEEDS:
        listener = Recorder()
        job = ask_starter(tool, prompt="a red house, day", steps=12, seed=seed, strength=0.7)
        output = local_engine.run(job, listener)[0]
        previews = [s.preview for s in listener.denoising() if s.preview]
        small = Image.frombytes("RGB", (128, 128), pixels(output)).resize((16, 16), Image.Resampling.BOX)
        final = np.asarray(small, float).ravel()
        likeness = [float(np.corrcoef(_array(p), final)[0, 1]) for p in previews]
        assert likeness[-1] > 0.95
        # In the second half hardly anything of this size moves any more.
        assert likeness[0] < likeness[len(likeness) // 2] < likeness[-1] + 0.01


def _array(preview: Preview) -> np.ndarray[Any, Any]:
    assert (preview.width, preview.height) == (16, 16)
    return np.frombuffer(preview.rgb, np.uint8).astype(float)


def test_other_shapes_than_square_work(make: Make) -> None:
    for tool in ("text_to_image", "sketch_to_image"):
        assert make(tool, width=72, height=184, steps=2, count=1).shape == (1, 184, 72, 3)


def test_weights_are_the_ones_the_model_card_lists() -> None:
    listed = re.findall(r"^([0-9a-f]{64})  (\S+)$", (STARTER.parent / "README.md").read_text("utf-8"), re.MULTILINE)
    files = {p.relative_to(STARTER).as_posix(): p for p in STARTER.rglob("*") if p.is_file()}
    assert {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()} == {
        name: digest for digest, name in listed
    }
