"""The stack of a storm: real processes by number, started in a moment, killed, frozen and thawed as one likes."""

import json
import os
import select
import signal
import subprocess
import sys

from tests.stack import PATIENCE
from tests.stack.processes import ROOT, Stack


class Child:
    """A process that the nursery gave birth to; as far as tests need it, like subprocess.Popen."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        try:
            self._watch = os.pidfd_open(pid)
        except ProcessLookupError:  # it has died already
            self._watch = -1

    def send_signal(self, number: int) -> None:
        if self._watch >= 0:
            try:
                signal.pidfd_send_signal(self._watch, number)
            except ProcessLookupError:
                pass

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def poll(self) -> int | None:
        """0 when it has ended, however it did."""
        return 0 if self._watch < 0 or select.select([self._watch], [], [], 0)[0] else None

    def wait(self, timeout: float | None = None) -> int:
        if self._watch >= 0 and not select.select([self._watch], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
        return 0


class Chaos(Stack):
    """A Stack whose workers and reconcilers come from a nursery. `failpoints`, and `lease` (seconds) where it is not
    the stack's, are for what is started next."""

    failpoints = ""
    lease: float | None = None
    _nursery: subprocess.Popen[str] | None = None

    def start(self, *names: str) -> None:
        """As Stack, with `failpoints` armed."""
        webs = [name for name in names if name == "web"]
        for name in names:
            if name not in webs:
                self.processes[name] = self._born(name)
        if webs:
            self.env["BRUSHWIRE_FAILPOINTS"] = self.failpoints
            super().start(*webs)

    def alive(self, name: str) -> bool:
        """Whether it runs."""
        return name in self.processes and self.processes[name].poll() is None

    def stop(self) -> None:
        super().stop()
        if self._nursery:
            self._nursery.stdin.close()  # type: ignore[union-attr]
            self._nursery.wait(PATIENCE)
            self._nursery = None

    def _born(self, name: str) -> Child:
        command = self.command(name)
        return self.born(*(command[command.index("worker") :] if "worker" in command else command[-1:]))

    def born(self, *args: str) -> Child:
        """A child of the nursery that does `args`."""
        nursery = self._nursery or self._load()
        order = {"args": args, "env": {"BRUSHWIRE_FAILPOINTS": self.failpoints}, "lease": self.lease}
        nursery.stdin.write(json.dumps(order) + "\n")  # type: ignore[union-attr]
        nursery.stdin.flush()  # type: ignore[union-attr]
        return Child(int(nursery.stdout.readline()))  # type: ignore[union-attr]

    def _load(self) -> subprocess.Popen[str]:
        with self.log.open("ab") as log:
            self._nursery = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.nursery"],
                cwd=ROOT, env=self.env | {"BRUSHWIRE_FAILPOINTS": ""}, text=True, start_new_session=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip
        assert self._nursery.stdout
        assert self._nursery.stdout.readline() == "ready\n", self.log.read_text()[-4000:]
        return self._nursery
