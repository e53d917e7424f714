"""The API's addresses of webhooks: addresses that are told what happens, and the log of what they were told."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from studio.api.auth import by, person
from studio.api.bodies import Body
from studio.api.paging import Page, Paged, page
from studio.api.repeated import idempotent
from studio.commands import webhooks
from studio.models import Delivery, Webhook

router = Router(tags=["webhooks"], auth=by("webhooks"))
Occasion = Literal["queued", "started", "requeued", "finished", "failed", "cancelled", "expired"]


class WebhookView(Schema):
    """An address that is told of `events`. `off_because` says why we switched it off: "failing" or "gone"; else "".

    `former_until`: until then the secret before this one signs, too.
    """

    id: UUID
    url: str
    events: list[str]
    enabled: bool
    off_because: str
    failures: int
    former_until: str | None
    created_at: str


class NewWebhookView(WebhookView):
    """A webhook with its secret, which is told this once."""

    secret: str


def _ends() -> list[Occasion]:
    return ["finished", "failed", "cancelled", "expired"]


class WebhookForm(Body):
    url: str = Field(max_length=500)
    events: list[Occasion] = Field(default_factory=_ends, max_length=20)


class WebhookChange(Body):
    """What to change; what is left out stays."""

    url: str | None = Field(None, max_length=500)
    events: list[Occasion] | None = Field(None, max_length=20)
    enabled: bool | None = None


class TryView(Schema):
    """One try: the receiver's `status` and the first bytes of its answer, or status 0 and as `error`
    unreachable, timeout, not_allowed or broken."""

    at: str
    status: int
    ms: int
    answer: str
    error: str


class DeliveryView(Schema):
    """A message: `waiting`, `delivered` or `failed`, with all its tries. `body` is what is sent, to the byte."""

    id: UUID
    event: str
    generation: UUID | None
    state: str
    attempts: int
    next_at: str | None
    created_at: str
    tries: list[TryView]
    body: str


@router.get("", response=Page[WebhookView])
def own_webhooks(request: HttpRequest, paged: Query[Paged]) -> Any:
    """One's own webhooks, the newest first."""
    found, after = page(webhooks.of(person(request)), paged)
    return {"items": [_view(hook) for hook in found], "next": after}


@router.post("", response={201: NewWebhookView})
@idempotent
def make_webhook(request: HttpRequest, body: WebhookForm) -> Any:
    """Have an address told what happens. Nobody can read the secret again."""
    hook, secret = webhooks.create(person(request), body.url, list(body.events))
    return Status(201, _view(hook) | {"secret": secret})


@router.get("/{uuid:webhook_id}", response=WebhookView)
def one_webhook(request: HttpRequest, webhook_id: UUID) -> Any:
    """One of one's own webhooks."""
    return _view(webhooks.find(person(request), webhook_id))


@router.patch("/{uuid:webhook_id}", response=WebhookView)
def change_webhook(request: HttpRequest, webhook_id: UUID, body: WebhookChange) -> Any:
    """Give it another address, other events, or switch it on or off."""
    return _view(webhooks.change(person(request), webhook_id, **body.dict()))


@router.delete("/{uuid:webhook_id}", response={204: None})
def delete_webhook(request: HttpRequest, webhook_id: UUID) -> Any:
    """Delete it, with its log."""
    webhooks.delete(person(request), webhook_id)
    return Status(204, None)


@router.post("/{uuid:webhook_id}/secret", response=NewWebhookView)
@idempotent
def another_secret(request: HttpRequest, webhook_id: UUID) -> Any:
    """Make another secret. The one before it signs, too, for a day: each message then has two signatures."""
    hook, secret = webhooks.new_secret(person(request), webhook_id)
    return _view(hook) | {"secret": secret}


@router.post("/{uuid:webhook_id}/ping", response={202: DeliveryView})
@idempotent
def ping_webhook(request: HttpRequest, webhook_id: UUID) -> Any:
    """Send it a message of the type "ping", to see whether it arrives."""
    return Status(202, _delivery(webhooks.ping(person(request), webhook_id)))


@router.get("/{uuid:webhook_id}/deliveries", response=Page[DeliveryView])
def deliveries(request: HttpRequest, webhook_id: UUID, paged: Query[Paged]) -> Any:
    """What it was told in the last 14 days, the newest first."""
    found, after = page(webhooks.log_of(person(request), webhook_id), paged)
    return {"items": [_delivery(each) for each in found], "next": after}


@router.post("/{uuid:webhook_id}/deliveries/{uuid:delivery_id}/redeliver", response={202: DeliveryView})
@idempotent
def tell_again(request: HttpRequest, webhook_id: UUID, delivery_id: UUID) -> Any:
    """Tell it the same once more: the same id, the same body."""
    return Status(202, _delivery(webhooks.redeliver(person(request), webhook_id, delivery_id)))


def _view(hook: Webhook) -> dict[str, Any]:
    plain = ("id", "url", "events", "enabled", "off_because", "failures")
    moments = {"created_at": _moment(hook.created_at), "former_until": _moment(hook.former_until)}
    return {name: getattr(hook, name) for name in plain} | moments


def _delivery(delivery: Delivery) -> dict[str, Any]:
    plain = ("id", "event", "generation", "state", "attempts", "tries", "body")
    # Of one that was just made the database has the moment, and not this object.
    next_at = delivery.next_at if isinstance(delivery.next_at, datetime) else delivery.created_at
    waits = delivery.state == Delivery.State.WAITING
    moments = {"created_at": _moment(delivery.created_at), "next_at": _moment(next_at) if waits else None}
    return {name: getattr(delivery, name) for name in plain} | moments


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
