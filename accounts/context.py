"""What every page knows about accounts: whether one can sign up, and whether other sites let people in."""

from django.conf import settings
from django.http import HttpRequest


def signing_up(request: HttpRequest) -> dict[str, object]:
    """`SIGNUP`: "open", "invite" or "closed"; `OTHER_SITES`: whether one can log in by way of another site."""
    return {"SIGNUP": settings.SIGNUP, "OTHER_SITES": bool(settings.SOCIALACCOUNT_APPS)}
