"""What webhooks are to be told: written in the transaction of the event itself, so that nothing is lost or made up.

studio/worker/deliveries.py hands it over. Knows no network and no Celery; who delivers hears of it by the signal
`waiting`.
"""

import json
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.dispatch import Signal
from django.utils import timezone

from studio.models import Delivery, Generation, State, Webhook

# Something waits to be delivered. Sent after the commit.
waiting = Signal()

# What an event makes of its generation.
STATES = {"queued": State.QUEUED, "started": State.RUNNING, "requeued": State.QUEUED} | {
    state.value: state for state in (State.FINISHED, State.FAILED, State.CANCELLED, State.EXPIRED)
}
PING = "ping"


def note(owner_id: int, payload: dict[str, Any]) -> None:
    """Keep the event `payload`, as the socket tells it, for the person's webhooks that want it."""
    state = STATES.get(payload["type"])
    if state is None:
        return
    wanted = [
        hook for hook in Webhook.objects.filter(owner_id=owner_id, enabled=True) if payload["type"] in hook.events
    ]
    if not wanted:
        return
    view = payload["generation"]
    generation = UUID(view["id"] if isinstance(view, dict) else view)
    command = Generation.objects.filter(pk=generation).values_list("command", flat=True).first()
    told = {"generation": str(generation), "command": command or "", "state": state.value, "seq": payload["seq"]}
    for hook in wanted:
        put(hook, payload["type"], told | {"event": _reachable(payload)}, generation=generation, seq=payload["seq"])


def put(hook: Webhook, event: str, told: dict[str, Any], **columns: Any) -> Delivery:
    """A message for `hook`; it is tried at once, after the commit."""
    made, at = uuid4(), timezone.now()
    body = {"id": str(made), "type": event, "at": _moment(at), "webhook": str(hook.pk)} | told
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    delivery = Delivery.objects.create(id=made, webhook=hook, event=event, body=text, next_at=Now(), **columns)
    transaction.on_commit(partial(waiting.send, sender=None))
    return delivery


def due() -> bool:
    """Whether something is to be tried now."""
    return Delivery.objects.filter(state=Delivery.State.WAITING, next_at__lte=Now()).exists()


def _reachable(value: Any) -> Any:
    """The event with its addresses in full: whoever reads it elsewhere does not know ours."""
    if isinstance(value, dict):
        return {name: _reachable(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_reachable(each) for each in value]
    return settings.PUBLIC_URL + value if isinstance(value, str) and value.startswith("/") else value


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
