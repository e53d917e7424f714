"""Mends what was lost between processes: leases of dead workers and doorbells nobody heard. Two of them do no harm."""

import logging
import threading
import time

from django.conf import settings
from django.db import Error, close_old_connections

from studio import operations, tasks
from studio.news import outbox, pulse
from studio.operations import alarms
from studio.process import counting, failpoints, rounds
from studio.queue import lifecycle, queueing

log = logging.getLogger(__name__)

# How often (seconds) alarms are looked for.
LOOK_EVERY = 10.0


def run_once() -> None:
    """Take back expired leases and ring for whoever waits unheard."""
    lost = lifecycle.take_back_expired()
    queues = {generation.queue for generation in lost}
    if queues:
        failpoints.reach("taken_back")
        counting.add("taken_back", len(lost))
    unheard = set(queueing.unheard(settings.RING_AGAIN_AFTER))
    for queue in sorted(queues | unheard):
        # Where nobody listens bells would pile up in the broker; a worker that comes rings for itself.
        if pulse.alive(f"worker:{queue}"):
            tasks.ring(queue)
    counting.add("rung_again", len(unheard))
    if outbox.due():
        tasks.deliver_soon()


def look_for_alarms() -> None:
    """Keep what an operator should look at, for /readyz, and write into the log what began and what is over."""
    begun, over = alarms.keep(operations.snapshot()["alarms"])
    for alarm in sorted(begun):
        log.warning("alarm: %s", alarm)
    for alarm in sorted(over):
        log.info("alarm over: %s", alarm)


def run_until(stopped: threading.Event) -> None:
    """Reconcile every RECONCILE_EVERY seconds until `stopped`."""
    rounds.begin("reconciler")
    looked = -LOOK_EVERY
    while not stopped.is_set():
        try:
            close_old_connections()
            run_once()
            pulse.beat("reconciler")
            if time.monotonic() - looked > LOOK_EVERY:
                looked = time.monotonic()
                look_for_alarms()
        except Error as error:
            log.warning("the database does not answer, trying again: %s", error)
        stopped.wait(settings.RECONCILE_EVERY)
    try:
        pulse.forget("reconciler")  # one that ends as it should is not missed
    except Error as error:
        log.warning("the database does not answer: %s", error)
