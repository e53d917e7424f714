"""The session engine: Django's database sessions in a table that knows whose they are (accounts/models/session.py)."""

from datetime import timedelta
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

# How coarse "last seen" is, in seconds: at most one more UPDATE a session in this time.
SEEN_EVERY = 300


class SessionStore(DatabaseStore):
    """Notes now and then, when a session is loaded, that it is in use."""

    @classmethod
    def get_model_class(cls) -> Any:
        from accounts.models import LoginSession

        return LoginSession

    def _get_session_from_db(self) -> Any:
        row = super()._get_session_from_db()  # type: ignore[misc]
        now = timezone.now()
        if row is not None and row.seen_at < now - timedelta(seconds=SEEN_EVERY):
            self.get_model_class().objects.filter(pk=row.pk).update(seen_at=now)
        return row
