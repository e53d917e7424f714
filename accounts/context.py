"""What every page knows about accounts: whether one can sign up."""

from django.conf import settings
from django.http import HttpRequest


def signing_up(request: HttpRequest) -> dict[str, str]:
    """`SIGNUP`: "open", "invite" or "closed"."""
    return {"SIGNUP": settings.SIGNUP}
