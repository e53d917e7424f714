"""The devices of this machine that make pictures, as far as they can be known without torch: one worker for each."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

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
