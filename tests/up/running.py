"""`manage.py up` as a person starts it, for the tests beside this file."""

import os
import re
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from tests.stack import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
STARTED = re.compile(r"\| (\S+) started, process (\d+)$")

# What a shell does to a command with `&` behind it in a script.
IN_BACKGROUND = ("/bin/sh", "-c", 'trap "" INT; exec "$@"', "sh")


class Up:
    """One start with its data under `var`; `in_background` as a shell script starts it, with SIGINT ignored."""

    def __init__(self, var: Path, *arguments: str, in_background: bool = False, **env: str) -> None:
        given = {name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "DATABASE_URL", "PORT")}
        given |= {"BRUSHWIRE_VAR": str(var), "DJANGO_SETTINGS_MODULE": "config.settings.test", **env}
        self.process = subprocess.Popen(
            [*(IN_BACKGROUND if in_background else ()), sys.executable, "manage.py", "up", *arguments],
            cwd=ROOT,
            env=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def children(self) -> dict[str, int]:
        """The newest process id of every child that was ever started."""
        return {match[1]: int(match[2]) for line in list(self.lines) if (match := STARTED.search(line))}

    def all_children(self) -> set[int]:
        return {int(match[2]) for line in list(self.lines) if (match := STARTED.search(line))}

    def wait_ready(self) -> str:
        """The address in the line `ready: …`."""
        self.until(lambda: self.starting_with("ready: ") or self.process.poll() is not None)
        found = self.starting_with("ready: ")
        assert found, "\n".join(self.lines)
        return found[0].removeprefix("ready: ")

    def starting_with(self, text: str) -> list[str]:
        return [line for line in list(self.lines) if line.startswith(text)]

    def until(self, condition: Callable[[], object], seconds: float = PATIENCE) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "\n".join(self.lines)
            time.sleep(0.05)

    def end(self, number: int) -> int:
        """Send a signal and wait for the exit status."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        status = self.process.wait(PATIENCE)
        self._reader.join(60)
        return status

    def tidy(self) -> None:
        """Whatever the test did, nothing stays."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)


def alive(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):  # also while it is read
        return False


def ready(url: str) -> bool:
    """Whether the studio at `url` says that it is ready."""
    try:
        with urllib.request.urlopen(url + "readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
