"""Who may be logged in: by name or e-mail, unless switched off or suspended. Asked at every request, not only once."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend


class Backend(AuthenticationBackend):
    """allauth's, for people who are neither switched off nor suspended, and whose workshop has not closed.

    A session of anybody else counts as logged out.
    """

    def user_can_authenticate(self, user: Any) -> bool:
        return super().user_can_authenticate(user) and not (user.is_suspended or user.is_closed)
