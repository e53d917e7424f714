"""What is wired when Django starts: Sentry and OpenTelemetry where the settings name them, and our admin site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class WiringConfig(AppConfig):
    """No tables: only its moment, before all others."""

    name = "config"
    label = "wiring"

    def ready(self) -> None:
        from config import observing

        observing.begin()


class AdminConfig(DjangoAdminConfig):
    default_site = "accounts.adminsite.StudioAdminSite"
