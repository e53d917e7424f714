"""The processes that make up a running studio, as command lines, in the order in which they start."""

import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

MAX_SOCKET_MESSAGE = 1024 * 1024
# One worker a queue. What beat asks for goes to `cpu`: the worker of the device is busy for as long as anybody waits.
WORKERS = ("gpu", "cpu")
# Celery warns root because of pickle, which we do not accept; in a container everybody is root.
QUIET = {"PYTHONWARNINGS": "ignore::UserWarning:celery.platforms"}


@dataclass(frozen=True, slots=True)
class Child:
    """One process: `env` on top of ours, `grace` seconds to stop after SIGTERM, `files` it inherits by number."""

    name: str
    command: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)
    grace: float = 5.0
    files: tuple[int, ...] = ()


def studio(base: Path, env: dict[str, str], door: int) -> list[Child]:
    """Web, workers, reconciler and beat of the project in `base`; `door` is the number of the listening socket."""
    python = (sys.executable, "-u")
    celery = (*python, "-m", "celery", "-q", "-A", "config")
    manage = (*python, str(base / "manage.py"))
    return [
        Child("web", (*python, "-m", "daphne", *_daphne(door)), env, files=(door,)),
        *(Child(f"worker-{name}", (*celery, *worker(name)), env | QUIET, grace=10.0) for name in WORKERS),
        Child("reconciler", (*manage, "reconciler"), env),
        # The settings name the schedule file. No pid file: a stale one would keep beat from starting.
        Child("beat", (*celery, "beat", "--pidfile=", "--loglevel=WARNING"), env),
    ]


def _daphne(door: int) -> list[str]:
    sizes = [f"--websocket-max-{part}-size={MAX_SOCKET_MESSAGE}" for part in ("message", "frame")]
    patience = ["--ping-interval=20", "--ping-timeout=30", "--application-close-timeout=10"]
    return [f"--fd={door}", "-v", "0", "--no-server-name", *sizes, *patience, "config.asgi:application"]


def worker(name: str) -> list[str]:
    """The arguments of Celery for the worker of queue `name`."""
    # Gossip, mingle and heartbeats are workers talking to each other through the broker; the database does that here.
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return [
        "worker",
        "-Q",
        name,
        "-P",
        "threads",
        "-c",
        str(slots(name)),
        "-n",
        f"{name}@%h",
        "--loglevel=INFO",
        *quiet,
    ]


def slots(name: str) -> int:
    """How many generations the worker of queue `name` holds at once: settings SLOTS for the device's, else one."""
    if name != "gpu":
        return 1
    wanted = os.environ.get("BRUSHWIRE_DEVICE", "auto").strip().lower()
    # Without torch, which only the engine's own process loads: a wrong guess costs waiting, or a little memory.
    nvidia = Path("/dev/nvidia0").exists() or shutil.which("nvidia-smi") is not None
    on_cuda = wanted.startswith("cuda") or (wanted in ("", "auto") and nvidia)
    return settings.SLOTS or (32 if on_cuda else 8)
