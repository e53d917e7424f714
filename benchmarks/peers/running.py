"""Starts and ends the peers' processes."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.stack.processes import free_port

SCRIPTS = Path(sys.executable).parent
ROOT = Path(__file__).resolve().parents[2]
ENV = {"DJANGO_SETTINGS_MODULE": "benchmarks.peers.typical_settings"}


@contextmanager
def single(way: str) -> Iterator[int]:
    """The one-process server ("blocking" or "executor"); gives its port."""
    port = free_port()
    with _process([sys.executable, "-m", "benchmarks.peers.single", str(port), way], {}):
        _wait_for(port)
        yield port


@contextmanager
def typical(*, worker: bool = True) -> Iterator[tuple[int, list[int]]]:
    """The Channels + Celery project; gives its port, and the process ids of web server and worker."""
    port = free_port()
    web = [str(SCRIPTS / "daphne"), "-b", "127.0.0.1", "-p", str(port), "benchmarks.peers.typical:application"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "WARNING"]
    celery = [str(SCRIPTS / "celery"), "-A", "benchmarks.peers.typical:app", "worker", "-Q", "typical", "-P", "solo"]
    with _process(web, ENV) as server:
        _wait_for(port)
        if not worker:
            yield port, [server.pid]
            return
        with _process([*celery, *quiet], ENV) as working:
            yield port, [server.pid, working.pid]


@contextmanager
def _process(command: list[str], env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | env, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"nothing listens on port {port}")
