"""What allauth asks us: how a password is set."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter

from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    """allauth's own way, except where ours differs."""

    def set_password(self, user: User, password: str) -> None:
        """A new password ends the other log-ins (accounts/receivers.py), not the one in which it is set."""
        request: Any = self.request
        user.keep_session = request.session.session_key if request else None  # type: ignore[attr-defined]
        super().set_password(user, password)
