"""Runs one program that ends with its starter: `python leash.py PID PROGRAM ARGUMENTS…`. For the supervisor.

On Linux the kernel kills this process (and the program it becomes) when the one that started it dies, however it dies.
A launcher rather than `preexec_fn`: no Python of ours runs in a fork of a process that has threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, command: list[str]) -> None:
    """Become `command`, or exit 1 when `parent` (a process id) is gone already. OSError: it cannot be run."""
    if sys.platform.startswith("linux"):
        # SIGKILL, not SIGTERM: a worker asked politely would first finish its picture, without its broker.
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died before the line above
            sys.exit(1)
    # Started in the background, a shell leaves SIGINT ignored, and an ignored signal would stay so in the program.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.execvp(command[0], command)  # noqa: S606  no shell is what we want


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
