"""The live loop of a worker: fetches boards from the mailbox, has frames made, sends them. No rows, no broker.

One frame of a person is being made at a time. A newer revision of the same board takes its place between steps, another
board of that person waits. Where a frame ends, the loop looks again for those who wait.
"""

import json
import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import Error, close_old_connections

from studio.engines import catalogue
from studio.engines.base import Cancelled, Engine, EngineError, EngineLost, Supervised
from studio.job import AdapterRef, Job, ModelRef, Output, Step
from studio.queue import mailbox, queueing
from studio.queue.mailbox import Bell
from studio.values.queues import DEVICE
from studio.worker import framing

log = logging.getLogger(__name__)

HUNG_EXIT_CODE = 70
# After its frames ended so many engines a person's boards rest for a while (seconds).
STRIKES, REST = 3, 60.0
# How long the loop waits for Redis to come back before it tries again.
PAUSE = 0.5


@dataclass(eq=False, slots=True)
class Making:
    """One frame on its way through the engine. `stopped`: nobody wants it any more. `owner_id` is whose board it is;
    who asked for a frame of a shared board may be the one who pays for it."""

    owner_id: int
    board: str
    header: dict[str, Any]
    data: bytes
    sender: framing.Sender
    stopped: bool = False
    engine: Engine | None = None
    stage: str = "loading"
    seen_at: float = field(default_factory=time.monotonic)
    seconds: float = 0.0

    @property
    def payer(self) -> int:
        """Whose share of the device it takes."""
        return int(self.header.get("payer", self.owner_id))

    def job(self, attempt: int) -> Job:
        header = self.header
        return Job(
            id=f"live-{self.owner_id}-{self.board}-{header['revision']}",
            tool=header["tool"],
            params=header["params"],
            inputs={header["role"]: self.data} if header["role"] else {},
            model=ModelRef(**header["model"]),
            adapters=tuple(AdapterRef(**ref) for ref in header["adapters"]),
            owner=str(self.payer),
            lane="live",
            weight=header.get("weight", 1.0),
            attempt=attempt,
            board=self.board,
            revision=header["revision"],
            media_type="image/jpeg",
        )

    def on_step(self, step: Step) -> None:
        """See job.OnStep. Raises Cancelled when a newer one is there or the board was left."""
        self.stage, self.seen_at = step.stage, time.monotonic()
        self.seconds = max(self.seconds, step.seconds)
        if self.stopped:
            raise Cancelled
        self.sender.step(step)


class LiveLane:
    """The loop and its thread; frames are followed in threads of a pool. One a worker, for models of its `queues`."""

    def __init__(self, queues: Sequence[str] = (DEVICE,)) -> None:
        self.name = mailbox.new_name()
        self._queues = queues
        self._lock = threading.Lock()
        # What is said of this lane is said in order: that it listens never after that it does not.
        self._saying = threading.RLock()
        self._making: dict[int, Making] = {}
        self._waiting: OrderedDict[tuple[int, str], None] = OrderedDict()
        self._strikes: dict[int, tuple[int, float]] = {}
        self._closing = threading.Event()
        self._pool = ThreadPoolExecutor(2 * settings.LIVE_AT_ONCE, thread_name_prefix="live")
        self._beat_at = self._charged_at = 0.0
        self._thread = threading.Thread(target=self._loop, name="live", daemon=True)

    def start(self) -> None:
        """Listen, from a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more boards and stop the frames at their next step: browsers draw on with another worker."""
        self._closing.set()
        with self._lock:
            self._waiting.clear()
            for making in self._making.values():
                making.stopped = True
        try:
            with self._saying:
                for queue in self._queues:
                    mailbox.stop_listening(self.name, queue)
        except mailbox.UNREACHABLE as error:
            log.warning("the live lane could not say good-bye: %s", error)

    def busy(self) -> bool:
        """Whether frames are being made."""
        return bool(self._making)

    # The loop's thread ----------------------------------------------------------------------------------------------

    def _loop(self) -> None:
        while not self._closing.is_set():
            try:
                self._beat()
                bell = mailbox.wait(self.name, mailbox.BEAT)
                if bell is not None:
                    self._hear(bell)
            except mailbox.UNREACHABLE as error:
                log.warning("the live lane waits, Redis does not answer: %s", error)
                self._closing.wait(PAUSE)
            except Exception:  # a bug must not silence the lane; it is logged, the browser sends again
                log.exception("the live lane failed")

    def _beat(self) -> None:
        now = time.monotonic()
        if now - self._beat_at < mailbox.BEAT / 2:
            return
        with self._saying:
            if self._closing.is_set():
                return
            for queue in self._queues:
                mailbox.listen(self.name, queue)
        self._beat_at = now
        self._end_hung()
        if now - self._charged_at > settings.LIVE_CHARGE_EVERY:
            self._charged_at = now
            _charge()

    def _hear(self, bell: Bell) -> None:
        with self._lock:
            making = self._making.get(bell.owner_id)
            mine = making is not None and making.board == bell.board
            if mine or bell.left:
                self._waiting.pop((bell.owner_id, bell.board), None)
            if making is not None and mine and bell.left:
                making.stopped = True
            if bell.left:
                return
            if mine or self._may_begin(bell.owner_id):
                self._begin(bell.owner_id, bell.board)
            else:
                self._waiting[bell.owner_id, bell.board] = None

    # Under the lock -------------------------------------------------------------------------------------------------

    def _may_begin(self, owner_id: int) -> bool:
        return owner_id not in self._making and len(self._making) < settings.LIVE_AT_ONCE

    def _begin(self, owner_id: int, board: str) -> None:
        drawing = mailbox.take(owner_id, board)
        if drawing is None:
            return
        header = json.loads(drawing.header) | {"revision": drawing.revision}
        older = self._making.get(owner_id)
        if older is not None:
            older.stopped = True
        sender = framing.Sender(board, header, drawing.waited)
        making = Making(owner_id, board, header, drawing.data, sender)
        self._making[owner_id] = making
        self._pool.submit(self._make, making)

    def _look_again(self) -> None:
        """Whatever waited may begin now: the last stroke of a board must not lie there for ever."""
        for owner_id, board in list(self._waiting):
            if self._may_begin(owner_id):
                del self._waiting[owner_id, board]
                self._begin(owner_id, board)

    # A pool's thread ------------------------------------------------------------------------------------------------

    def _make(self, making: Making) -> None:
        try:
            outputs = self._run(making)
            # A newer revision may have come at the very end: its frames must not be followed by this one.
            with self._lock:
                if not making.stopped:
                    making.sender.finished(outputs[0])
        except Cancelled:
            pass
        except EngineLost:
            log.warning("live board %s: its engine died", making.board)
            self._strike(making.owner_id)
            self._fail(making, "worker_lost", {})
        except EngineError as error:
            self._fail(making, error.code, error.params)
        except Exception:  # an engine's bug must not take the lane down; it is logged and told
            log.exception("a live frame failed")
            self._fail(making, "engine_failed", {})
        finally:
            self._leave(making)

    def _run(self, making: Making) -> list[Output]:
        if making.stopped:
            raise Cancelled
        strikes, since = self._strikes.get(making.owner_id, (0, 0.0))
        if strikes >= STRIKES and time.monotonic() - since < REST:
            raise EngineError("worker_lost")
        engine = catalogue.load(making.header["engine"])
        making.engine = engine
        # Whoever was in an engine when it died has the next one to themselves, once.
        outputs = engine.run(making.job(attempt=2 if strikes else 1), making.on_step)
        self._strikes.pop(making.owner_id, None)
        return outputs

    def _fail(self, making: Making, code: str, params: dict[str, Any]) -> None:
        if not making.stopped:
            making.sender.failed(code, params)

    def _strike(self, owner_id: int) -> None:
        self._strikes[owner_id] = (self._strikes.get(owner_id, (0, 0.0))[0] + 1, time.monotonic())

    def _leave(self, making: Making) -> None:
        try:
            with self._lock:
                if self._making.get(making.owner_id) is making:
                    del self._making[making.owner_id]
                self._look_again()
            if making.seconds:
                mailbox.charge(making.payer, making.seconds)
        except mailbox.UNREACHABLE as error:
            log.warning("the live lane lost a moment, Redis does not answer: %s", error)

    # Watching -------------------------------------------------------------------------------------------------------

    def _end_hung(self) -> None:
        """End an engine that shows no sign of life: its own process where it has one, otherwise ours."""
        for making in list(self._making.values()):
            deadline = settings.DEADLINES.get(making.stage, settings.DEADLINES["default"])
            if making.engine is None or time.monotonic() - making.seen_at <= deadline:
                continue
            if isinstance(making.engine, Supervised):
                making.engine.end_hung(making.job(1).id)
            else:
                log.critical("live board %s: no sign of life for %s s, the process ends", making.board, deadline)
                os._exit(HUNG_EXIT_CODE)


def _charge() -> None:
    try:
        close_old_connections()
        used = mailbox.collect_seconds()
        if used:
            queueing.charge_live(used)
    except Error as error:
        log.warning("live seconds were not charged: %s", error)
    finally:
        close_old_connections()
