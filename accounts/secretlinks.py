"""Addresses that open something: a row's id and a MAC of it under SECRET_KEY, so that the secret is not stored.

The owner can see the address again at any time, while a copy of the database alone opens nothing. 122 random bits and
128 bits of MAC.
"""

import base64
import binascii
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

MAC_BYTES = 16
# Characters of base64url that a token has.
LENGTH = 43
# How long a link may last, by the name in the form; None: until it is ended.
LASTING: dict[str, timedelta | None] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "always": None,
}


def token(row_id: UUID, purpose: str) -> str:
    """What stands in the address for a row: 43 characters of base64url. `purpose` keeps kinds of links apart."""
    return _spelled(row_id, purpose, settings.SECRET_KEY)


def read(told: str, purpose: str) -> UUID | None:
    """The id inside a token of ours, None for anything else. Keys that were replaced (SECRET_KEY_FALLBACKS) still
    count, as for sessions."""
    try:
        raw = base64.urlsafe_b64decode(told + "=" * (-len(told) % 4))
    except (binascii.Error, ValueError):
        return None
    if len(raw) != 16 + MAC_BYTES:
        return None
    row_id = UUID(bytes=raw[:16])
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return row_id if any(constant_time_compare(_spelled(row_id, purpose, key), told) for key in keys) else None


def _spelled(row_id: UUID, purpose: str, key: str) -> str:
    mac = salted_hmac(purpose, row_id.hex, secret=key, algorithm="sha256").digest()[:MAC_BYTES]
    return base64.urlsafe_b64encode(row_id.bytes + mac).decode("ascii").rstrip("=")
