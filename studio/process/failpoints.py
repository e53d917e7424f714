"""Places where the chaos tests make a process die or wait: `BRUSHWIRE_FAILPOINTS="claimed=kill:2 rung=wait:0.5"`.

Unset, as it always is outside tests, a point costs one look into an empty dict. `kill:n` ends the process as a power
cut would at the n-th time it comes by (1 unless given), `stop:n` freezes it until somebody sends SIGCONT; `wait:s`
waits s seconds each time; `drop` answers True, which a point that can leave something out does; `drop:0.01` does so at
random for that share.
"""

import os
import random
import signal
import threading
import time

# Every point there is, in the order in which a generation passes them. tests/chaos kills at each.
POINTS = (
    "submit.row",  # the row is written, the transaction not yet committed
    "submit.committed",  # committed, nobody was rung for and the person was not told
    "event.recorded",  # an event is committed and not yet published
    "ring",  # about to ring the doorbell
    "claimed",  # the claim is committed, the engine has not begun
    "made",  # the engine is done, no file is written
    "written",  # the files are written, no row names them
    "finishing",  # inside the transaction that finishes, before its commit
    "finished",  # committed; the task has not returned, its message is not acknowledged
    "taken_back",  # the reconciler put a row back, and has not rung
    "publish",  # about to send an event through Redis (drop: it is lost on the way)
)


def reach(name: str) -> bool:
    """Come by the point `name`; True: leave out what comes next. May not return."""
    return bool(_armed) and name in _armed and _armed[name].passed()


class _Point:
    def __init__(self, name: str, order: str) -> None:
        self.name = name
        self.act, _, given = order.partition(":")
        self.number = float(given) if given else 1.0
        self.times = 0
        self._lock = threading.Lock()
        if name not in POINTS or self.act not in ("kill", "stop", "wait", "drop"):
            raise ValueError(f"there is no fail point {name}={order}")

    def passed(self) -> bool:
        with self._lock:
            self.times += 1
            last = self.times == self.number
        if self.act == "kill" and last:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.act == "stop" and last:
            os.kill(os.getpid(), signal.SIGSTOP)
        if self.act == "wait":
            time.sleep(self.number)
        return self.act == "drop" and random.random() < self.number  # noqa: S311  chance, not secrecy


def armed(orders: str) -> dict[str, _Point]:
    """The points that `orders` (as in BRUSHWIRE_FAILPOINTS) arms. Raises ValueError for one that does not exist."""
    pairs = (order.partition("=")[::2] for order in orders.split())
    return {name: _Point(name, order) for name, order in pairs}


def arm(orders: str) -> None:
    """Arm exactly the points of `orders`."""
    _armed.clear()
    _armed.update(armed(orders))


_armed: dict[str, _Point] = {}
arm(os.environ.get("BRUSHWIRE_FAILPOINTS", ""))
