"""Celery's names and queues. A message is a doorbell: it says that something may wait, the database says what."""

import logging
import os
import signal
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from celery import shared_task
from celery.signals import worker_ready, worker_shutdown, worker_shutting_down
from django.conf import settings
from django.db import Error, transaction
from kombu.exceptions import KombuError

from accounts import post
from studio.process import failpoints, garbage, outage, rounds
from studio.values import queues
from studio.worker import archiving, runner, warming, workers
from studio.worker.housekeeping import keep_house
from studio.worker.live import LiveLane

log = logging.getLogger(__name__)

_lanes: list[LiveLane] = []
_workers: list[workers.Worker] = []
# The queues that this worker listens to.
_mine: list[str] = []
_ringer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="doorbell")
_waiting: set[str] = set()
_lock = threading.Lock()
# One bell for all webhooks, among the queues' in `_waiting`; and how many tasks of this worker call them at once.
DELIVER = "webhooks"
_delivering = threading.Semaphore(4)


@shared_task(name="studio.tasks.work")
def work(queue: str) -> None:
    """Run generations of `queue` until none waits, unless as many are run here as may be (settings AT_ONCE)."""
    try:
        _run_all(queue)
    except Error as error:
        if not outage.is_outage(error):
            raise
        # What was claimed comes back when its lease ends; the reconciler rings for whoever waits.
        log.warning("queue %s: the database is away, waiting for the next bell: %s", queue, outage.first_line(error))


def _run_all(queue: str) -> None:
    """Who ends looks once more: the bell that was turned away meanwhile may have been the last. A worker of several
    queues of a class takes from them in turn: a long line in one does not keep the others waiting."""
    room = _room(queues.class_of(queue))
    beside = [each for each in _mine if each != queue and queues.class_of(each) == queues.class_of(queue)]
    found = True
    while found and room.acquire(blocking=False):
        try:
            found = False
            turn, empty = deque([queue, *beside]), 0
            while empty < len(turn):
                empty = 0 if runner.run_next(turn[0], _ring_soon) else empty + 1
                found = found or not empty
                turn.rotate(-1)
        finally:
            room.release()


@cache
def _room(kind: str) -> threading.Semaphore:
    return threading.Semaphore(queues.at_once(kind))


@shared_task(name="studio.tasks.housekeeping")
def housekeeping() -> None:
    """Expire, forget and sweep what is no longer needed."""
    keep_house()
    pack_soon()  # one whose task died is packed again


@shared_task(name="studio.tasks.mail_notice")
def mail_notice(notice_id: int) -> None:
    """Send a notice to its person by e-mail, in their language."""
    post.send_notice(notice_id)


def mail_soon(notice_id: int) -> None:
    """Have a notice sent by mail, from a thread: no request ever waits for the broker or a mail server."""
    _ringer.submit(_mail, notice_id)


def _mail(notice_id: int) -> None:
    try:
        mail_notice.apply_async(args=[notice_id], retry=False)
    except (KombuError, OSError) as error:  # the notice itself is kept; only its mail is lost
        log.warning("notice %s goes without a mail: %s", notice_id, error)


@shared_task(name="studio.tasks.look_at_servers")
def look_at_servers(ids: list[int] | None = None) -> None:
    """See how the servers are that make pictures: all that are enabled, or those asked for."""
    from studio.engines import health  # here only: it reads httpx

    if ids is None:
        health.look_at_all()
    else:
        health.look_at_some(ids)


def look_soon(ids: list[int]) -> None:
    """Have these servers looked at, after the current transaction, by a worker: no request waits for a server."""
    transaction.on_commit(lambda: _ringer.submit(_ask_to_look, ids))


def _ask_to_look(ids: list[int]) -> None:
    try:
        look_at_servers.apply_async(args=[ids], queue="remote", expires=60, retry=False)
    except (KombuError, OSError) as error:
        log.warning("no worker was asked to look at servers: %s", error)


@shared_task(name="studio.tasks.deliver")
def deliver() -> None:
    """Hand over what webhooks are to be told until nothing is due."""
    from studio.worker import deliveries  # here only: it reads httpx

    if not _delivering.acquire(blocking=False):
        return  # who has it looks once more; what is missed the reconciler rings for
    try:
        while deliveries.deliver_some():
            pass
    except Error as error:
        if not outage.is_outage(error):
            raise
        # What was claimed is due again after a while; the reconciler rings for it.
        log.warning("webhooks: the database is away: %s", outage.first_line(error))
    finally:
        _delivering.release()


def deliver_soon() -> None:
    """Have what webhooks are to be told handed over, from a thread: no request ever waits for the broker."""
    with _lock:
        if DELIVER in _waiting:
            return
        _waiting.add(DELIVER)
    _ringer.submit(_ask_to_deliver)


def _ask_to_deliver() -> None:
    with _lock:
        _waiting.discard(DELIVER)
    try:
        deliver.apply_async(queue="remote", expires=60, retry=False)
    except (KombuError, OSError) as error:
        log.warning("nobody was asked to call webhooks: %s", error)


@shared_task(name="studio.tasks.check_workflows")
def check_workflows(ids: list[int]) -> None:
    """See whether the ComfyUI servers have what these workflows need."""
    from studio.engines import health  # here only: it reads httpx

    health.check_workflows(ids)


def check_workflows_soon(ids: list[int]) -> None:
    """Have these workflows held against the servers, after the current transaction, by a worker."""
    transaction.on_commit(lambda: _ringer.submit(_ask_to_check, ids))


def _ask_to_check(ids: list[int]) -> None:
    try:
        check_workflows.apply_async(args=[ids], queue="remote", expires=60, retry=False)
    except (KombuError, OSError) as error:
        log.warning("no worker was asked to look at workflows: %s", error)


@shared_task(name="studio.tasks.pack")
def pack() -> None:
    """Pack archives until none waits."""
    while archiving.pack_next():
        pass


def pack_soon() -> None:
    """Have a waiting archive packed, after the current transaction; housekeeping asks again for one that was missed."""
    transaction.on_commit(lambda: _ringer.submit(_ask_to_pack))


def _ask_to_pack() -> None:
    try:
        pack.apply_async(queue="cpu", retry=False)
    except (KombuError, OSError) as error:
        log.warning("the task that packs archives was not called: %s", error)


def ring(queue: str) -> None:
    """Wake a worker of `queue` after the current transaction, from a thread: no request ever waits for the broker."""
    transaction.on_commit(lambda: _ring_soon(queue))


def _ring_soon(queue: str) -> None:
    with _lock:
        if queue in _waiting:  # one bell in the hand is as good as two
            return
        _waiting.add(queue)
    _ringer.submit(_ring, queue)


def _ring(queue: str) -> None:
    with _lock:
        _waiting.discard(queue)
    failpoints.reach("ring")
    try:
        work.apply_async(args=[queue], queue=queue, retry=False)
    except (KombuError, OSError) as error:  # the reconciler rings again
        log.warning("the doorbell of %s does not work: %s", queue, error)


class _Hands:
    """This worker's way to the broker and to the mailbox, see workers.Hands."""

    def __init__(self, consumer: Any) -> None:
        self._consumer = consumer
        self.queues = [queue.name for queue in consumer.task_consumer.queues]
        self.slots = int(consumer.pool.limit or 1)

    def put_down(self) -> None:
        for queue in self.queues:  # or every second bell would be heard by who does not come
            self._consumer.call_soon(self._consumer.cancel_task_queue, queue)
        for lane in _lanes:
            lane.stop()

    def take_up(self) -> None:
        for queue in self.queues:
            self._consumer.call_soon(self._consumer.add_task_queue, queue)
        self.begin()

    def begin(self) -> None:
        """Ring for whatever waited while nobody was there, and listen for live boards."""
        for queue in self.queues:
            _ring_soon(queue)
        if mine := [queue for queue in self.queues if queues.has_device(queue)]:
            _lanes[:] = [LiveLane(mine)]
            _lanes[0].start()

    def warm(self, models: list[str]) -> None:
        """See workers.Hands."""
        for name in models:
            threading.Thread(target=warming.load_ahead, args=(name,), name="warm", daemon=True).start()

    def busy(self) -> bool:
        return any(lane.busy() for lane in _lanes)

    def leave(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)


@worker_ready.connect
def _begin(sender: Any, **rest: Any) -> None:
    garbage.loaded()
    hands = _Hands(sender)
    _mine[:] = hands.queues
    rounds.begin("worker")
    _workers[:] = [workers.Worker(hands.queues, hands)]
    _workers[0].start()
    hands.begin()
    if any(map(queues.has_device, hands.queues)) and settings.WARM_UP:
        threading.Thread(target=warming.warm_up, name="warm-up", daemon=True).start()


@worker_shutting_down.connect
def _drain(**rest: Any) -> None:
    runner.draining.set()
    for lane in _lanes:
        lane.stop()


@worker_shutdown.connect
def _end(**rest: Any) -> None:
    try:
        for worker in _workers:
            worker.end()
    except Error as error:
        log.warning("a row of this worker is left, the database does not answer: %s", outage.first_line(error))
