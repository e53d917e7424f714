"""The only door to the event log and to the channel layer: record, publish, subscribe, replay.

State events are numbered per person without a gap, written in the transaction that changes the state, and kept a
while. Progress and previews are absolute and may be lost; the newest of each generation is kept in Redis.
"""

import asyncio
import hashlib
import json
import logging
import threading
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Any, cast
from uuid import UUID, uuid4

import redis
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.dispatch import Signal

from studio.models import Event, EventHead
from studio.news import outbox
from studio.process import failpoints, quick
from studio.process.hub import Page, hub
from studio.protocol import DrawFailed, Frame, Numbered, PreviewFrame, Progress, StageEvent
from studio.protocol.roomlive import RoomDrawFailed, RoomFrame
from studio.values.frames import encode_frame

log = logging.getLogger(__name__)

LATEST_KEPT_FOR = 900
PUBLISH_TIMEOUT = 5.0
MAX_PENDING = 1000
# How many people one query asks about: databases limit its parameters.
HEADS_AT_ONCE = 500
# An event was recorded, in the transaction that changes the state: `owner_id`, `payload`.
recorded = Signal()
# What the groups of rooms begin with.
ROOM_GROUPS = "room."
# Counts and reads at once, and holds the row until the transaction ends. SQLite and PostgreSQL say it alike.
NEXT_NUMBER = (
    "INSERT INTO studio_eventhead (owner_id, seq) VALUES (%s, 1)"
    " ON CONFLICT (owner_id) DO UPDATE SET seq = studio_eventhead.seq + 1 RETURNING seq"
)
# What the channel layer raises while Redis is away.
UNREACHABLE = (OSError, redis.RedisError, TimeoutError)


def group_for(user_id: int) -> str:
    """The channel-layer group of one person: nobody else's sockets are ever in it."""
    return f"user.{user_id}"


def session_group(session_key: str) -> str:
    """The group of the sockets that one login opened. The key itself never leaves the process."""
    return f"session.{hashlib.sha256(session_key.encode()).hexdigest()[:32]}"


def room_group(board_id: UUID) -> str:
    """The group of the pages that have a board open as a room."""
    return f"{ROOM_GROUPS}{board_id}"


# The numbered log ----------------------------------------------------------------------------------------------


def record(owner_id: int, event: Numbered) -> int:
    """Number `event`, keep it, for webhooks too, and publish it once the surrounding transaction is committed; returns
    its number."""
    assert transaction.get_connection().in_atomic_block, "an event is written together with its state change"
    with transaction.get_connection().cursor() as cursor:
        cursor.execute(NEXT_NUMBER, [owner_id])
        [(seq,)] = cursor.fetchall()
    payload = event.model_copy(update={"seq": seq}).model_dump(mode="json")
    Event.objects.create(owner_id=owner_id, seq=seq, payload=payload)
    outbox.note(owner_id, payload)
    recorded.send(sender=None, owner_id=owner_id, payload=payload)
    transaction.on_commit(lambda: publish(owner_id, payload))
    return seq


def head(owner_id: int) -> int:
    """The number of the person's newest event; 0 when there was none."""
    return heads([owner_id])[owner_id]


def heads(owner_ids: Sequence[int]) -> dict[int, int]:
    """The number of each person's newest event; 0 when there was none."""
    known: dict[int, int] = {}
    for start in range(0, len(owner_ids), HEADS_AT_ONCE):
        some = EventHead.objects.filter(owner_id__in=owner_ids[start : start + HEADS_AT_ONCE])
        known |= dict(some.values_list("owner_id", "seq"))
    return {owner_id: known.get(owner_id, 0) for owner_id in owner_ids}


def replay(owner_id: int, after: int) -> list[dict[str, Any]] | None:
    """Every event numbered above `after`, in order; None when some are no longer kept or `after` is from the future."""
    newest = head(owner_id)
    kept = list(
        Event.objects.filter(owner_id=owner_id, seq__gt=after).order_by("seq").values_list("payload", flat=True)
    )
    complete = len(kept) >= newest - after and after <= newest
    return kept if complete else None


def purge() -> int:
    """Forget events older than EVENTS_KEPT_FOR or beyond EVENTS_KEPT per person."""
    removed, _ = Event.objects.filter(created_at__lt=Now() - timedelta(seconds=settings.EVENTS_KEPT_FOR)).delete()
    for owner in Event.objects.values("owner_id").annotate(newest=Max("seq")):
        too_old = owner["newest"] - settings.EVENTS_KEPT
        removed += Event.objects.filter(owner_id=owner["owner_id"], seq__lte=too_old).delete()[0]
    return removed


# What may be lost ----------------------------------------------------------------------------------------------


def progress(owner_id: int, event: StageEvent | Progress) -> None:
    """Tell the person's browsers how far a generation is, and remember it for those that come later."""
    payload = event.model_dump(mode="json")
    _remember(f"progress:{event.generation}", json.dumps(payload).encode())
    publish(owner_id, payload)


def preview(owner_id: int, header: PreviewFrame, jpeg: bytes) -> None:
    """Send a small picture (about 3 kB) to the person's browsers, and remember it for those that come later."""
    frame = encode_frame(header, jpeg)
    picture = f"{header.generation}:{header.index}"
    _remember(f"preview:{picture}", frame)
    _sender().send(group_for(owner_id), {"kind": "preview", "picture": picture, "frame": frame})


def frame(address: str, header: Frame, jpeg: bytes) -> None:
    """Send a frame of a live board to the one page that draws it."""
    about = {"board": header.board, "revision": header.revision}
    _sender().send(address, {"kind": "frame", "frame": encode_frame(header, jpeg), **about})


def draw_failed(address: str, event: DrawFailed) -> None:
    """Tell the page that draws a live board that there will be no frame."""
    _sender().send(address, {"kind": "event", "event": event.model_dump(mode="json")})


def room_frame(board_id: UUID, header: RoomFrame, jpeg: bytes) -> None:
    """Send a frame of a room to all its pages; the newest finished one is remembered for those that come later."""
    frame = encode_frame(header, jpeg)
    if header.done:
        _remember(f"room:{board_id}", frame)
    tell_room(board_id, {"kind": "live_frame", "number": header.number, "frame": frame})


def room_draw_failed(board_id: UUID, page: str, event: RoomDrawFailed) -> None:
    """Tell the page of a room that asked that there will be no frame."""
    tell_room(board_id, {"kind": "draw_failed", "page": page, "event": event.model_dump(mode="json")})


def room_latest(board_id: UUID) -> bytes | None:
    """The newest finished frame of a room, as it was sent, as far as Redis knows it."""
    return _kept([f"room:{board_id}"])[0]


def latest(generation_id: UUID) -> dict[str, Any] | None:
    """The newest progress of a running generation, as far as Redis knows it."""
    return latest_of([generation_id])[0]


def latest_of(ids: Sequence[UUID]) -> list[dict[str, Any] | None]:
    """The same of several, in their order."""
    return [json.loads(told) if told else None for told in _kept([f"progress:{pk}" for pk in ids])]


def latest_previews(generation_id: UUID, count: int) -> list[bytes]:
    """The newest preview frame of each of its `count` pictures, as far as Redis knows them."""
    return [frame for frame in _kept([f"preview:{generation_id}:{n}" for n in range(count)]) if frame]


def _kept(keys: list[str]) -> list[bytes | None]:
    try:
        return cast(list[bytes | None], quick.state().mget(keys))
    except redis.RedisError:
        return [None] * len(keys)


def _remember(key: str, value: bytes) -> None:
    try:
        quick.state().set(key, value, ex=LATEST_KEPT_FOR)
    except redis.RedisError as error:
        log.warning("progress not remembered, Redis does not answer: %s", error)


def redis_answers() -> bool:
    """Whether Redis is there."""
    try:
        return bool(quick.state().ping())
    except redis.RedisError:
        return False


# The channel layer ---------------------------------------------------------------------------------------------


def publish(owner_id: int, payload: dict[str, Any]) -> None:
    """Send an event to the person's open sockets. Never waits and never raises: the log is what counts."""
    if "seq" in payload:
        failpoints.reach("event.recorded")
    _sender().send(group_for(owner_id), {"kind": "event", "event": payload})


def sign_out(session_key: str) -> None:
    """Close the sockets that this login opened."""
    _sender().send(session_group(session_key), {"kind": "signed_out", "code": "signed_out"})


def sign_out_person(user_id: int, code: str = "signed_out") -> None:
    """Close every socket of the person, telling them `code` of studio/words/errors.py."""
    _sender().send(group_for(user_id), {"kind": "signed_out", "code": code})


def give_way(user_id: int, names: list[str]) -> None:
    """Close these of the person's sockets (studio/gates/presence.py): newer ones take their place."""
    _sender().send(group_for(user_id), {"kind": "give_way", "names": names})


def limits_changed(user_id: int) -> None:
    """Let the processes in which the person has a page open ask anew what the person may do."""
    _sender().send(group_for(user_id), {"kind": "limits_changed"})


def tell_room(board_id: UUID, message: dict[str, Any]) -> None:
    """Send a message, with a `kind`, to every page in the board's room. Never waits and never raises."""
    _sender().send(room_group(board_id), message)


async def subscribe(page: Page, user_id: int, session_key: str) -> None:
    """Let `page` hear what is published for the person and for this login. Raises one of UNREACHABLE, within
    PUBLISH_TIMEOUT seconds even where Redis is frozen."""
    async with asyncio.timeout(PUBLISH_TIMEOUT):
        await hub().join(page, [group_for(user_id), session_group(session_key)])


async def unsubscribe(page: Page, user_id: int, session_key: str) -> None:
    """The reverse of `subscribe`."""
    await hub().leave(page, [group_for(user_id), session_group(session_key)])


async def open_address(page: Page) -> str:
    """A group for `page` alone: what it draws live is answered to it, not to the person's other pages."""
    address = f"page.{uuid4().hex}"
    async with asyncio.timeout(PUBLISH_TIMEOUT):
        await hub().join(page, [address])
    return address


async def close_address(page: Page, address: str) -> None:
    """The reverse of `open_address`."""
    await hub().leave(page, [address])


class _Sender:
    """One event loop in one thread for all sending of this process: a loop per call would cost 4 to 6 ms a message."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._pending = 0
        threading.Thread(target=self._loop.run_forever, name="events", daemon=True).start()

    def send(self, group: str, message: dict[str, Any]) -> None:
        if self._pending >= MAX_PENDING:  # Redis hangs: what is numbered is replayed later, the rest may be lost
            return
        self._pending += 1
        asyncio.run_coroutine_threadsafe(self._send(group, message), self._loop)

    async def _send(self, group: str, message: dict[str, Any]) -> None:
        try:
            if failpoints.reach("publish"):
                return
            await asyncio.wait_for(get_channel_layer().group_send(group, message | {"to": group}), PUBLISH_TIMEOUT)
        except UNREACHABLE as error:
            log.warning("event not published, Redis does not answer: %s", error)
        finally:
            self._pending -= 1


@cache
def _sender() -> _Sender:
    return _Sender()
