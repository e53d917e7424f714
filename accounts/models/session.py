"""Log-ins: the table of sessions, with whose they are. accounts/sessions.py is the engine that uses it."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone


class LoginSession(AbstractBaseSession):
    """A session, and for one of a person who is logged in: who, from where, with what, since when.

    All of that is read from the session's own data when it is saved (`LOGIN`, set by accounts/receivers.py), so it
    stays right whatever becomes of the key. `seen_at` is coarse: SEEN_EVERY seconds (accounts/sessions.py).
    """

    LOGIN = "login"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="sessions")
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=300, blank=True)
    began_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta(AbstractBaseSession.Meta):
        abstract = False

    @classmethod
    def get_session_store_class(cls) -> Any:
        from accounts.sessions import SessionStore

        return SessionStore

    def save(self, *args: Any, **options: Any) -> None:
        data = self.get_decoded()
        login = data.get(self.LOGIN) or {}
        person = data.get("_auth_user_id")
        self.user_id = int(person) if person else None
        self.address, self.agent = login.get("address", ""), login.get("agent", "")
        self.began_at = datetime.fromisoformat(login["at"]) if "at" in login else None
        super().save(*args, **options)
