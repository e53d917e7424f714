"""Pictures made twice as large: tile by tile as if in one piece, for every tool, without holding anybody up."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from studio.engines.base import Cancelled, EngineError
from studio.engines.local import messages, upscaling
from studio.engines.local.engine import DeviceEngine
from studio.engines.local.messages import Picture
from studio.engines.local.upscaler import Upscaler
from studio.job import Job, ModelRef
from tests.studio.engines.conftest import job_for
from tests.studio.engines.contract import Recorder
from tests.studio.engines.driven import Driven, difference, heard, loaded, stock, together
from tests.studio.engines.photos import FORM, mask, photo, png


@pytest.fixture(scope="module")
def model(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> ModelRef:
    """The tiny model with an upscaler that does something everywhere."""
    folder = tmp_path_factory.mktemp("upscaler")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = Upscaler(channels=8, spreads=(1, 2))
        torch.nn.init.normal_(network.tail.weight, std=0.2)
    network.save_pretrained(folder)
    return ModelRef("tiny", "sd", str(tiny_folder), parts={"upscaler": str(folder)})


def size(data: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(data)).size


def job(model: ModelRef, image: bytes) -> Job:
    return Job("large", "upscale", {"count": 1, "seed": 0}, {"image": image}, model)


@pytest.mark.parametrize(("width", "height"), [(16, 16), (17, 40), (70, 33)])
def test_tiles_give_the_same_as_the_whole(
    model: ModelRef, width: int, height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(upscaling.TILE, "cpu", 16)
    network = loaded(model).upscaler
    assert network is not None
    picture = torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(1)) * 2 - 1
    growing = upscaling.Enlargement(loaded(model), picture)
    assert growing.total == -(-width // 16) * -(-height // 16)
    while growing.done < growing.total:
        growing.piece()
    whole = upscaling.rgb(network(picture))
    assert np.abs(growing.rgb.astype(int) - whole.astype(int)).max() <= 1
    assert growing.rgb.shape == (2 * height, 2 * width, 3)


def test_picture_of_any_size_becomes_twice_as_large(local_engine: DeviceEngine, model: ModelRef) -> None:
    listener = Recorder()
    output = local_engine.run(job(model, photo(150, 37)), listener)[0]
    assert size(output.data) == (300, 74)
    smaller = Image.open(io.BytesIO(output.data)).resize((150, 37), Image.Resampling.BOX)
    assert np.abs(np.asarray(smaller).astype(int) - np.asarray(Image.open(io.BytesIO(photo(150, 37))))).mean() < 40
    assert output.facts["upscaled"] and output.facts["steps"] == 0
    assert [(s.step, s.total) for s in listener.steps if s.stage == "enlarging" and s.total] == [(1, 2), (2, 2)]
    assert output.facts["method"] == "Brushwire's own x2"


def test_every_tool_can_end_larger_and_equals_stock_in_company(model: ModelRef) -> None:
    ask = job_for(model, 64)
    inputs = {"image": photo(), "mask": mask()}
    jobs = [
        (0, ask(steps=4, seed=1, upscale=2)),
        (0, ask(steps=4, seed=2)),
        (1, replace(ask(seed=3, upscale=2, **FORM), tool="inpaint", inputs=inputs)),
        (1, ask(steps=3, seed=4, upscale=2, count=2)),
    ]
    made, _most = together(jobs)
    assert [[size(output.data)[0] for output in outputs] for outputs in made] == [[128], [64], [128], [128, 128]]
    for (_turn, each), outputs in zip(jobs, made, strict=True):
        assert difference(outputs, stock(each)) <= 2


def test_rest_of_an_inpainted_picture_is_the_original_at_the_larger_size(
    local_engine: DeviceEngine, model: ModelRef
) -> None:
    large = photo(128, 128)
    ask = replace(
        job_for(model, 64)(seed=3, upscale=2, **FORM), tool="inpaint", inputs={"image": large, "mask": mask()}
    )
    made = np.asarray(Image.open(io.BytesIO(local_engine.run(ask, Recorder())[0].data)))
    assert (made[:36] == np.asarray(Image.open(io.BytesIO(large)))[:36]).all()


def test_large_picture_holds_nobody_up(model: ModelRef, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(upscaling.TILE, "cpu", 16)
    batcher = Driven(model)
    large = batcher.ask(job(model, photo(160, 160)))
    small = batcher.ask(job_for(model, 64)(steps=3))
    turns = 0
    while not any(isinstance(message, Picture) for message in _all(small)):
        batcher.turn()
        turns += 1
        assert turns < 12
    assert len(batcher.runs) == 1, "the large one is still at work"
    batcher.run_out()
    assert sum(isinstance(message, Picture) for message in _all(large)) == 1


def _all(inbox: Any) -> list[Any]:
    return [inbox.get() for _ in range(inbox.qsize())]


def test_cancel_ends_it_between_two_tiles(local_engine: DeviceEngine, model: ModelRef) -> None:
    with pytest.raises(Cancelled):
        local_engine.run(job(model, photo(400, 300)), Recorder(4))
    assert local_engine.run(job(model, photo(20, 20)), Recorder())


def test_picture_that_is_too_large_and_a_model_that_cannot_are_told(
    model: ModelRef, ask_tiny: Callable[..., Job]
) -> None:
    with pytest.raises(EngineError, match="image_too_large"):
        messages.request(job(model, png(Image.new("L", (4001, 2100)))))
    with pytest.raises(EngineError, match="model_unavailable"):
        messages.request(ask_tiny(upscale=2))


def test_upscaler_that_is_not_there_makes_the_model_unavailable(
    local_engine: DeviceEngine, model: ModelRef, tmp_path: Path
) -> None:
    missing = replace(model, parts={"upscaler": str(tmp_path / "nothing")})
    with pytest.raises(EngineError, match="model_unavailable"):
        local_engine.run(job(missing, photo()), Recorder())


@pytest.mark.parametrize("place", ["enlarge", "text"])
def test_picture_too_large_for_the_memory_is_told_a_size_and_harms_nobody(
    place: str, model: ModelRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`enlarge` has no size of its own: what would fit is said of the picture that was given. Smaller tiles are of no
    use here."""
    good = job_for(model, 32)(steps=3, upscale=2)
    drawn = job_for(model, 64)(steps=3, upscale=2, width=512, height=256)
    bad = job(model, photo(512, 256)) if place == "enlarge" else drawn
    expected = stock(good)
    whole = Upscaler.forward

    def forward(self: Upscaler, pictures: torch.Tensor) -> torch.Tensor:
        if max(pictures.shape[-2:]) > 35:
            raise torch.OutOfMemoryError("injected")
        return whole(self, pictures)

    monkeypatch.setattr(Upscaler, "forward", forward)
    batcher = Driven(model)
    inboxes = [batcher.ask(replace(each, owner=name)) for each, name in ((bad, "bob"), (good, "alice"))]
    batcher.run_out()
    with pytest.raises(EngineError) as caught:
        heard(inboxes[0], bad)
    assert caught.value.code == "out_of_memory"
    assert (caught.value.params["width"], caught.value.params["height"]) == (360, 176)  # half the area
    assert difference(heard(inboxes[1], good), expected) <= 2
