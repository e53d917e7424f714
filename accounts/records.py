"""The one door to the record of what staff did: `record` adds a row, in the transaction of the act itself.

Rows form a chain: each has the hash of the one before in its own, and `RecordHead` has the last. Whoever changes,
removes or slips in a row, even with the database's own tools, breaks it from there on (`manage.py check_record`).
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts import recordwords
from accounts.models import RecordHead, StaffAction, User

SYSTEM = "system"


def record(
    actor: User | None,
    action: str,
    target: models.Model | tuple[str, str],
    *,
    why: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> StaffAction:
    """Write down that `actor` (None: the system itself) did `action` to `target` (a row, or its kind and id).

    `before` and `after` are what changed, as JSON values. Call it inside the transaction of the act: RuntimeError
    outside of one, because an act without its record, or the reverse, must not be possible. The act has a name in
    recordwords.py: AssertionError otherwise.
    """
    assert action in recordwords.ACTS, f"name the act {action!r} first"
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("An act of staff and its record belong into one transaction.")
    kind, ident = target if isinstance(target, tuple) else (target._meta.label_lower, str(target.pk))
    RecordHead.objects.get_or_create(pk=1)
    head = RecordHead.objects.select_for_update().get(pk=1)
    row = StaffAction(
        number=head.number + 1,
        at=timezone.now(),
        actor_id=actor.pk if actor else None,
        actor=actor.get_username() if actor else SYSTEM,
        action=action,
        target_kind=kind,
        target_id=ident,
        why=why,
        before=_plain(before),
        after=_plain(after),
        previous=head.hash,
    )
    row.hash = digest(row)
    row.save(force_insert=True)
    RecordHead.objects.filter(pk=1).update(number=row.number, hash=row.hash)
    return row


def digest(row: StaffAction) -> str:
    """SHA-256 (hex) over everything a row says and the hash before it."""
    told = [
        row.previous,
        row.number,
        _moment(row.at),
        row.actor_id,
        row.actor,
        row.action,
        row.target_kind,
        row.target_id,
        row.why,
        row.before,
        row.after,
    ]
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def faults() -> Iterator[str]:
    """What is wrong with the record, from its beginning; nothing when it is whole."""
    number, previous = 0, ""
    for row in StaffAction.objects.order_by("number").iterator(chunk_size=1000):
        if row.number != number + 1:
            yield f"between {number} and {row.number} rows are missing"
        if row.previous != previous:
            yield f"row {row.number} does not follow the one before it"
        if digest(row) != row.hash:
            yield f"row {row.number} was changed"
        number, previous = row.number, row.hash
    head = RecordHead.objects.filter(pk=1).first() or RecordHead()
    if (head.number, head.hash) != (number, previous):
        yield f"the record ends at {number}, but {head.number} were written"


def hidden(value: str) -> str:
    """Eight characters that tell whether a secret is still the same, and nothing of it."""
    return salted_hmac("accounts.records", value).hexdigest()[:8]


def _plain(values: dict[str, Any] | None) -> dict[str, Any]:
    """As the database will give it back, so that the hash can be computed again."""
    plain: dict[str, Any] = json.loads(json.dumps(values or {}, cls=DjangoJSONEncoder))
    return plain


def _moment(at: datetime) -> int:
    """Microseconds since the epoch: the same from every database, whatever its time zone."""
    return round(at.timestamp() * 1_000_000)
