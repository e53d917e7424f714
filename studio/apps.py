"""Hooks the studio into Django, and the news from below into the studio."""

from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StudioConfig(AppConfig):
    name = "studio"
    verbose_name = _("Studio")

    def ready(self) -> None:
        from accounts.signals import access_revoked, account_deleted

        access_revoked.connect(_close_sockets, dispatch_uid="studio.close_sockets")
        account_deleted.connect(_close_all, dispatch_uid="studio.close_all")


def _close_sockets(sender: object, user_id: int, session_key: str, **rest: Any) -> None:
    from studio import events

    events.sign_out(session_key)


def _close_all(sender: object, user_id: int, **rest: Any) -> None:
    from studio import events

    events.sign_out_person(user_id)
