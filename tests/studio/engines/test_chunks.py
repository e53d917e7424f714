"""Prompts longer than the model reads at once, and weights: exact where they can be compared, bounded where not."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
import torch
from diffusers import StableDiffusionPipeline

from studio.engines.base import EngineError
from studio.engines.local import chunks
from studio.engines.local.engine import DeviceEngine
from studio.engines.local.loading import LoadedModel, load
from studio.engines.local.words import Words, encode
from studio.job import Job
from tests.studio.engines.contract import Recorder
from tests.studio.engines.test_exact import difference, together

CPU = torch.device("cpu")
LONG = "a red house near a small tree, a boat on the sea, a cat"


@pytest.fixture(scope="module")
def tiny_model(ask_tiny: Callable[..., Job]) -> LoadedModel:
    return load(ask_tiny().model, CPU)


@pytest.fixture(scope="module")
def pipeline(tiny_model: LoadedModel) -> Any:
    return tiny_model.pipeline(StableDiffusionPipeline)


def stock(pipeline: Any, text: str) -> torch.Tensor:
    with torch.no_grad():
        return pipeline.encode_prompt(text, CPU, 1, False)[0]


def ours(pipeline: Any, *texts: str) -> torch.Tensor:
    with torch.no_grad():
        return chunks.encode(pipeline, texts, CPU, {})[0]


def test_chunk_of_a_prompt_that_fits_is_the_stock_encoding(pipeline: Any) -> None:
    for text in ("", "a red house", "一棵树"):
        assert torch.allclose(ours(pipeline, text), stock(pipeline, text), atol=1e-5)


def test_prompt_that_fits_and_has_no_marks_takes_the_stock_way(tiny_model: LoadedModel, pipeline: Any) -> None:
    with torch.no_grad():
        rows = encode(tiny_model, pipeline, r"a \(red\) house", "dog").rows
    assert torch.equal(rows, torch.cat([stock(pipeline, "dog"), stock(pipeline, "a (red) house")]))


def test_break_joins_the_encodings_of_its_parts_and_short_texts_get_empty_chunks(pipeline: Any) -> None:
    unwanted, wanted = ours(pipeline, "dog", "a house BREAK a tree")
    parts = [stock(pipeline, text)[0] for text in ("a house", "a tree")]
    assert torch.allclose(wanted, torch.cat(parts), atol=1e-5)
    assert torch.allclose(unwanted, torch.cat([stock(pipeline, "dog")[0], stock(pipeline, "")[0]]), atol=1e-5)


def test_long_prompt_is_read_to_its_end_and_parted_at_a_comma(pipeline: Any) -> None:
    rows = ours(pipeline, LONG)
    # Of the first 30 letters 24 go up to "tree,": the comma is near enough to part there.
    assert torch.allclose(rows[0, :32], stock(pipeline, "a red house near a small tree,")[0], atol=1e-5)
    assert rows.shape[1] == 2 * 32
    assert not torch.allclose(rows, ours(pipeline, LONG.replace("cat", "dog")), atol=1e-3)


def test_weight_moves_a_token_away_from_the_empty_prompt(pipeline: Any) -> None:
    plain, empty = stock(pipeline, "a red house"), stock(pipeline, "")
    heavy, gone, same = (ours(pipeline, f"a (red:{weight}) house") for weight in ("1.5", "0", "1.0"))
    # Bytes are tokens: the start, then "a", then the three of "red".
    red = slice(2, 5)
    assert torch.allclose(same, plain, atol=1e-5)
    assert torch.allclose(heavy[:, red], (empty + 1.5 * (plain - empty))[:, red], atol=1e-5)
    assert torch.allclose(gone[:, red], empty[:, red], atol=1e-5)
    for rows in (heavy, gone):
        assert torch.allclose(rows[:, :2], plain[:, :2], atol=1e-5)
        assert torch.allclose(rows[:, 5:], plain[:, 5:], atol=1e-5)


def test_prompt_that_would_fill_too_many_chunks_is_refused_and_not_cut(
    local_engine: DeviceEngine, ask_tiny: Callable[..., Job], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for long in ({"prompt": "secret words " * 40}, {"negative_prompt": "secret words " * 40}):
        with pytest.raises(EngineError) as caught:
            local_engine.run(ask_tiny(**long), Recorder())
        assert caught.value.code == "prompt_too_long"
        assert 40 < caught.value.params["percent"] < 60
    assert "secret" not in caplog.text


def test_long_and_weighted_prompts_change_nobody_elses_picture(ask_tiny: Callable[..., Job]) -> None:
    jobs = [
        (0, ask_tiny(prompt=LONG, seed=1)),
        (0, ask_tiny(prompt="a red house", seed=2)),
        (1, ask_tiny(prompt="a (red:1.4) [house]", negative_prompt="(dog)", seed=3)),
        (1, ask_tiny(prompt="a cat", negative_prompt="x BREAK y", guidance_scale=6.0, seed=4)),
    ]
    made, _most = together(jobs)
    for (_turn, job), outputs in zip(jobs, made, strict=True):
        assert difference(outputs, together([(0, job)])[0][0]) <= 2
    plain = together([(0, ask_tiny(prompt="a red house", seed=3))])[0][0]
    assert difference(plain, made[2]) > 2


def test_starter_reads_long_and_weighted_prompts(local_engine: DeviceEngine, ask_starter: Callable[..., Job]) -> None:
    def made(prompt: str) -> Any:
        return local_engine.run(ask_starter(prompt=prompt, steps=2), Recorder())

    long = "a red house with a green tree, " * 8
    assert difference(made(long + "at night"), made(long + "in the snow")) > 2
    assert difference(made("a (red:1.5) house"), made("a red house")) > 2


def test_starter_encodes_both_languages_as_stock_does(ask_starter: Callable[..., Job]) -> None:
    model = load(ask_starter().model, CPU)
    own = model.pipeline(StableDiffusionPipeline)
    for text in ("a red house at night", "夜晚的红房子"):
        assert torch.allclose(ours(own, text), stock(own, text), atol=1e-4)


def test_encodings_are_kept_up_to_so_many_bytes(
    ask_tiny: Callable[..., Job], tiny_model: LoadedModel, pipeline: Any
) -> None:
    model = tiny_model
    size = Words().of(model, pipeline, ask_tiny()).size
    kept = Words(most=2 * size)
    one, other = ask_tiny(prompt="a dog"), ask_tiny(prompt="a cat")
    first, second = kept.of(model, pipeline, one), kept.of(model, pipeline, other)
    assert kept.of(model, pipeline, one) is first
    kept.of(model, pipeline, ask_tiny(prompt="a bird"))
    assert kept.of(model, pipeline, one) is first
    assert kept.of(model, pipeline, other) is not second
    assert kept._bytes == 2 * size
