"""The devices of this machine that make pictures, as far as they can be known without torch: one worker for each."""

import os
import shutil
import subprocess
from collections.abc import Collection, Mapping, Sequence
from importlib import metadata
from pathlib import Path

from studio.values.queues import DEVICE, has_device, is_name

# How long the driver may take to count its devices, in seconds.
PATIENCE = 10
AUTO = "auto"


def named(environment: Mapping[str, str] = os.environ) -> list[str]:
    """What BRUSHWIRE_DEVICE is for each worker: what it says, parted at commas; for "auto" on a machine with several
    NVIDIA devices each of them, otherwise "auto" as it is."""
    names = [name.strip().lower() for name in environment.get("BRUSHWIRE_DEVICE", "").split(",") if name.strip()]
    if names and names != [AUTO]:
        return list(dict.fromkeys(names))
    count = nvidia(environment)
    return [f"cuda:{number}" for number in range(count)] if count > 1 else [AUTO]


def queues(count: int, listed: Sequence[str], named: Collection[str] = ()) -> list[str]:
    """What the worker of each of `count` devices listens to, with commas: `listed` has an entry for each device, its
    queues parted by `+`, or one for all of them; empty: `gpu` and all of that class that are `named`.

    Raises ValueError for what names no queue of devices, and for a list of another length.
    """
    every = [DEVICE, *sorted(queue for queue in named if has_device(queue) and queue != DEVICE)]
    entries = [entry.split("+") for entry in listed] or [every]
    if wrong := [queue for entry in entries for queue in entry if not (is_name(queue) and has_device(queue))]:
        raise ValueError(f"BRUSHWIRE_GPU_QUEUES: {wrong[0]!r} is no queue of devices, such as gpu or gpu-large.")
    if len(entries) not in (1, count):
        raise ValueError(f"BRUSHWIRE_GPU_QUEUES has {len(entries)} entries for {count} devices.")
    return [",".join(entry) for entry in (entries if len(entries) == count else entries * count)]


def on_cuda(name: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the device called `name` is, or will turn out to be, an NVIDIA device."""
    # Torch is loaded by the engine's own process only: a wrong guess costs waiting, or a little memory.
    return name.startswith("cuda") or (name == AUTO and nvidia(environment) > 0)


def nvidia(environment: Mapping[str, str] = os.environ) -> int:
    """How many NVIDIA devices torch should see here; 0 where it was built for CPUs only."""
    try:
        if metadata.version("torch").endswith("+cpu"):
            return 0
    except metadata.PackageNotFoundError:
        return 0
    visible = environment.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return _listed(visible)
    return _counted()


def _listed(visible: str) -> int:
    """As CUDA reads its variable: what comes after the first name that is none does not count."""
    count = 0
    for name in (part.strip() for part in visible.split(",")):
        if not name or name.startswith("-"):
            break
        count += 1
    return count


def _counted() -> int:
    program = shutil.which("nvidia-smi")
    if program is None:
        return len(list(Path("/dev").glob("nvidia[0-9]*")))
    try:
        told = subprocess.run([program, "-L"], capture_output=True, text=True, timeout=PATIENCE, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return 0
    return sum(line.startswith("GPU ") for line in told.stdout.splitlines())
