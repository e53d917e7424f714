"""The engine process: `python -m studio.engines.local.process FD PARENT DEVICE THREADS`. For client.py only.

Requests and cancels come in over the socket FD, messages go out. It ends with the worker that started it.
"""

import ctypes
import logging
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection

from studio.engines.local.messages import Failed, Holds, Message, Request, Tell
from studio.job import Load
from studio.process import garbage, loglines

PR_SET_PDEATHSIG = 1
# The exit code that tells the log why.
DEVICE_LOST = 71
# How often the worker is told how busy the device is (seconds); only when that has changed.
LOAD_EVERY = 2.0
log = logging.getLogger(__name__)


def main(number: int, parent: int, device: str, threads: int) -> None:
    """Work until the worker is gone."""
    _end_with(parent)
    loglines.configure_engine()
    os.set_inheritable(number, False)  # what libraries start must not keep it open when this process is gone
    connection = Connection(number)
    outbox: queue.SimpleQueue[tuple[int, Message | Holds | Load]] = queue.SimpleQueue()
    # From a thread of its own: a worker that reads slowly must not hold up the steps.
    threading.Thread(target=_send, args=(connection, outbox), name="sender", daemon=True).start()
    try:
        _serve(connection, outbox, device, threads)
    except (EOFError, OSError):
        # The worker is gone. Nothing here is worth the wait for torch to be unloaded, or for a step to end.
        os._exit(0)


def _end_with(parent: int) -> None:
    """Whatever happens to the worker, its engine must not go on holding the device."""
    # Ctrl-C and a stopping service mean the worker, which first gives its jobs back, and then closes the socket.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the line above
        sys.exit(1)


def _send(connection: Connection, outbox: queue.SimpleQueue[tuple[int, Message | Holds | Load]]) -> None:
    try:
        while True:
            connection.send(outbox.get())
    except OSError:
        os._exit(0)


def _serve(
    connection: Connection,
    outbox: queue.SimpleQueue[tuple[int, Message | Holds | Load]],
    device: str,
    threads: int,
) -> None:
    """Take requests (ticket, Request) and cancels (ticket, None) until the socket is closed: EOFError."""
    garbage.load()
    from studio.engines.local.engine import DeviceEngine

    garbage.loaded()
    try:
        holds = partial(_holds, outbox)
        batcher = DeviceEngine(device or None, threads or None, on_lost=_device_lost, on_models=holds).batcher
    except ValueError:
        log.exception("The engine cannot start")
        while True:
            outbox.put((connection.recv()[0], Failed("engine_failed")))
    threading.Thread(target=_tell_load, args=(batcher.load, outbox), name="load", daemon=True).start()
    while True:
        ticket, request = connection.recv()
        if isinstance(request, Request):
            batcher.submit(request, _tell(outbox, ticket), ticket)
        else:
            batcher.cancel(ticket)


def _device_lost() -> None:
    """Only a new process gets the device back: the worker starts one, and the jobs in this one are taken up again."""
    log.critical("The device answers no more, the engine process ends")
    os._exit(DEVICE_LOST)


def _tell_load(load: Callable[[], Load], outbox: queue.SimpleQueue[tuple[int, Message | Holds | Load]]) -> None:
    told, pause = None, threading.Event()
    while True:
        now = load()
        if now != told:
            outbox.put((0, told := now))
        pause.wait(LOAD_EVERY)


def _holds(outbox: queue.SimpleQueue[tuple[int, Message | Holds | Load]], names: frozenset[str]) -> None:
    outbox.put((0, Holds(names)))


def _tell(outbox: queue.SimpleQueue[tuple[int, Message | Holds | Load]], ticket: int) -> Tell:
    return lambda message: outbox.put((ticket, message))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
