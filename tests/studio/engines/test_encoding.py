"""Pictures that people begin with: encoded in one call where several wait, once where they stay the same."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL
from PIL import Image

from studio.engines.base import EngineError
from studio.engines.local import encoding, finishing, tiny
from studio.engines.local.encoding import Encodings
from studio.engines.local.upscaler import Upscaler
from studio.job import Job, ModelRef, Output
from tests.studio.engines.conftest import PARAMS
from tests.studio.engines.driven import Driven, difference, heard, loaded, stock
from tests.studio.engines.photos import FORM, mask, photo, png
from tests.studio.engines.sketches import drawing

Ask = Callable[..., Job]


@pytest.fixture
def ask(tiny_folder: Path) -> Ask:
    return asker(ModelRef("tiny", "sd", str(tiny_folder)))


def asker(model: ModelRef) -> Ask:
    def ask(tool: str, shade: int = 0, **params: Any) -> Job:
        job = Job("test", tool, PARAMS | FORM | {"width": 64, "height": 64, "strength": 0.6} | params, {}, model)
        if tool == "sketch_to_image":
            return replace(job, inputs={"sketch": drawing("house", colour=True)})
        return replace(job, inputs={"image": colours(shade), "mask": mask()})

    return ask


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pictures each call of an encoder had."""
    seen: list[int] = []
    real = AutoencoderKL.encode

    def encode(self: Any, pictures: torch.Tensor, *more: Any, **options: Any) -> Any:
        seen.append(len(pictures))
        return real(self, pictures, *more, **options)

    monkeypatch.setattr(AutoencoderKL, "encode", encode)
    return seen


@pytest.fixture
def four(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a device where pictures go through an encoder together."""
    monkeypatch.setitem(finishing.TOGETHER, "cpu", 4)


def colours(shade: int) -> bytes:
    """A photo of its own for each `shade`."""
    return png(Image.open(io.BytesIO(photo())).point(lambda level: (level + 20 * shade) % 256))


def made(batcher: Driven, jobs: list[Job]) -> list[list[Output]]:
    inboxes = [batcher.ask(job) for job in jobs]
    batcher.run_out()
    return [heard(inbox, job) for inbox, job in zip(inboxes, jobs, strict=True)]


@pytest.mark.usefixtures("four")
def test_pictures_of_those_who_wait_are_encoded_in_one_call_and_equal_stock(ask: Ask, calls: list[int]) -> None:
    jobs = [
        ask("image_to_image", 1),
        ask("inpaint", 2, seed=5, count=2),
        ask("sketch_to_image", steps=5, seed=6),
        ask("image_to_image", 3, width=72),  # of another shape
        ask("inpaint", 4, strength=1.0),
        ask("outpaint", 5, left=16),
    ]
    batcher = Driven(jobs[0].model)
    calls.clear()  # the model's colours were fitted
    pictures = made(batcher, jobs)
    assert calls == [4, 1, 1]
    for job, outputs in zip(jobs, pictures, strict=True):
        assert difference(outputs, stock(job)) <= 2


@pytest.mark.usefixtures("four")
def test_model_that_is_shown_what_it_keeps_has_both_its_pictures_encoded_at_once(
    tmp_path: Path, calls: list[int]
) -> None:
    tiny.write(tmp_path, shape="inpaint")
    ask = asker(ModelRef("inpainting", "sd", str(tmp_path)))
    jobs = [ask("inpaint", 1, strength=0.8), ask("inpaint", 2, strength=1.0, seed=4)]
    batcher = Driven(jobs[0].model)
    calls.clear()
    pictures = made(batcher, jobs)
    assert calls == [3]
    for job, outputs in zip(jobs, pictures, strict=True):
        assert difference(outputs, stock(job)) <= 2


def test_picture_that_stays_the_same_is_encoded_once(ask: Ask, calls: list[int]) -> None:
    """A draft is refined, made again with another seed, and by somebody else."""
    draft = ask("sketch_to_image", steps=3)
    batcher = Driven(draft.model)
    calls.clear()
    jobs = [
        draft,
        ask("sketch_to_image", steps=8, strength=0.8),
        ask("sketch_to_image", seed=9),
        replace(draft, owner="bob"),
    ]
    pictures = [made(batcher, [job])[0] for job in jobs]
    assert calls == [1]
    for job, outputs in zip(jobs, pictures, strict=True):
        assert difference(outputs, stock(job)) <= 2


@pytest.mark.usefixtures("four")
def test_while_somebody_draws_live_pictures_are_encoded_one_by_one(ask: Ask, calls: list[int]) -> None:
    batcher = Driven(ask("image_to_image").model)
    live = batcher.ask(replace(ask("image_to_image", steps=30, strength=1.0), lane="live"))
    batcher.turn()
    calls.clear()
    assert all(made(batcher, [ask("image_to_image", shade) for shade in (1, 2)]))
    assert calls == [1, 1]
    assert live.qsize()


@pytest.mark.usefixtures("four")
def test_picture_that_cannot_be_encoded_harms_nobody_in_its_call(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = [ask("image_to_image", 1), ask("image_to_image", 2)]
    expected = stock(jobs[1])
    batcher = Driven(jobs[0].model)
    real, bad = AutoencoderKL.encode, Image.open(io.BytesIO(colours(1)))
    mean = np.asarray(bad, np.float32).mean() / 127.5 - 1

    def encode(self: Any, pictures: torch.Tensor, *more: Any) -> Any:
        if any(abs(float(each.mean()) - mean) < 1e-3 for each in pictures):
            raise torch.OutOfMemoryError
        return real(self, pictures, *more)

    monkeypatch.setattr(AutoencoderKL, "encode", encode)
    inboxes = [batcher.ask(job) for job in jobs]
    batcher.run_out()
    with pytest.raises(EngineError) as caught:
        heard(inboxes[0], jobs[0])
    assert caught.value.code == "out_of_memory"
    assert difference(heard(inboxes[1], jobs[1]), expected) <= 2


def test_only_so_much_is_kept_and_what_was_used_last_goes_last(ask: Ask, calls: list[int]) -> None:
    model = loaded(ask("image_to_image").model)
    pictures = [torch.full((1, 3, 32, 32), level) for level in (0.1, 0.2, 0.3)]
    size = Encodings().of(model, pictures[0]).latent_dist.parameters.nbytes
    kept = Encodings(limit=2 * size)
    calls.clear()
    for at in (0, 1, 0, 2, 0, 1):
        kept.of(model, pictures[at])
    assert calls == [1, 1, 1, 1]


def test_autoencoder_that_says_where_a_picture_lies_is_asked_once_too(ask_starter: Ask) -> None:
    job = ask_starter("sketch_to_image", control="none", strength=0.5)
    batcher = Driven(job.model)
    assert difference(made(batcher, [job])[0], stock(job)) <= 2
    assert difference(made(batcher, [job])[0], stock(job)) <= 2
    assert len(batcher._encodings._kept) == 1


def test_somebody_who_has_a_picture_made_larger_waits_among_them(tmp_path: Path, four: None) -> None:
    tiny.write(tmp_path / "model")
    torch.manual_seed(0)
    Upscaler(channels=8).save_pretrained(tmp_path / "upscaler", safe_serialization=True)
    ref = ModelRef("tiny", "sd", str(tmp_path / "model"), parts={"upscaler": str(tmp_path / "upscaler")})
    jobs = [asker(ref)("upscale"), asker(ref)("image_to_image", 1), asker(ref)("upscale")]
    assert all(made(Driven(ref), jobs))


def test_picture_that_is_encoded_alone_is_read_once(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks ahead where nobody could be encoded with it: it would cost every stroke its reading once more."""
    read: list[Any] = []
    real = encoding.pictures

    def reading(pipeline: Any, way: Any) -> Any:
        read.append(way)
        return real(pipeline, way)

    monkeypatch.setattr(encoding, "pictures", reading)
    job = ask("sketch_to_image", control="none", steps=2)
    made(Driven(job.model), [job])
    assert len(read) == 1
