"""Making a time-lapse's file for a browser that cannot encode video: the plan is checked, people take turns.

It is done within the request, in seconds, outside the GIL for the most part. Nothing is kept: the file goes to the
person who asked, and that was it.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from accounts.models import User
from studio.files import reels
from studio.gates import rates
from studio.queue.limits import alone
from studio.words.errors import Refused

WAIT = 15.0  # seconds
LONGEST = 120.0  # seconds that one takes at most
SHORTEST_FRAME = 20  # ms: players slow down what is shorter
_turns = threading.BoundedSemaphore(settings.TIMELAPSES_AT_ONCE)


def animate(user: User, plan: str, data: bytes) -> bytes:
    """An animated WebP. `plan` is JSON, `[bytes, milliseconds]` of each frame; `data` are the frames (PNG, JPEG or
    WebP, all of one size) one after the other.

    Raises Refused: invalid_timelapse, too_many_frames, too_many_timelapses, and those of reels.animated.
    """
    sizes, durations = _read(plan)
    if sum(sizes) != len(data):
        raise Refused("invalid_timelapse")
    taken = rates.take("timelapse", rates.person(user.pk))
    if not taken.allowed:
        raise Refused("too_many_timelapses", retry_after=taken.again)
    with alone("timelapse", user.pk, refusal="too_many_timelapses", seconds=LONGEST), _turn():
        return reels.animated(_cut(data, sizes), durations)


def _read(plan: str) -> tuple[list[int], list[int]]:
    try:
        frames = json.loads(plan)
    except (ValueError, RecursionError):
        raise Refused("invalid_timelapse") from None
    if not isinstance(frames, list) or len(frames) < 2:
        raise Refused("invalid_timelapse")
    if len(frames) > settings.TIMELAPSE_FRAMES:
        raise Refused("too_many_frames", limit=settings.TIMELAPSE_FRAMES)
    if not all(isinstance(frame, list) and len(frame) == 2 and all(type(n) is int for n in frame) for frame in frames):
        raise Refused("invalid_timelapse")
    sizes, durations = [size for size, _ in frames], [ms for _, ms in frames]
    if min(sizes) < 1 or min(durations) < SHORTEST_FRAME or sum(durations) > settings.TIMELAPSE_SECONDS * 1000:
        raise Refused("invalid_timelapse")
    return sizes, durations


def _cut(data: bytes, sizes: list[int]) -> list[bytes]:
    frames, at = [], 0
    for size in sizes:
        frames.append(data[at : at + size])
        at += size
    return frames


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=WAIT):
        raise Refused("too_many_timelapses")
    try:
        yield
    finally:
        _turns.release()
