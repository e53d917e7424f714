"""Steps that are compiled: their rows are filled up, and no picture changes by it."""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import torch

from studio.engines.local import compiling
from studio.engines.local.compiling import Denoiser, prepared
from studio.job import Job
from tests.studio.engines.driven import Driven, difference, heard, loaded, stock
from tests.studio.engines.sketches import drawing

Ask = Callable[..., Job]


def test_rows_are_filled_up_and_no_picture_changes(ask_tiny_control: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five rows step as eight: some guided, one with lines, one from colours, leaving at different times."""
    jobs = [
        ask_tiny_control(seed=1, steps=3),
        ask_tiny_control(seed=2, steps=5, guidance_scale=1.0),
        ask_tiny_control("sketch_to_image", seed=3, steps=4, sketch=drawing("tree")),
        ask_tiny_control("sketch_to_image", seed=4, steps=6, strength=0.7),
    ]
    expected = [stock(job) for job in jobs]
    model = loaded(jobs[0].model)
    calls: list[int] = []

    def counted(network: Any, inputs: dict[str, Any]) -> Any:
        shapes = {name: value.shape for name, value in inputs.items() if isinstance(value, torch.Tensor)}

        def call(**given: Any) -> torch.Tensor:
            assert {name: given[name].shape for name in shapes} == shapes
            calls.append(len(given["sample"]))
            return compiling.plain(network, given)

        return call

    batcher = Driven(jobs[0].model)
    batcher.shelf.cache.keep(replace(model, denoiser=Denoiser(model.parts["unet"], counted, aside=False)))
    inboxes = [batcher.ask(job) for job in jobs]
    batcher.run_out()
    assert set(calls) <= set(compiling.FILLED)
    assert 8 in calls
    for inbox, job, outputs in zip(inboxes, jobs, expected, strict=True):
        assert difference(heard(inbox, job), outputs) <= 2


def test_compiled_network_makes_the_same_picture(ask_tiny: Ask) -> None:
    """As torch.compile takes it apart, without a compiler behind it."""
    job = ask_tiny(steps=2, guidance_scale=1.0)
    model, make = loaded(job.model), partial(compiling.compiled, backend="eager")
    batcher = Driven(job.model)
    batcher.shelf.cache.keep(replace(model, denoiser=Denoiser(model.parts["unet"], make, aside=False)))
    inbox = batcher.ask(job)
    batcher.run_out()
    assert difference(heard(inbox, job), stock(job)) <= 2


def test_steps_go_on_plainly_until_the_compiler_is_ready() -> None:
    network = torch.nn.Identity()
    plain: list[int] = []
    release: list[bool] = []

    def call(sample: torch.Tensor, return_dict: bool) -> tuple[torch.Tensor]:
        plain.append(len(sample))
        return (network(sample),)

    def slow(_network: Any, _inputs: dict[str, Any]) -> Any:
        while not release:
            time.sleep(0.005)
        return lambda sample: sample * 2

    denoiser = Denoiser(call, slow, aside=True)
    ones = torch.ones(3, 1)
    assert denoiser(sample=ones).tolist() == ones.tolist()
    assert denoiser(sample=ones).tolist() == ones.tolist()
    assert plain == [4, 4]
    release.append(True)
    until = time.monotonic() + 60
    while denoiser(sample=ones).tolist() == ones.tolist():
        assert time.monotonic() < until
        time.sleep(0.01)
    assert len(denoiser(sample=ones)) == 3


def test_what_cannot_be_compiled_runs_plainly(caplog: pytest.LogCaptureFixture) -> None:
    def fails(_network: Any, _inputs: dict[str, Any]) -> Any:
        raise RuntimeError("no compiler here")

    denoiser = Denoiser(lambda sample, return_dict: (sample + 1,), fails, aside=False)
    assert denoiser(sample=torch.zeros(2, 1)).tolist() == [[1.0], [1.0]]
    assert "could not be made faster" in caplog.text


def test_more_rows_than_the_largest_number_run_plainly_and_few_shapes_are_kept() -> None:
    made: list[int] = []

    def make(_network: Any, inputs: dict[str, Any]) -> Any:
        made.append(len(inputs["sample"]))
        return lambda sample: sample

    denoiser = Denoiser(lambda sample, return_dict: (sample,), make, aside=False)
    assert len(denoiser(sample=torch.zeros(33, 1))) == 33
    assert made == []
    for width in range(1, 40):
        denoiser(sample=torch.zeros(2, width))
    assert len(denoiser._ready) == compiling.GRAPHS_KEPT


def test_setting_decides_and_graphs_are_for_cuda_only(ask_tiny: Ask) -> None:
    model = loaded(ask_tiny().model)
    assert prepared(model, "off") is model
    assert prepared(model, "graphs") is model
    assert prepared(model, "compile").denoiser is not None
