"""Commands about webhooks: make, change, delete, try, and tell once more what was to be told."""

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from studio.gates import rates
from studio.models import Delivery, Webhook
from studio.news import outbox
from studio.words.errors import Refused
from studio.worker import deliveries

# What a new one hears of unless something else is said: the ends.
ENDS = ("finished", "failed", "cancelled", "expired")
# A secret says what it is, and has 256 bits.
MARK = "whsec_"


def available() -> bool:
    """Whether webhooks may lead anywhere at all."""
    return bool(settings.WEBHOOK_ALLOWED_HOSTS)


def of(user: User) -> QuerySet[Webhook]:
    """The person's webhooks, the oldest first."""
    return Webhook.objects.filter(owner=user)


def find(user: User, webhook_id: UUID) -> Webhook:
    """One's own webhook; Refused("not_found") for anything else."""
    hook = of(user).filter(pk=webhook_id).first()
    if hook is None:
        raise Refused("not_found")
    return hook


def create(user: User, url: str, events: list[str] | None = None) -> tuple[Webhook, str]:
    """A new webhook and its secret, which nobody can read again. Raises Refused: invalid (with fields),
    webhook_target, webhooks_full."""
    cleaned = {"url": _url(url), "events": _events(list(ENDS) if events is None else events)}
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if of(user).count() >= settings.WEBHOOKS_PER_PERSON:
            raise Refused("webhooks_full", limit=settings.WEBHOOKS_PER_PERSON)
        hook, secret = Webhook(owner=user, **cleaned), _new_secret()
        hook.secret = secret
        hook.save()
    return hook, secret


def change(
    user: User,
    webhook_id: UUID,
    *,
    url: str | None = None,
    events: list[str] | None = None,
    enabled: bool | None = None,
) -> Webhook:
    """Give one's own webhook another address, other events, or switch it on or off. Raises Refused: not_found, invalid
    (with fields), webhook_target."""
    hook = find(user, webhook_id)
    if url is not None:
        hook.url = _url(url)
    if events is not None:
        hook.events = _events(events)
    if enabled is not None:
        hook.enabled, hook.off_because = enabled, ""
    if enabled:
        hook.failures, hook.failing_since = 0, None
    hook.save()
    return hook


def delete(user: User, webhook_id: UUID) -> None:
    """Delete one's own webhook and its log. Raises Refused("not_found")."""
    find(user, webhook_id).delete()


def new_secret(user: User, webhook_id: UUID) -> tuple[Webhook, str]:
    """Another secret; the one before it signs, too, for WEBHOOK_FORMER_FOR seconds. Raises Refused("not_found")."""
    hook, secret = find(user, webhook_id), _new_secret()
    hook.former_sealed = hook.secret_sealed
    hook.former_until = timezone.now() + timedelta(seconds=settings.WEBHOOK_FORMER_FOR)
    hook.secret = secret
    hook.save()
    return hook, secret


def ping(user: User, webhook_id: UUID) -> Delivery:
    """Send a message that says nothing, to see whether it arrives. Raises Refused: not_found, webhook_disabled,
    rate_limited."""
    hook = find(user, webhook_id)
    if not hook.enabled:
        raise Refused("webhook_disabled")
    rates.check("webhook", user.pk)
    with transaction.atomic():
        return outbox.put(hook, outbox.PING, {})


def log_of(user: User, webhook_id: UUID) -> QuerySet[Delivery]:
    """What was told, the newest first. Raises Refused("not_found")."""
    return find(user, webhook_id).deliveries.all()


def redeliver(user: User, webhook_id: UUID, delivery_id: UUID) -> Delivery:
    """Tell the same once more, with the same id and body, now. Raises Refused: not_found, webhook_disabled,
    rate_limited."""
    hook = find(user, webhook_id)
    rows = hook.deliveries.filter(pk=delivery_id)
    if not rows.exists():
        raise Refused("not_found")
    if not hook.enabled:
        raise Refused("webhook_disabled")
    rates.check("webhook", user.pk)
    with transaction.atomic():
        rows.update(state=Delivery.State.WAITING, attempts=0, token=None, next_at=Now())
        transaction.on_commit(lambda: outbox.waiting.send(sender=None))
    return rows.get()


def _url(url: str) -> str:
    url = url.strip()
    if not url.lower().startswith(("https://", "http://")) or len(url) > 500:
        words = _("This must be an address that begins with https://.")
        raise Refused("invalid", fields={"url": {"code": "invalid", "message": words}})
    if not deliveries.may_lead_to(url):
        raise Refused("webhook_target")
    return url


def _events(events: list[str]) -> list[str]:
    wanted: list[Any] = [event for event in Webhook.Occasion.values if event in events]
    if not wanted or set(events) - set(wanted):
        words = _("Choose at least one thing to be told of.")
        raise Refused("invalid", fields={"events": {"code": "invalid_choice", "message": words}})
    return wanted


def _new_secret() -> str:
    return MARK + secrets.token_urlsafe(32)
