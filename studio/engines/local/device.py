"""Which device computes, with which numbers and how many threads. Nothing about models."""

import math
import os
from pathlib import Path

import torch

# How many processors' worth of time a container may use: "200000 100000" is two.
CPU_MAX = Path("/sys/fs/cgroup/cpu.max")

# How a full memory is called where it is not torch's allocator for CUDA that finds it so: by the one for CPUs, by the
# device's driver (which loads kernels and graphs when they are first used), by cuBLAS and cuDNN.
FULL = (
    "allocate memory",
    " error: out of memory",
    "STATUS_ALLOC_FAILED",
    "cublasCreate",
    "CUDNN_STATUS_NOT_INITIALIZED",
)


def choose(wanted: str | None = None) -> torch.device:
    """The device named by `wanted` or BRUSHWIRE_DEVICE: "auto" (CUDA where there is one), "cpu", "cuda" or "cuda:1".

    Raises ValueError when that device is not there: an operator who names one wants no silent replacement.
    """
    name = (wanted or os.environ.get("BRUSHWIRE_DEVICE") or "auto").strip().lower()
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ValueError(f"BRUSHWIRE_DEVICE={name}: use auto, cpu, cuda or cuda:N.") from error
    if device.type == "cuda":
        index = device.index or 0
        if not torch.cuda.is_available() or index >= torch.cuda.device_count():
            raise ValueError(f"BRUSHWIRE_DEVICE={name}: PyTorch sees {torch.cuda.device_count()} CUDA devices here.")
        return torch.device("cuda", index)
    if device.type != "cpu":
        raise ValueError(f"BRUSHWIRE_DEVICE={name}: use auto, cpu, cuda or cuda:N.")
    return device


def named(device: torch.device) -> str:
    """What people call it: "cuda:0 NVIDIA H200", "cpu"."""
    return f"{device} {torch.cuda.get_device_name(device)}" if device.type == "cuda" else device.type


def dtype_of(device: torch.device, wanted: str, half: str = "float16") -> torch.dtype:
    """The number format for a model's `dtype` ("auto", "float32", "float16", "bfloat16").

    "auto" is `half` on CUDA. On a CPU it is float32, and so is "float16", which CPUs compute slowly or not at all.
    """
    if wanted == "auto":
        wanted = half if device.type == "cuda" else "float32"
    if wanted == "float16" and device.type == "cpu":
        wanted = "float32"
    return {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}[wanted]


def use_threads(wanted: int | None = None) -> int:
    """Let torch use `wanted` or BRUSHWIRE_TORCH_THREADS threads; by default one less than the cores of this process.

    The last core is for the web server and the broker, because threads that wait for each other on a taken core cost
    far more than they bring. With several workers on one machine give each its share.
    """
    torch.set_num_threads(max(1, wanted or int(os.environ.get("BRUSHWIRE_TORCH_THREADS") or 0) or _cores() - 1))
    return torch.get_num_threads()


def _cores() -> int:
    """The cores of this process; in a container that may use less of their time, as many as that would keep busy."""
    cores = len(os.sched_getaffinity(0))
    try:
        quota, period = CPU_MAX.read_text("ascii").split()
        return cores if quota == "max" else min(cores, math.ceil(int(quota) / int(period)))
    except (OSError, ValueError, ZeroDivisionError):  # no container, or one of another kind
        return cores


def belong(device: torch.device) -> None:
    """Have this thread use `device` where none is named: with several of them, each thread begins with the first."""
    if device.type == "cuda":
        torch.cuda.set_device(device)


def onto(small: torch.Tensor, device: torch.device) -> torch.Tensor:
    """`small` from the CPU on `device`, without waiting for what that is doing: an ordinary copy would."""
    if device.type != "cuda":
        return small
    return small.pin_memory().to(device, non_blocking=True)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether `error` says that the device's memory, or the machine's, is full."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or any(words in str(error) for words in FULL)


class DeviceLost(Exception):
    """The device answers this process no more."""


def is_lost(error: BaseException) -> bool:
    """Whether `error` says that the device answers this process no more: only a new process gets it back."""
    if is_out_of_memory(error):
        return False
    return (
        isinstance(error, torch.AcceleratorError | DeviceLost)
        or "CUDA error" in str(error)
        or "device-side assert" in str(error)
    )


def settle(device: torch.device) -> None:
    """Wait until the device has done what it was given, so that times are its own. On a CPU it always has."""
    if device.type == "cuda":
        torch.cuda.current_stream(device).synchronize()


def empty_cache(device: torch.device) -> None:
    """Give memory back that is held for later."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
