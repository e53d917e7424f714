"""Hooks the accounts into Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People")
    role_permissions = {
        "trusted": ["run_workshops"],
        "moderator": [
            "run_workshops",
            "view_user",
            "suspend_user",
            "add_invitation",
            "view_invitation",
            "view_staffaction",
        ],
    }

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in, user_logged_out
        from django.db.models.signals import m2m_changed, post_migrate, post_save, pre_delete

        from accounts import receivers
        from accounts.models import User

        user_logged_in.connect(receivers.logged_in, dispatch_uid="accounts.logged_in")
        user_logged_out.connect(receivers.logged_out, dispatch_uid="accounts.logged_out")
        post_save.connect(receivers.user_saved, sender=User, dispatch_uid="accounts.user_saved")
        pre_delete.connect(receivers.user_goes, sender=User, dispatch_uid="accounts.user_goes")
        m2m_changed.connect(receivers.groups_changed, sender=User.groups.through, dispatch_uid="accounts.groups")
        post_migrate.connect(receivers.migrated, dispatch_uid="accounts.migrated")
