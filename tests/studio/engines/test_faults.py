"""What goes wrong with one picture is told to whoever asked for it, in the right words, and touches nobody else's."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import torch
from diffusers import AutoencoderKL, ControlNetModel, DDIMScheduler

from studio.engines.base import EngineError
from studio.engines.local import adapters, decoding, loading, sampling, stepping, tables, words
from studio.engines.local.engine import DeviceEngine
from studio.engines.local.masks import Known
from studio.engines.local.previews import Projection
from studio.job import Job
from tests.studio.engines.contract import Recorder
from tests.studio.engines.driven import Driven, difference, heard, stock, together
from tests.studio.engines.photos import FORM, mask, photo
from tests.studio.engines.sketches import drawing

Ask = Callable[..., Job]
BAD = 666
FULL = torch.OutOfMemoryError("injected")
# Where it breaks, what breaks there, and what the person is told.
TROUBLES: list[tuple[str, Exception, str]] = [
    ("words", FULL, "out_of_memory"),
    ("words", KeyError("injected"), "engine_failed"),
    ("picture", FULL, "out_of_memory"),
    ("lines", FULL, "out_of_memory"),
    ("step", FULL, "out_of_memory"),
    ("step", RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), "out_of_memory"),
    ("step", RuntimeError("shapes"), "engine_failed"),
    ("numbers", ArithmeticError(), "no_picture"),
    ("scheduler", ZeroDivisionError(), "engine_failed"),
    ("decoder", FULL, "out_of_memory"),
    ("decoder", RuntimeError("injected"), "engine_failed"),
    ("decoded numbers", ArithmeticError(), "no_picture"),
    ("mask", FULL, "out_of_memory"),
    ("mask", ZeroDivisionError(), "engine_failed"),
    ("checker", FULL, "out_of_memory"),
    ("checker", RuntimeError("injected"), "engine_failed"),
]
# What nobody but the bad one has, or may break for all without harm.
ONLY_BAD: dict[str, tuple[Any, str]] = {
    "picture": (AutoencoderKL, "encode"),
    "lines": (ControlNetModel, "forward"),
    "mask": (Known, "put_back"),
    "model": (loading, "_load"),
    "lora": (adapters, "file_of"),
    "preview": (Projection, "previews"),
}
TOOLS = {"picture": "sketch_to_image", "lines": "sketch_to_image", "mask": "inpaint"}


def breaks(real: Callable[..., Any], error: Exception, bad: Callable[..., bool]) -> Callable[..., Any]:
    def call(*given: Any, **more: Any) -> Any:
        if bad(*given):
            raise type(error)(*error.args)
        return real(*given, **more)

    return call


def spoil(monkeypatch: pytest.MonkeyPatch, place: str, error: Exception) -> None:
    """Have `place` raise `error`, or give no numbers, for the picture with the seed BAD and for nobody else."""
    mine: Callable[..., bool] = lambda slot, *_: slot.seed == BAD  # noqa: E731
    ours: Callable[..., bool] = lambda slots, *_: any(slot.seed == BAD for slot in slots)  # noqa: E731
    if place == "words":
        bad_prompt: Callable[..., bool] = lambda _model, _pipeline, prompt, *_: prompt == "bad"  # noqa: E731
        monkeypatch.setattr(words, "encode", breaks(words.encode, error, bad_prompt))
    elif place in ONLY_BAD:
        owner, name = ONLY_BAD[place]
        monkeypatch.setattr(owner, name, breaks(getattr(owner, name), error, lambda *_: True))
    elif place == "step":
        monkeypatch.setattr(stepping, "predict", breaks(stepping.predict, error, ours))
    elif place == "scheduler":
        step = DDIMScheduler.step

        def stumbles(*seen: Any, generator: torch.Generator, **more: Any) -> Any:
            if generator.initial_seed() == BAD:
                raise error
            return step(*seen, generator=generator, **more)

        monkeypatch.setattr(tables, "of", lambda *_: None)
        monkeypatch.setattr(DDIMScheduler, "step", stumbles)
    elif place == "checker":
        monkeypatch.setattr(decoding, "picture", breaks(decoding.picture, error, mine))
    elif place == "decoder":
        monkeypatch.setattr(decoding, "decode", breaks(decoding.decode, error, mine))
    elif place == "numbers":
        real = stepping.predict

        def no_numbers(slots: Any) -> Any:
            return [noise * torch.nan if mine(s) else noise for s, noise in zip(slots, real(slots), strict=True)]

        monkeypatch.setattr(stepping, "predict", no_numbers)
    else:
        through = decoding._through

        def black(vae: Any, latents: torch.Tensor, generator: torch.Generator) -> Any:
            return through(vae, latents, generator) * (torch.nan if generator.initial_seed() == BAD else 1)

        monkeypatch.setattr(decoding, "_through", black)


@pytest.mark.parametrize(
    ("place", "error", "code"), TROUBLES, ids=[f"{t[0]}-{t[2]}-{n}" for n, t in enumerate(TROUBLES)]
)
def test_trouble_of_one_never_touches_the_others(
    place: str, error: Exception, code: str, ask_tiny_control: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = TOOLS.get(place, "text_to_image")
    sketch = {"sketch": drawing("house", colour=place == "picture")} if tool == "sketch_to_image" else {}
    bad = ask_tiny_control(tool, seed=BAD, prompt="bad", **sketch)
    if tool == "inpaint":
        bad = replace(bad, params={**bad.params, **FORM}, inputs={"image": photo(), "mask": mask()})
    good = [ask_tiny_control(seed=seed, steps=3 + seed) for seed in range(2)]
    expected = [stock(job) for job in good]
    batcher = Driven(bad.model)
    spoil(monkeypatch, place, error)
    inboxes = [batcher.ask(job) for job in (bad, *good)]
    batcher.run_out()
    with pytest.raises(EngineError) as caught:
        heard(inboxes[0], bad)
    assert caught.value.code == code
    assert caught.value.params == ({"width": 64, "height": 64} if code == "out_of_memory" else {})
    for inbox, job, outputs in zip(inboxes[1:], good, expected, strict=True):
        assert difference(heard(inbox, job), outputs) <= 2


def test_running_out_of_memory_repeats_the_step_in_halves_and_changes_no_picture(
    ask_tiny: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, refused = stepping.predict, []

    def small(slots: Any) -> Any:
        if sum(slot.rows for slot in slots) > 3:
            refused.append(len(slots))
            raise FULL
        return whole(slots)

    jobs = [(turn, ask_tiny(seed=turn, steps=4 + turn)) for turn in range(3)]
    expected = [stock(job) for _turn, job in jobs]
    monkeypatch.setattr(stepping, "predict", small)
    made, _most = together(jobs)
    assert refused
    assert all(difference(a, b) <= 2 for a, b in zip(made, expected, strict=True))


def test_samplers_product_that_does_not_fit_is_made_one_by_one(ask_tiny: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, met = sampling._advance_by_table, []

    def small(pictures: Any) -> Any:
        met.append(len(pictures))
        if len(pictures) > 1:
            raise FULL
        return whole(pictures)

    jobs = [(0, ask_tiny(seed=seed, steps=3 + seed)) for seed in range(3)]
    expected = [stock(job) for _turn, job in jobs]
    monkeypatch.setattr(sampling, "_advance_by_table", small)
    made, _most = together(jobs)
    assert max(met) > 1
    assert all(difference(a, b) <= 2 for a, b in zip(made, expected, strict=True))


@pytest.mark.parametrize("error", [FULL, RuntimeError("injected")])
def test_preview_that_cannot_be_made_costs_nobody_a_picture(
    error: Exception, ask_tiny: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [(0, ask_tiny(seed=seed)) for seed in range(2)]
    expected = [stock(job) for _turn, job in jobs]
    spoil(monkeypatch, "preview", error)
    made, _most = together(jobs)
    assert all(difference(a, b) <= 2 for a, b in zip(made, expected, strict=True))


@pytest.mark.parametrize("place", ["words", "picture", "step", "decoder", "checker"])
def test_what_does_not_fit_at_first_is_tried_again_when_room_was_made(
    place: str, ask_tiny: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Models that nobody uses leave the memory for it."""
    job = ask_tiny("sketch_to_image", seed=BAD, prompt="bad")
    expected = stock(job)
    batcher = Driven(job.model, replace(job.model, dtype="float32"))
    real_clear = batcher.shelf.clear

    def clear(in_use: Any) -> None:
        monkeypatch.undo()
        real_clear(in_use)

    spoil(monkeypatch, place, FULL)
    monkeypatch.setattr(batcher.shelf, "clear", clear)
    inbox = batcher.ask(job)
    batcher.run_out()
    assert difference(heard(inbox, job), expected) <= 2
    assert batcher.shelf.get(replace(job.model, dtype="float32")) is None


def test_size_that_would_fit_is_smaller_and_of_the_same_shape(local_engine: DeviceEngine, ask_tiny: Ask) -> None:
    with pytest.raises(EngineError) as caught:
        local_engine.run(ask_tiny(width=80_000_000, height=40_000_000), Recorder())
    width, height = caught.value.params["width"], caught.value.params["height"]
    assert 64 <= height < width < 1_000_000
    assert width % 8 == height % 8 == 0
    assert width / height == pytest.approx(2, rel=0.1)


def test_request_whose_listener_raises_leaves_and_those_beside_it_finish(
    local_engine: DeviceEngine, ask_tiny: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(Exception):
        pass

    real, beside = stepping.predict, []

    def watched(slots: Any) -> Any:
        beside.append({slot.seed for slot in slots})
        if {3, BAD} not in beside:
            time.sleep(0.05)  # so that the other one finds it under way
        return real(slots)

    job = ask_tiny(seed=3, steps=100)
    expected = stock(ask_tiny(seed=3, steps=100))
    monkeypatch.setattr(stepping, "predict", watched)
    with ThreadPoolExecutor(1) as elsewhere:
        there = threading.Event()
        steady = elsewhere.submit(local_engine.run, job, lambda step: there.set() if step.step else None)
        assert there.wait(60)
        with pytest.raises(Broken):
            local_engine.run(ask_tiny(seed=BAD, steps=100), Recorder(4, Broken))
        assert difference(steady.result(60), expected) <= 2
    assert {3, BAD} in beside, "they stepped together"
    assert beside[-1] == {3}, "and the other one went on alone"
