"""The device as the engine's threads have it: each bound to it, its errors told apart, a container's share of it."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from studio.engines.local import batcher as loop
from studio.engines.local import device, shelf
from studio.engines.local.batcher import Batcher
from studio.engines.local.device import is_lost, is_out_of_memory
from studio.job import Job
from tests.stack import PATIENCE
from tests.studio.engines.driven import CPU


@pytest.mark.parametrize(
    "words",
    [
        "CUDA error: out of memory",  # not by torch's own allocator: a graph, pinned memory
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_NOT_INITIALIZED",
        "[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory",
    ],
)
def test_full_device_is_no_lost_one_whichever_library_says_it(words: str) -> None:
    for error in (RuntimeError(words), torch.AcceleratorError(words)):
        assert is_out_of_memory(error)
        assert not is_lost(error)


def test_a_thread_is_bound_to_the_device_whose_streams_and_graphs_it_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    bound: list[torch.device] = []
    monkeypatch.setattr(torch.cuda, "set_device", bound.append)
    device.belong(torch.device("cpu"))
    assert bound == []
    device.belong(torch.device("cuda", 1))
    assert bound == [torch.device("cuda", 1)]


def test_the_loop_and_the_loader_are_bound_before_they_do_anything(
    ask_tiny: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    bound: list[str] = []
    there = threading.Event()

    def belong(_device: torch.device) -> None:
        bound.append(threading.current_thread().name.partition("_")[0])
        if len(bound) == 2:
            there.set()

    monkeypatch.setattr(loop, "belong", belong)
    monkeypatch.setattr(shelf, "belong", belong)
    monkeypatch.setattr(shelf, "load", lambda *_: pytest.fail("bound only now") if len(bound) < 2 else None)
    batcher = Batcher(CPU)

    def fetch() -> None:
        batcher.shelf.fetch(ask_tiny().model, (), ())

    batcher._inbox.put(fetch)
    assert there.wait(PATIENCE)
    assert bound == ["batcher", "loader"]


def test_what_is_small_stays_where_it_is_on_a_cpu() -> None:
    numbers = torch.ones(3)
    assert device.onto(numbers, CPU) is numbers


@pytest.mark.parametrize(
    ("told", "cores"), [("150000 100000", 2), ("max 100000", 64), ("6400000 100000", 64), ("nonsense", 64), (None, 64)]
)
def test_a_container_has_as_many_threads_as_its_share_of_the_cores(
    told: str | None, cores: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if told is not None:
        (tmp_path / "cpu.max").write_text(told)
    monkeypatch.setattr(device, "CPU_MAX", tmp_path / "cpu.max")
    monkeypatch.setattr("os.sched_getaffinity", lambda _pid: set(range(64)))
    assert device._cores() == cores
