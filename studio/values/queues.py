"""Queues by their names: a class of workers (`gpu`, `cpu`, `remote`), and perhaps what sets some of them apart
(`gpu-large`). A queue is where rows wait and what a worker listens to; it needs no row and no declaration."""

import re
import sys

from django.conf import settings

CLASSES = DEVICE, PLAIN, REMOTE = "gpu", "cpu", "remote"
_NAME = re.compile(rf"({'|'.join(CLASSES)})(-[a-z0-9]+)*")
LONGEST = 20


def is_name(text: str) -> bool:
    """Whether a queue may be called so."""
    return len(text) <= LONGEST and _NAME.fullmatch(text) is not None


def class_of(queue: str) -> str:
    """The class of the workers of `queue`: what stands before the first dash."""
    return queue.partition("-")[0]


def has_device(queue: str) -> bool:
    """Whether its workers own a device: they make live frames, too."""
    return class_of(queue) == DEVICE


def of_engine(engine: str) -> str:
    """Where work of an engine waits unless its model says otherwise."""
    return str(settings.ENGINE_QUEUES.get(engine, DEVICE))


def at_once(queue: str) -> int:
    """How many of its generations one worker runs at the same time where its threads have other work as well."""
    return int(settings.AT_ONCE.get(class_of(queue), sys.maxsize))
