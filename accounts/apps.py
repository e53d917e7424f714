"""Hooks the accounts into Django."""

from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_out

        user_logged_out.connect(_logged_out, dispatch_uid="accounts.logged_out")


def _logged_out(sender: object, request: Any, user: Any, **rest: Any) -> None:
    from accounts.signals import access_revoked

    if user is not None and request is not None and request.session.session_key:
        access_revoked.send(sender=None, user_id=user.pk, session_key=request.session.session_key)
