"""A worker for each device: counted without torch, named by the operator where they know better."""

from importlib import metadata
from pathlib import Path

import pytest

from studio.management import devices, processes

DRIVER = """#!/bin/sh
printf 'GPU 0: NVIDIA H200 (UUID: GPU-1)\\nGPU 1: NVIDIA H200 (UUID: GPU-2)\\n'
"""


@pytest.fixture
def two_devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text(DRIVER)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.delenv("BRUSHWIRE_DEVICE", raising=False)
    monkeypatch.setattr(metadata, "version", lambda _name: "2.13.0+cu130")


def test_each_device_has_a_worker_of_its_own_with_a_name_of_its_own(two_devices: None, settings) -> None:
    settings.SLOTS = 0
    found = {one.name: one for one in processes.workers()}
    assert list(found) == ["gpu-0", "gpu-1", "cpu", "remote"]
    assert [found[name].env["BRUSHWIRE_DEVICE"] for name in ("gpu-0", "gpu-1")] == ["cuda:0", "cuda:1"]
    assert [one.slots for one in found.values()] == [32, 32, 2, 18]
    assert [one.queue for one in found.values()] == ["gpu", "gpu", "cpu", "remote"]
    assert all(f"{name}@%h" in one.arguments for name, one in found.items())
    children = processes.studio(Path("/"), {"BRUSHWIRE_DEVICE": "auto"}, 3)
    assert [child.env["BRUSHWIRE_DEVICE"] for child in children if child.name.startswith("worker-gpu")] == [
        "cuda:0",
        "cuda:1",
    ]


@pytest.mark.parametrize(
    ("wanted", "visible", "expected"),
    [
        ("", None, ["cuda:0", "cuda:1"]),
        ("auto", None, ["cuda:0", "cuda:1"]),
        ("cpu", None, ["cpu"]),
        ("cuda:1", None, ["cuda:1"]),
        (" CUDA:0, cuda:2 ,cuda:0", None, ["cuda:0", "cuda:2"]),
        ("auto", "0", ["auto"]),
        ("auto", "", ["auto"]),
        ("auto", "2,3,1", ["cuda:0", "cuda:1", "cuda:2"]),
        ("auto", "0,-1,1", ["auto"]),
    ],
)
def test_operator_says_which_devices_work(
    two_devices: None, monkeypatch: pytest.MonkeyPatch, wanted: str, visible: str | None, expected: list[str]
) -> None:
    monkeypatch.setenv("BRUSHWIRE_DEVICE", wanted)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert devices.named() == expected


def test_torch_for_cpus_has_one_worker_whatever_the_machine_has(
    two_devices: None, monkeypatch: pytest.MonkeyPatch, settings
) -> None:
    settings.SLOTS = 0
    monkeypatch.setattr(metadata, "version", lambda _name: "2.13.0+cpu")
    assert [(one.name, one.slots) for one in processes.workers()] == [("gpu", 8), ("cpu", 2), ("remote", 18)]


@pytest.mark.parametrize("driver", ["#!/bin/sh\nexit 9\n", "not a program"])
def test_driver_that_does_not_answer_counts_as_no_device(two_devices: None, tmp_path: Path, driver: str) -> None:
    (tmp_path / "nvidia-smi").write_text(driver)
    assert devices.named() == ["auto"]


def test_without_torch_there_is_still_a_worker(two_devices: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    assert devices.named() == ["auto"]
