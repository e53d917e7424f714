"""A device that answers no more is nobody's fault: the process ends, and all that was in it is taken up again."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from studio.engines.base import EngineLost
from studio.engines.local import LocalEngine
from studio.engines.local.device import DeviceLost, is_lost, is_out_of_memory
from studio.job import AdapterRef, Job
from tests.studio.engines.contract import Recorder
from tests.studio.engines.driven import Driven
from tests.studio.engines.test_faults import BAD, spoil

Ask = Callable[..., Job]


@pytest.mark.parametrize(
    "error",
    [
        torch.AcceleratorError("CUDA error: an illegal memory access was encountered"),
        RuntimeError("CUDA error: device-side assert triggered"),
    ],
)
def test_lost_device_is_told_from_a_full_one(error: Exception) -> None:
    assert is_lost(error)
    assert not is_out_of_memory(error)
    assert not is_lost(torch.OutOfMemoryError("CUDA out of memory"))
    # The driver's and the libraries' own words for it, which torch hands on as errors of CUDA.
    for words in ("out of memory", "CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"):
        full = torch.AcceleratorError(f"CUDA error: {words}")
        assert is_out_of_memory(full) and not is_lost(full)
    assert not is_lost(RuntimeError("shapes"))


@pytest.mark.parametrize(
    "place", ["model", "lora", "words", "picture", "step", "scheduler", "preview", "decoder", "checker"]
)
def test_lost_device_ends_the_loop_whoever_meets_it(place: str, ask_tiny: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is nobody's model and nobody's LoRA that is bad: all in it are taken up again by a new process."""
    model = ask_tiny().model
    batcher = Driven(*([] if place == "model" else [model]))
    spoil(monkeypatch, place, torch.AcceleratorError("CUDA error: unspecified launch failure"))
    bad = ask_tiny("sketch_to_image" if place == "picture" else "text_to_image", seed=BAD, prompt="bad")
    if place == "lora":
        bad = replace(bad, adapters=(AdapterRef("ink", "lora", "/nowhere"),))
    for job in (bad, ask_tiny(seed=1)):
        batcher.ask(job)
    with pytest.raises(DeviceLost):
        batcher.run_out()


LOSES = """
import threading, time, sys

def lose():
    while "studio.engines.local.steps" not in sys.modules:
        time.sleep(0.01)
    import torch
    from studio.engines.local import stepping
    def predict(slots):
        raise torch.AcceleratorError("CUDA error: device-side assert triggered")
    stepping.predict = predict

threading.Thread(target=lose, daemon=True).start()
"""


def test_engine_whose_device_is_lost_ends_itself_and_the_worker_gets_a_new_one(
    ask_tiny: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(LOSES)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    engine = LocalEngine(device="cpu", threads=1)
    try:
        with pytest.raises(EngineLost):
            engine.run(ask_tiny(), Recorder())
        monkeypatch.delenv("PYTHONPATH")
        assert engine.run(ask_tiny(), Recorder())
    finally:
        engine.close()
