"""Hands over what webhooks are to be told (studio/news/outbox.py): signed, to allowed addresses, again for a day.

A delivery is claimed with a token and a time; who dies with it leaves it to the next. So a message may come twice, with
the same id, and is never lost. docs/api.md tells receivers how to check the signature.
"""

import asyncio
import hashlib
import hmac
import logging
import random
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.db import close_old_connections, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from accounts import notices
from studio.engines.remote.allow import PUBLIC, Allowlist
from studio.models import Delivery, Webhook
from studio.process import sealing

log = logging.getLogger(__name__)

# When it is tried again (seconds after the try before): a day in all. Each is up to a fifth longer or shorter.
AGAIN = (10, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 28800)
JITTER = 0.2
# How many are claimed at once, how many of one webhook, and how long they stay claimed (seconds).
AT_ONCE, EACH, HELD = 50, 10, 180.0
# How much of an answer is kept (bytes), and of how many tries.
ANSWER, TRIES_KEPT = 512, 30
GONE = 410


@dataclass(frozen=True, slots=True)
class Try:
    """How one try went. `status` is the HTTP status, 0 without an answer; then `error` says why: unreachable,
    timeout, not_allowed, broken. `after` is how long the receiver asks to wait (seconds)."""

    status: int
    ms: int
    answer: str = ""
    error: str = ""
    after: float = 0.0

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


def allowlist() -> Allowlist:
    """Where webhooks may lead."""
    return _allowlist(tuple(settings.WEBHOOK_ALLOWED_HOSTS))


def may_lead_to(url: str) -> bool:
    """Whether `url` is an address that webhooks may have: https, or http where the host itself is named."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:
        return False
    if not port or not parts.hostname or parts.username is not None or parts.fragment or not url.isprintable():
        return False
    named = settings.WEBHOOK_ALLOWED_HOSTS
    if parts.scheme == "http":
        named = [entry for entry in named if entry.partition(":")[0] != PUBLIC]
    return _allowlist(tuple(named)).names(parts.hostname, port)


def sign(secrets: Iterable[str], timestamp: int, body: str) -> str:
    """The header Brushwire-Signature: HMAC-SHA256 over `timestamp.body` with each of the secrets."""
    signed = f"{timestamp}.{body}".encode()
    return ",".join(
        [f"t={timestamp}", *(f"v1={hmac.digest(s.encode(), signed, hashlib.sha256).hex()}" for s in secrets)]
    )


def deliver_some() -> int:
    """Claim and try what is due; how many there were."""
    claimed = _claim()
    by_hook: dict[Any, list[Delivery]] = defaultdict(list)
    for delivery in claimed:
        by_hook[delivery.webhook_id].append(delivery)
    groups = [_prepared(group[:EACH]) for group in by_hook.values()]
    for group in by_hook.values():  # the rest in the next round: nobody waits for one slow receiver
        _hold([delivery.pk for delivery in group[EACH:]]).update(token=None, next_at=Now())
    asyncio.run(_send_all([group for group in groups if group]))
    return len(claimed)


def purge() -> int:
    """Forget what is older than WEBHOOK_LOG_DAYS."""
    old = Delivery.objects.filter(created_at__lt=Now() - timedelta(days=settings.WEBHOOK_LOG_DAYS))
    return int(old.delete()[0])


# Claims --------------------------------------------------------------------------------------------------------


def _claim() -> list[Delivery]:
    """What is due of webhooks of which nobody has anything in hand: what comes later must not overtake it."""
    token = uuid4()
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING)
    in_hand = waiting.exclude(token=None).filter(next_at__gt=Now()).values("webhook")
    due = waiting.filter(next_at__lte=Now()).exclude(webhook__in=in_hand)
    with transaction.atomic():
        # Two who claim at the same moment share no webhook.
        hooks = Webhook.objects.filter(pk__in=due.values("webhook")).select_for_update(skip_locked=True)
        due = due.filter(webhook__in=list(hooks.values_list("pk", flat=True)))
        some = list(due.order_by("next_at", "created_at").values_list("pk", flat=True)[:AT_ONCE])
        waiting.filter(pk__in=some).update(token=token, next_at=Now() + timedelta(seconds=HELD))
    mine = Delivery.objects.filter(token=token, pk__in=some).select_related("webhook", "webhook__owner")
    return list(mine.order_by("created_at", "seq"))


def _hold(pks: Sequence[Any]) -> Any:
    return Delivery.objects.filter(pk__in=pks, state=Delivery.State.WAITING)


@dataclass(frozen=True, slots=True)
class Message:
    """A delivery, ready to be sent."""

    delivery: Delivery
    url: str
    secrets: tuple[str, ...]


def _prepared(group: list[Delivery]) -> list[Message]:
    """Messages of one webhook, in order. None, and nothing is sent, where nobody may be told any more."""
    hook = group[0].webhook
    owner = hook.owner
    if not hook.enabled or owner.is_suspended or owner.is_closed or not owner.is_active:
        _hold([delivery.pk for delivery in group]).update(state=Delivery.State.FAILED, token=None, next_at=None)
        return []
    secrets = [hook.secret_sealed]
    if hook.former_until and hook.former_until > timezone.now():
        secrets.append(hook.former_sealed)
    try:
        opened = tuple(sealing.unseal(sealed) for sealed in secrets)
    except sealing.Unreadable:
        log.error("webhook %s has a secret that was sealed with a lost key; make a new one", hook.pk)
        _switch_off(hook, "failing")
        return []
    return [Message(delivery, hook.url, opened) for delivery in group]


# The network ---------------------------------------------------------------------------------------------------


async def _send_all(groups: list[list[Message]]) -> None:
    """Webhooks beside each other, the messages of each one after the other."""
    await asyncio.gather(*(_send_in_order(group) for group in groups))


async def _send_in_order(group: list[Message]) -> None:
    for message in group:
        tried = await send(message)
        await asyncio.to_thread(_note_down, message.delivery, tried)


async def send(message: Message) -> Try:
    """One try. Never raises."""
    from studio.engines.remote.client import Client, Limits
    from studio.engines.remote.errors import RemoteError

    began, status, answer = time.monotonic(), 0, b""
    timestamp, delivery = int(time.time()), message.delivery
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"Brushwire-Webhooks/{settings.VERSION}",
        "Brushwire-Event": delivery.event,
        "Brushwire-Delivery": str(delivery.pk),
        "Brushwire-Attempt": str(delivery.attempts + 1),
        "Brushwire-Signature": sign(message.secrets, timestamp, delivery.body),
    }
    limits = Limits(read=settings.WEBHOOK_TIMEOUT, whole=settings.WEBHOOK_TIMEOUT)
    error, after = "", "0"
    try:
        async with Client(message.url, allowlist(), limits=limits) as client:
            sent = {"content": delivery.body.encode(), "headers": headers}
            async with client.stream("POST", message.url, any_status=True, **sent) as incoming:
                status, after = incoming.status, incoming.headers.get("retry-after", "0")
                async for piece in incoming.pieces():
                    answer += piece
                    if len(answer) >= ANSWER:
                        break
    except RemoteError as failed:
        # Once there is a status, how the rest of the answer came does not matter.
        error = "" if status else failed.code.removeprefix("engine_")
    took = round((time.monotonic() - began) * 1000)
    wait = min(float(after), AGAIN[-1]) if after.isdecimal() and len(after) < 10 else 0.0
    return Try(status, took, answer[:ANSWER].decode(errors="replace").replace("\0", "�"), error, wait)


# What came of it -----------------------------------------------------------------------------------------------


def _note_down(delivery: Delivery, tried: Try) -> None:
    """In a thread of its own, which leaves no connection behind."""
    try:
        _note(delivery, tried)
    finally:
        close_old_connections()


def _note(delivery: Delivery, tried: Try) -> None:
    """Write down how it went. A delivery that somebody else claimed meanwhile is left alone."""
    entry = {"at": timezone.now().isoformat(timespec="seconds"), "status": tried.status, "ms": tried.ms}
    tries = [*delivery.tries, entry | {"answer": tried.answer, "error": tried.error}][-TRIES_KEPT:]
    changes: dict[str, Any] = {"attempts": delivery.attempts + 1, "tries": tries, "token": None, "next_at": None}
    if tried.ok:
        changes["state"] = Delivery.State.DELIVERED
    elif delivery.attempts >= len(AGAIN) or tried.status == GONE:
        changes["state"] = Delivery.State.FAILED
    else:
        pause = max(AGAIN[delivery.attempts] * random.uniform(1 - JITTER, 1 + JITTER), tried.after)  # noqa: S311
        changes["next_at"] = Now() + timedelta(seconds=pause)
    with transaction.atomic():
        if not _hold([delivery.pk]).filter(token=delivery.token).update(**changes):
            return
        hooks = Webhook.objects.filter(pk=delivery.webhook_id)
        if tried.ok:
            hooks.filter(failures__gt=0).update(failures=0, failing_since=None)
            return
        hooks.filter(failing_since=None).update(failing_since=Now())
        hooks.update(failures=F("failures") + 1)
        _give_up(hooks.get(), tried)


def _give_up(hook: Webhook, tried: Try) -> None:
    """Switch off a webhook that is no more, or that failed often enough for long enough."""
    long_ago = timezone.now() - timedelta(seconds=settings.WEBHOOK_FAILING_FOR)
    often = hook.failures >= settings.WEBHOOK_FAILURES and hook.failing_since and hook.failing_since <= long_ago
    if tried.status == GONE:
        _switch_off(hook, "gone")
    elif often:
        _switch_off(hook, "failing")


def _switch_off(hook: Webhook, why: str) -> None:
    with transaction.atomic():
        if not Webhook.objects.filter(pk=hook.pk, enabled=True).update(enabled=False, off_because=why):
            return
        waiting = Delivery.objects.filter(webhook=hook, state=Delivery.State.WAITING)
        waiting.update(state=Delivery.State.FAILED, token=None, next_at=None)
        host = urlsplit(hook.url).hostname or hook.url
        notices.tell(hook.owner_id, "webhook_off", link=f"/account/webhooks/{hook.pk}/", host=host)


@cache
def _allowlist(entries: tuple[str, ...]) -> Allowlist:
    return Allowlist(entries)
