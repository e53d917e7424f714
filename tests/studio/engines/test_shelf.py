"""Models in a memory that does not hold them all: they take turns, nobody waits for ever, and the others go on."""

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from huggingface_hub import try_to_load_from_cache

from studio.engines.base import EngineError
from studio.engines.local import messages, shelf, sizes
from studio.engines.local.cache import ModelCache, weights
from studio.job import Job, ModelRef, Step
from tests.studio.engines.driven import CPU, Driven, heard, loaded

Ask = Callable[..., Job]


def three(model: ModelRef) -> list[ModelRef]:
    """Three models by their number formats: on a CPU "float16" computes in float32, and is still another entry."""
    return [replace(model, name=dtype, dtype=dtype) for dtype in ("auto", "float32", "float16")]


def size_of(model: ModelRef) -> int:
    return sizes.of(model, torch.float32)


def turn_until(batcher: Driven, done: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    batcher.turn()
    while not done():
        assert time.monotonic() < until, "it waits for ever"
        batcher._inbox.put(lambda: None)  # or it would sleep while a model is loaded
        batcher.turn()


def told(inbox: Any) -> list[str]:
    came = [inbox.get_nowait() for _ in range(inbox.qsize())]
    return [message.stage for message in came if isinstance(message, Step)]


def test_size_is_known_before_a_model_is_loaded(ask_tiny_control: Ask) -> None:
    model = ask_tiny_control().model
    assert size_of(model) == pytest.approx(sum(dict(weights(loaded(model))).values()), rel=0.02)
    assert sizes.of(replace(model, parts={}), torch.float16) < size_of(model) / 2
    assert sizes.of(replace(model, source="org/not-here-yet", parts={}), torch.float32) == 0


def test_size_is_that_of_the_copy_in_half_precision_or_from_a_hub_where_there_is_no_other(
    ask_tiny: Ask, broken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ask_tiny().model
    whole = size_of(model)
    for file in (broken / "unet").glob("*.safetensors"):
        file.rename(file.with_suffix(".fp16.safetensors"))
    assert size_of(replace(model, source=str(broken))) == whole
    snapshot = tmp_path / "models--org--here" / "snapshots" / "abc"
    shutil.copytree(model.source, snapshot)
    (tmp_path / "models--org--here" / "refs").mkdir()
    (tmp_path / "models--org--here" / "refs" / "main").write_text("abc")
    fetched = partial(try_to_load_from_cache, cache_dir=tmp_path)
    monkeypatch.setattr(sizes, "try_to_load_from_cache", fetched)
    hub = replace(model, source="org/here")
    assert size_of(hub) == size_of(replace(hub, revision="abc")) == whole
    assert size_of(replace(hub, revision="other")) == size_of(replace(hub, source="no such/name")) == 0


def test_damaged_files_have_no_size_and_no_trouble(broken: Path, ask_tiny: Ask) -> None:
    model = replace(ask_tiny().model, source=str(broken))
    whole = size_of(model)
    file = next((broken / "unet").glob("*.safetensors"))
    for damage in (b"", b"short", b"\xff" * 100, b"\x02\0\0\0\0\0\0\0{}"):
        file.write_bytes(damage)
        assert 0 < size_of(model) < whole


def test_what_models_share_counts_once(ask_tiny: Ask) -> None:
    plain, other, _ = three(ask_tiny().model)
    cache = ModelCache(CPU, 10**9)
    cache.keep(loaded(plain))
    alone = cache.size
    cache.keep(replace(loaded(plain), ref=other))
    assert cache.size == alone


def test_what_is_kept_is_counted_when_it_changes_however_often_room_is_asked_for(
    ask_tiny: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []

    def counting(model: Any) -> Any:
        counted.append(model.ref.name)
        return weights(model)

    monkeypatch.setattr("studio.engines.local.cache.weights", counting)
    first, second, _ = three(ask_tiny().model)
    kept = ModelCache(CPU, size_of(first))
    kept.keep(loaded(first))
    for _ in range(9):
        assert not kept.make_room(size_of(first), {loaded(first).key})
    assert len(counted) == 1
    kept.keep(replace(loaded(first), ref=second))
    assert kept.make_room(size_of(first), ()) and kept.size == 0
    assert kept.names == frozenset()


def test_pinned_model_stays_when_others_make_room(ask_tiny: Ask) -> None:
    first, second, third = three(ask_tiny().model)
    first = replace(first, pinned=True)
    cache = ModelCache(CPU, int(2.5 * size_of(first)))
    for ref in (first, second):
        cache.keep(loaded(ref))
    assert cache.get(first) is not None
    assert cache.make_room(size_of(third), set())
    assert cache.get(first) is not None
    assert cache.get(second) is None
    assert not cache.make_room(10**9, set())
    assert cache.get(first) is not None
    assert cache.get(replace(first, pinned=False)) is not None  # the administrator has let it go
    assert cache.make_room(10**9, set()) is False
    assert cache.get(first) is None


def test_third_model_has_its_turn_and_the_others_go_on_meanwhile(
    ask_tiny: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "PATIENCE", 0.0)
    monkeypatch.setattr(shelf, "PATIENCE_LOADS", 0.0)
    models = three(ask_tiny().model)
    batcher = Driven(*models[:2], memory=int(2.5 * size_of(models[0])))
    jobs = [replace(ask_tiny(steps=12, seed=at), model=ref) for at, ref in enumerate(models)]
    first, second = batcher.ask(jobs[0]), batcher.ask(jobs[1])
    batcher.turn()
    batcher.turn()
    third = batcher.ask(jobs[2])
    for _ in range(3):
        batcher.turn()
    late = batcher.ask(jobs[0]), batcher.ask(jobs[1])
    turn_until(batcher, lambda: not batcher.runs)
    for inbox, job in zip((first, second, third, *late), (*jobs, *jobs[:2]), strict=True):
        assert heard(inbox, job)


def test_those_who_come_later_with_a_model_in_memory_do_not_wait_for_the_one_that_is_missing(ask_tiny: Ask) -> None:
    models = three(ask_tiny().model)
    batcher = Driven(*models[:2], memory=int(2.5 * size_of(models[0])))
    jobs = [replace(ask_tiny(steps=40), model=ref) for ref in models]
    for job in jobs:
        batcher.ask(job)
    for _ in range(4):
        batcher.turn()
    late = batcher.ask(replace(ask_tiny(steps=2), model=models[0]))
    for _ in range(12):
        batcher.turn()
    assert "decoding" in told(late)


def test_model_that_is_called_back_is_free_again_when_whoever_asked_has_left(
    ask_tiny: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "PATIENCE", 0.0)
    models = three(ask_tiny().model)
    batcher = Driven(models[0], memory=int(1.5 * size_of(models[0])))
    batcher.ask(ask_tiny(steps=200))
    batcher.turn()
    other = messages.request(replace(ask_tiny(), model=models[1]))
    ticket = batcher.submit(other, lambda _message: None)
    for _ in range(3):
        batcher.turn()
    late = batcher.ask(ask_tiny(steps=2))
    for _ in range(3):
        batcher.turn()
    assert told(late) == []  # its model is called back
    batcher.cancel(ticket)
    for _ in range(12):
        batcher.turn()
    assert "decoding" in told(late)


def test_model_larger_than_all_memory_for_models_is_loaded_alone(ask_tiny: Ask) -> None:
    batcher = Driven(memory=1000)
    inbox = batcher.ask(ask_tiny(steps=1))
    turn_until(batcher, lambda: not batcher.runs)
    assert heard(inbox, ask_tiny(steps=1))


def test_model_that_does_not_fit_is_told_as_such_after_room_was_made(
    ask_tiny: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> Any:
        raise torch.OutOfMemoryError("injected")

    models = three(ask_tiny().model)
    batcher = Driven(models[1])
    monkeypatch.setattr(shelf, "load", full)
    inbox = batcher.ask(replace(ask_tiny(), model=models[0]))
    turn_until(batcher, lambda: not batcher.runs)
    with pytest.raises(EngineError, match="model_too_large"):
        heard(inbox, ask_tiny())
    assert batcher.shelf.get(models[1]) is None
