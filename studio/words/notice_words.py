"""What the studio tells people, in words. Registered when the app is ready (studio/apps.py)."""

from django.utils.translation import gettext_lazy as _

from accounts.notices import register


def register_all() -> None:
    """Make the studio's notices known."""
    register("archive_ready", _("Your archive is ready to be downloaded."), icon="download", tone="good")
    register("stopped_by_staff", _("Something you had asked for was stopped by staff: %(why)s"), tone="grave")
    register(
        "webhook_off",
        _("Your webhook to %(host)s did not work for too long and was switched off."),
        icon="triangle-alert",
        tone="grave",
        mail=True,
    )
