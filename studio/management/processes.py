"""The processes that make up a running studio, as command lines, in the order in which they start."""

import sys
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from studio.management import devices
from studio.values import queues

MAX_SOCKET_MESSAGE = 1024 * 1024
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


def studio(base: Path, env: dict[str, str], door: int, named: Collection[str] = ()) -> list[Child]:
    """Web, workers, reconciler and beat of the project in `base`; `door` is the number of the listening socket. `named`
    are the queues that models of the catalogue name."""
    python = (sys.executable, "-u")
    celery = (*python, "-m", "celery", "-q", "-A", "config")
    manage = (*python, str(base / "manage.py"))
    return [
        Child("web", (*python, "-m", "config.server", *_daphne(door)), env, grace=7.0, files=(door,)),
        *(
            Child(f"worker-{one.name}", (*celery, *one.arguments), env | one.env | QUIET, grace=10.0)
            for one in workers(named)
        ),
        Child("reconciler", (*manage, "reconciler"), env),
        # The settings name the schedule file. No pid file: a stale one would keep beat from starting.
        Child("beat", (*celery, "beat", "--pidfile=", "--loglevel=WARNING"), env),
    ]


def _daphne(door: int) -> list[str]:
    sizes = [f"--websocket-max-{part}-size={MAX_SOCKET_MESSAGE}" for part in ("message", "frame")]
    patience = ["--ping-interval=20", "--ping-timeout=30", "--application-close-timeout=10"]
    return [f"--fd={door}", "-v", "0", "--no-server-name", *sizes, *patience, "config.asgi:application"]


@dataclass(frozen=True, slots=True)
class Worker:
    """A Celery worker of `queue` (several: with commas) that holds `slots` generations at once."""

    name: str
    queue: str
    slots: int
    env: dict[str, str] = field(default_factory=dict)

    @property
    def arguments(self) -> list[str]:
        """What Celery is told on its command line."""
        # Gossip, mingle and heartbeats are workers talking to each other through the broker; the database does that
        # here.
        quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        size = ["-P", "threads", "-c", str(self.slots)]
        return ["worker", "-Q", self.queue, *size, "-n", f"{self.name}@%h", "--loglevel=INFO", *quiet]


def workers(named: Collection[str] = ()) -> list[Worker]:
    """One for each device that makes pictures, one for what other servers make, one for the rest: what beat asks for
    goes to `cpu`, because a device's worker is busy for as long as anybody waits.

    Nothing that a model names may wait for ever: the queues `named` have workers here, those of devices as settings
    GPU_QUEUES says, all of them on every device where it says nothing.
    """
    names = devices.named()
    listened = devices.queues(len(names), settings.GPU_QUEUES, named)
    gpu = [
        Worker(f"gpu-{number}" if len(names) > 1 else "gpu", listened[number], slots(name), {"BRUSHWIRE_DEVICE": name})
        for number, name in enumerate(names)
    ]
    cpu, remote = (",".join(_besides(kind, named)) for kind in (queues.PLAIN, queues.REMOTE))
    # One thread for what takes long (settings AT_ONCE), one for what is quick: archives, mails, housekeeping.
    # Two more that look at servers while all the others wait for pictures.
    return [*gpu, Worker("cpu", cpu, 2), Worker("remote", remote, settings.REMOTE_SLOTS + 2)]


def _besides(kind: str, named: Collection[str]) -> list[str]:
    return [kind, *sorted(queue for queue in named if queues.class_of(queue) == kind and queue != kind)]


def slots(device: str) -> int:
    """How many generations the worker of `device` holds at once, unless settings SLOTS says otherwise."""
    return settings.SLOTS or (32 if devices.on_cuda(device) else 8)
