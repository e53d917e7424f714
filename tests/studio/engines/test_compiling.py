"""Steps that are compiled: their rows are filled up, and no picture changes by it."""

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace
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


def test_compiled_network_makes_the_same_picture_and_is_made_once(ask_tiny: Ask) -> None:
    """As torch.compile takes it apart, without a compiler behind it; a LoRA hooks into the model's own meanwhile."""
    job, made = ask_tiny(steps=2, guidance_scale=1.0), []
    model = loaded(job.model)
    unet = model.parts["unet"]

    def kept(graph: Any, _inputs: Any) -> Any:
        made.append(graph)
        return graph

    def make(network: Any, inputs: dict[str, Any]) -> Any:
        hook = unet.conv_in.register_forward_hook(lambda _module, _given, answer: answer + 5)
        try:
            return compiling.compiled(network, inputs, backend=kept)
        finally:
            hook.remove()

    batcher, denoiser = Driven(job.model), Denoiser(compiling.twin(unet), make, aside=False)
    batcher.shelf.cache.keep(replace(model, denoiser=denoiser))
    inbox = batcher.ask(job)
    batcher.run_out()
    assert difference(heard(inbox, job), stock(job)) <= 2
    assert len(made) == 1
    assert {id(each) for each in denoiser._network.parameters()} == {id(each) for each in unet.parameters()}


class FakeGraph:
    """A CUDA graph where there is no such device."""

    def __init__(self) -> None:
        self.replayed = 0

    def pool(self) -> str:
        return f"the pool of {id(self)}"

    def replay(self) -> None:
        self.replayed += 1


def test_graphs_share_their_memory_and_are_recorded_beside_a_loading_model(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded: list[dict[str, Any]] = []
    on: list[torch.device] = []
    stream = SimpleNamespace(wait_stream=lambda _other: None)

    def graph(_graph: FakeGraph, **options: Any) -> Any:
        recorded.append(options)
        return nullcontext()

    fakes = {"CUDAGraph": FakeGraph, "graph": graph, "Stream": lambda: stream, "current_stream": lambda: stream}
    fakes |= {"stream": nullcontext, "device": lambda device: nullcontext(on.append(device))}  # type: ignore[func-returns-value]
    for name, fake in fakes.items():
        monkeypatch.setattr(torch.cuda, name, fake)
    record = compiling.recorder()
    network = lambda sample, words, return_dict: (sample + sum(words),)  # noqa: E731
    first = record(network, {"sample": torch.ones(1, 1), "words": [torch.ones(1, 1)]})
    second = record(network, {"sample": torch.ones(2, 1), "words": [torch.ones(2, 1)]})
    assert isinstance(first, compiling.Recorded) and isinstance(second, compiling.Recorded)
    assert [each["pool"] for each in recorded] == [None, first._graph.pool()]
    # The default mode makes whatever another thread asks of CUDA an error, there and here.
    assert {each["capture_error_mode"] for each in recorded} == {"thread_local"}
    assert on == [torch.device("cpu")] * 2, "recorded on the device of what it is given"
    second(sample=torch.full((2, 1), 7.0), words=[torch.full((2, 1), 8.0)])
    assert second._held["sample"].tolist() == [[7], [7]] and second._held["words"][0].tolist() == [[8], [8]]
    graphs: list[Any] = [first._graph, second._graph]
    assert [graph.replayed for graph in graphs] == [0, 1]


def test_graphs_leave_when_the_memory_is_needed(ask_tiny: Ask) -> None:
    job = ask_tiny(steps=4)
    model, expected = loaded(job.model), stock(job)

    def make(network: Any, _inputs: dict[str, Any]) -> Any:
        return lambda **given: compiling.plain(network, given)

    batcher, denoiser = Driven(job.model), Denoiser(model.parts["unet"], make, aside=False)
    batcher.shelf.cache.keep(replace(model, denoiser=denoiser))
    inbox = batcher.ask(job)
    batcher.turn()
    assert len(denoiser._ready) == 1
    batcher._make_room()
    assert not denoiser._ready, "though the model itself is in use and stays"
    batcher.run_out()
    assert len(denoiser._ready) == 1
    assert difference(heard(inbox, job), expected) <= 2


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
    for width in range(1, 2 * compiling.SHAPES_KEPT):
        denoiser(sample=torch.zeros(2, 1))
        denoiser(sample=torch.zeros(2, width))
    assert len(denoiser._ready) == compiling.SHAPES_KEPT
    assert len(made) == 2 * compiling.SHAPES_KEPT - 1, "what is used again and again is made once"
    denoiser.forget()
    denoiser(sample=torch.zeros(2, 1))
    assert len(made) == 2 * compiling.SHAPES_KEPT, "and once more when its memory was needed"


def test_setting_decides_and_graphs_are_for_cuda_only(ask_tiny: Ask) -> None:
    model = loaded(ask_tiny().model)
    assert prepared(model, "off") is model
    assert prepared(model, "graphs") is model
    assert prepared(model, "compile").denoiser is not None
